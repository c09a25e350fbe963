//! Any bytes as a path.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kernel::fuzzing::fuzz_paths(data));
