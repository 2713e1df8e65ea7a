//! Reads real exports and damaged files end to end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod adapters;
mod bad_input;
mod demo;
mod real;
mod speed;
mod support;
mod tables;
