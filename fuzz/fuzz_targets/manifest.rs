//! Any bytes as the manifest of a process app.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| services::fuzzing::fuzz_manifest(data));
