//! Incident tools.
