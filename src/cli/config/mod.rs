//! The configuration: its values, their units, and how file, environment and flags come together.

pub mod load;
pub mod units;
pub mod values;
