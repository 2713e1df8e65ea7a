//! Reads real exports and damaged files end to end.

mod real;
mod support;
