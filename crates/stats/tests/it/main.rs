//! The estimators against other people's software, against properties, and on bad input.

mod association;
mod bad_input;
mod comparison;
mod coverage;
mod evaluation;
mod log_rank;
mod properties;
mod rate_ratio;
mod reference;
mod sample;
mod shares_and_counts;
mod signal;
mod stratified;
mod survival;
mod variate;
