//! Files, archives and processes of the workbench.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::de::DeserializeOwned;

/// The binary under a root of its own, with nothing of the test's environment that it could mistake.
pub fn command(root: &Path, name: &str, environment: &[(&str, &str)]) -> Command {
    program(&[env!("CARGO_BIN_EXE_windsock-jobs").into()], root, name, environment)
}

/// The same of another program, which is several words.
pub fn program(words: &[PathBuf], root: &Path, name: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .arg(name)
        .env_clear()
        .env("WINDSOCK_ML_ROOT", root)
        .envs(environment.iter().copied());
    command
}

pub fn job(root: &Path, name: &str, environment: &[(&str, &str)]) -> Output {
    command(root, name, environment).output().unwrap()
}

pub fn pack(folder: &Path, archive: &Path) {
    let encoder = flate2::write::GzEncoder::new(fs::File::create(archive).unwrap(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(encoder);
    builder.append_dir_all(".", folder).unwrap();
    builder.into_inner().unwrap().finish().unwrap();
}

pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        write(to, &fs::read(from).unwrap());
    }
}

pub fn json<T: DeserializeOwned>(path: &Path) -> T {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}

pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
