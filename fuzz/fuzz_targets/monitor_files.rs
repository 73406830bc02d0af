//! Baselines, settings and batches of the monitor: see `windsock_properties::monitor_files`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::monitor_files(bytes));
