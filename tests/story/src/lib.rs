//! Helpers of the stories with real processes: they need `WINDSOCK_BIN_DIR`, which `cargo verify` sets.

pub mod command;
pub mod demo;
pub mod example;
pub mod journal;
pub mod local;
pub mod pause;
pub mod people;
pub mod signed;
pub mod template;
pub mod victims;

use std::path::{Path, PathBuf};

/// The repository's root: two folders above this package.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// A folder of this test's own, gone when it ends.
pub fn scratch() -> tempfile::TempDir {
    // Without a place for files there is nothing to test, and nobody to hand the error to.
    tempfile::Builder::new()
        .prefix("windsock-story-")
        .tempdir()
        .expect("a folder for the test's files")
}
