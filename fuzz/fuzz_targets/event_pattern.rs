//! EventBridge patterns and events held against them: see `windsock_properties::event_pattern`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::event_pattern(bytes));
