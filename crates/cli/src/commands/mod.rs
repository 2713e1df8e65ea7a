//! One file per command.

pub mod check;
pub mod completions;
pub mod config;
pub mod explain;
pub mod init;
pub mod run;
pub mod schema;
