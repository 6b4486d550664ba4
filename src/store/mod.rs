//! EDGE disk: the archive. Captures are written to a journal and sealed into segments; a ledger says which segments there
//! are; a catalogue, which can be made again, answers questions. This room does not know the network.

pub mod archive;
pub mod capture;
pub mod catalogue;
pub mod disk;
pub mod error;
pub mod failing;
pub mod lease;
pub mod ledger;
pub mod medium;
pub mod memory;
pub mod merkle;
pub mod report;

pub use archive::Archive;
pub use error::Error;
