//! The log and tags of git.
