//! Reads real exports and damaged files end to end.

mod adapters;
mod bad_input;
mod demo;
mod real;
mod speed;
mod support;
mod tables;
