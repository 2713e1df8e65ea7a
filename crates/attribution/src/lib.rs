//! Which deployment caused an incident, and how likely is it that none did?
//!
//! Incidents on a service arrive with an intensity that has three parts: a background, what recent deployments add, and what follows
//! from the incident before. Fitting the parts by expectation and maximisation gives each incident a probability for every candidate
//! deployment, for coincidence and for being a follow-up.
//!
//! | piece | module |
//! |---|---|
//! | deployments, incidents, relations; candidates as ranges | [`problem`] |
//! | how likely a failure is to show after so much time | [`kernel`] |
//! | what a deployment could have caused until the end of the data | [`exposure`] |
//! | incidents that come anyway: service, hour of the week, level of the weeks | [`background`] |
//! | how much more or less a team, service, size or kind fails | [`factors`] |
//! | what a rollback right after an incident says | [`marks`] |
//! | probabilities given parameters | [`expectation`] |
//! | parameters given probabilities, until nothing moves | [`mod@fit`] |
//! | chains of incidents | [`chains`] |
//! | the same with its doubt: draws of who caused what | [`gibbs`] |
//! | failed deployments by team, service, month, with intervals | [`draws`] |
//! | what is found in data that cannot contain it | [`placebo`] |
//! | are there more incidents after deployments than by chance? | [`association`] |
//!
//! Everything is slices: no tables, no files, no clock. Sums over incidents are formed in whole numbers (2^-40), so that neither the
//! order of the input nor the number of threads changes a bit of the result.

mod alike;
pub mod association;
pub mod background;
mod binomial;
pub mod chains;
pub mod draws;
pub mod expectation;
pub mod exposure;
pub mod factors;
pub mod fit;
mod fixed;
pub mod gibbs;
pub mod kernel;
pub mod marks;
pub mod placebo;
pub mod problem;
mod shape;

pub use fit::{Fit, Sensitivity, Settings, fit};
pub use problem::{Deployments, Factor, Incidents, Label, Problem, Relations};
