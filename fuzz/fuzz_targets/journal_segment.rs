//! Any bytes as a segment of the journal, or as damage to one.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kernel::fuzzing::fuzz_journal_segment(data));
