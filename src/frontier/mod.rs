//! What to visit next, and when. `item.rs` has the values, `queue.rs` the trait an engine implements, `sqlite/` the embedded
//! engine; `barren.rs`, `budget.rs`, `robots.rs`, `scope.rs`, `trap.rs`, `pace.rs`, `policy.rs` and `rates.rs` are pure: time and chance are arguments.

pub mod barren;
pub mod budget;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod contract;
pub mod health;
pub mod hours;
pub mod item;
pub mod live;
pub mod pace;
pub mod policy;
pub mod queue;
pub mod rates;
pub mod robots;
pub mod scope;
pub mod sqlite;
pub mod trap;
