//! Texts of others in letters and log lines: see `windsock_properties::letter_text`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::letter_text(bytes));
