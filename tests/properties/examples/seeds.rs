//! Writes the corpus that every fuzz target starts from: `seeds FOLDER` makes `FOLDER/<target>/seed-<n>`.

use std::{fs, io, path::Path, process::ExitCode};

use windsock_properties::{ALL, samples};

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: seeds FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("write seeds to {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for (target, _) in ALL {
        let corpus = folder.join(target);
        fs::create_dir_all(&corpus)?;
        for (number, seed) in samples::seeds(target).iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
