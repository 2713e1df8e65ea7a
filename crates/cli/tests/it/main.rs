//! The binary as a user runs it. One test binary: linking polars takes long.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod approved;
mod bad_input;
mod commands;
mod demo;
mod devlake;
mod drawn;
mod evaluate;
mod expected;
mod explain;
mod export;
mod false_alarms;
mod forms;
mod golden;
mod golden_tables;
mod model;
mod paste;
mod peers;
mod planted;
mod plants;
mod real_data;
mod reconcile;
mod reported;
mod risk;
mod sequela;
mod shown;
mod simulate;
mod sources;
mod truth;

/// A module file that is not listed above would be silently left out.
#[test]
fn no_test_file_is_forgotten() {
    let listed = include_str!("main.rs");
    for entry in std::fs::read_dir(sequela::root().join("crates/cli/tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || listed.contains(&format!("mod {module};")), "{name} is not part of the test binary");
    }
}
