//! Data files of the monitor: see `windsock_properties::data_files`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::data_files(bytes));
