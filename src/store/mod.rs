//! EDGE disk: the archive. Captures are written to a journal and sealed into segments; a ledger says which segments there
//! are; a catalogue, which can be made again, answers questions. This room does not know the network.

pub mod archive;
pub mod book;
pub mod bundle;
pub mod capture;
pub mod cases;
pub mod catalogue;
pub mod cdxj;
pub mod compact;
pub mod dictionaries;
pub mod disk;
pub mod epub;
pub mod error;
pub mod export;
pub mod extract_again;
pub mod failing;
pub mod forget;
pub mod frames;
pub mod gather;
pub mod general;
pub mod index;
pub mod inspect;
pub mod journal;
pub mod lease;
pub mod ledger;
pub mod make;
pub mod medium;
pub mod memory;
pub mod merkle;
pub mod names;
pub mod notes;
pub mod open;
#[cfg(test)]
mod ordeal;
pub mod parity;
pub mod profiles;
pub mod read;
pub mod records;
pub mod reed_solomon;
pub mod repair;
pub mod report;
pub mod seal;
pub mod segment;
pub mod sides;
pub mod thin;
#[cfg(test)]
mod trial;
pub mod unpacked;
pub mod verify;
pub mod wacz;
pub mod walk;
pub mod write;

pub use archive::Archive;
pub use error::Error;
