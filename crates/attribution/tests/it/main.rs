//! The model against the reference implementation of its design, against truths it must hold, and against planted causes.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on should panic")]

mod organisation;
mod reference;
