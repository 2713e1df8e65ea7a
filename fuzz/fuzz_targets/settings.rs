#![no_main]
//! Any text is a configuration or is refused.

libfuzzer_sys::fuzz_target!(|text: &str| sequela_cli::fuzzing::settings(text));
