#![no_main]
//! Any bytes are read as whatever adapter recognises them, and as a table.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sequela_ingest::fuzzing::read(bytes, "auto", None);
    sequela_ingest::fuzzing::read(bytes, "table", Some("deployments"));
});
