//! The model against the reference implementation of its design, against truths it must hold, and against planted causes.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on should panic")]
#![allow(clippy::print_stdout, reason = "measured figures, shown on demand")]

mod association;
mod formula;
mod gibbs;
mod invariance;
mod organisation;
mod placebo;
mod planted;
mod reference;
