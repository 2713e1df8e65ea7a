//! Tests of what a run writes, from frames made by hand.

mod organisation;
mod viewing;
