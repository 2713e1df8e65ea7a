#![no_main]
//! Any text is read as a time or refused.

libfuzzer_sys::fuzz_target!(|text: &str| sequela_ingest::fuzzing::timestamp(text));
