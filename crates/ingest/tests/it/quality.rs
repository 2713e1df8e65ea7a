//! Coverage, tests and static analysis.
