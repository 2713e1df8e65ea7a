//! Tests of what a run writes, from frames made by hand.

#![allow(clippy::unwrap_used, reason = "clippy does not see that helpers belong to tests")]

mod believed;
mod exports;
mod organisation;
mod page;
mod pictures;
mod scores;
mod tables;
mod viewing;
mod words;
