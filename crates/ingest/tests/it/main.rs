//! Reads real exports and damaged files end to end.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on should panic, one that is skipped should say so")]

mod adapters;
mod bad_input;
mod build_servers;
mod damage;
mod demo;
mod fixtures;
mod hosting;
mod incident_tools;
mod interchange;
mod jira;
mod masks;
mod on_call;
mod ownership;
mod payloads;
mod platforms;
mod quality;
mod real;
mod speed;
mod support;
mod tables;
mod trackers;
mod version_control;
mod zones;
