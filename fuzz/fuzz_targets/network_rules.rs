//! Any text as rules about the network.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| abi::net::fuzz_network_rules(data));
