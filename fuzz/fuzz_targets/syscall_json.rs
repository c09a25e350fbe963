//! A line of JSON as a system call.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kernel::fuzzing::fuzz_syscall_json(data));
