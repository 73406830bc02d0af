//! Events of AWS and of ours: see `windsock_properties::event`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::event(bytes));
