//! Estimators with intervals, on slices.
//!
//! Every figure of a review is an estimate from a limited number of deployments or incidents. This crate turns plain
//! slices of numbers into [`Estimate`]s that carry their interval, their n and the name of their method, so that no bare
//! float travels to a table. It knows no tables, reads nothing, and gives the same bits for the same input whatever the
//! order of the observations or the number of threads.
//!
//! | question | module |
//! |---|---|
//! | what share of deployments failed? | [`proportion`] |
//! | how many incidents per week? | [`count`] |
//! | more incidents after than before? | [`rate_ratio`] |
//! | are there more here than elsewhere? | [`excess`] |
//! | how long until service is restored, open incidents included? | [`survival`] |
//! | mean or median of finished durations | [`sample`] |
//! | how sure is a count that is drawn, not seen? | [`draws`] |
//! | are changes of one kind riskier than others that are otherwise alike? | [`stratified`] |
//! | which teams differ from the organisation? | [`comparison`], [`survival::each_against_rest`] |
//! | is this month's rate different? its count or duration? | [`signal`], [`xmr`] |
//! | do stated probabilities hold, once the truth is known? | [`evaluation`] |
//! | do two measures rise together? | [`correlation`] |
//! | how do the odds of failure go with measures? | [`logistic`] |
//! | which of many p-values remain after looking at all? | [`multiple`] |
//! | reproducible random numbers | [`rng`], [`variate`] |
//!
//! Values are checked against SciPy, scikit-learn, statsmodels, lifelines and R `survival`; the script and its results stand in `data/reference`.

pub mod comparison;
pub mod correlation;
pub mod count;
mod distribution;
pub mod draws;
mod estimate;
pub mod evaluation;
pub mod excess;
pub mod logistic;
pub mod multiple;
pub mod proportion;
pub mod rate_ratio;
pub mod rng;
pub mod sample;
pub mod signal;
pub mod stratified;
pub mod survival;
pub mod variate;
pub mod xmr;

pub use estimate::{Estimate, Level, LevelError};
