//! Any bytes as a Blueprint document.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| services::fuzzing::fuzz_blueprint(data));
