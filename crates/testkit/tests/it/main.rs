//! Simulated organisations against the reference's, and scores against the reference's.

#![allow(clippy::unwrap_used, missing_docs)]

mod bytes;
mod distributions;
mod score;
mod summary;
