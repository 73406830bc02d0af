//! CloudFormation templates: see `windsock_properties::template`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::template(bytes));
