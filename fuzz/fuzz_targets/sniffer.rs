#![no_main]
//! Any bytes are recognised as something, or as nothing.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = sequela_ingest::fuzzing::file(bytes);
    let _ = sequela_ingest::recognise(&file);
});
