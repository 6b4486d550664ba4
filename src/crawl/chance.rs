//! Chance, for jitter.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Evenly from 0 to 1; nothing hangs on its quality.
pub fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
