//! The crate through its public face, as one test binary.
#![allow(clippy::unwrap_used)]

mod bounded;
mod damage;
mod round_trip;
mod standard;
mod support;
