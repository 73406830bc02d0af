//! project.yaml: see `windsock_properties::project_yaml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| windsock_properties::project_yaml(bytes));
