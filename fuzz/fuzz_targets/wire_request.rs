//! Requests to the local endpoint: see `windsock_properties::wire_request`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::wire_request(bytes));
