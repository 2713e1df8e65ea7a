#![no_main]
//! Any rows under good headers are read or put aside, and every row is accounted for.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = [b"incident_id,created_at,resolved_at,service,severity\n", bytes].concat();
    sequela_ingest::fuzzing::read(&text, "table", Some("incidents"));
});
