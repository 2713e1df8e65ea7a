//! Reads real exports and damaged files end to end.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on should panic, one that is skipped should say so")]

mod adapters;
mod bad_input;
mod demo;
mod real;
mod speed;
mod support;
mod tables;
