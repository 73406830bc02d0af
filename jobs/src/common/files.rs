//! Reading and writing files so that nothing half-written is ever seen: write, sync, rename.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::pretty::Pretty;

/// A file under a temporary name that gets its own name by `finish`, and disappears otherwise.
pub struct Draft {
    writer: BufWriter<File>,
    draft: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl Draft {
    pub fn create(path: &Path) -> Result<Draft> {
        let folder = path.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        // Hidden, so that nobody who lists the folder takes it for a result.
        let name = path.file_name().context("a file without a name")?.to_string_lossy();
        let draft = folder.join(format!(".{name}.draft"));
        let file = File::create(&draft).with_context(|| format!("create {}", draft.display()))?;
        Ok(Draft {
            writer: BufWriter::with_capacity(1 << 16, file),
            draft,
            path: path.to_path_buf(),
            finished: false,
        })
    }

    pub fn finish(mut self) -> Result<()> {
        self.settle().with_context(|| format!("write {}", self.path.display()))
    }

    fn settle(&mut self) -> std::io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.draft, &self.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the job has failed already, and a hidden draft is never uploaded as a result.
            let _ = fs::remove_file(&self.draft);
        }
    }
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut draft = Draft::create(path)?;
    draft
        .write_all(bytes)
        .with_context(|| format!("write {}", path.display()))?;
    draft.finish()
}

/// Of an earlier run; that there is none is as good.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Pretty, because people open these files.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut draft = Draft::create(path)?;
    // Piece by piece: the statistics of a wide data set are large.
    let mut serializer = serde_json::Serializer::with_formatter(&mut draft, Pretty::default());
    let written = value.serialize(&mut serializer);
    written.with_context(|| format!("write {}", path.display()))?;
    draft
        .write_all(b"\n")
        .with_context(|| format!("write {}", path.display()))?;
    draft.finish()
}

pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not what this job expects", path.display()))
}

/// All files below `folder`, sorted by path; hidden and empty ones are nobody's data.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("list {}", folder.display()))?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        let metadata = fs::metadata(&path).with_context(|| format!("look at {}", path.display()))?;
        if metadata.is_dir() {
            collect(&path, found)?;
        } else if metadata.len() > 0 {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_draft_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file.json");
        let mut draft = Draft::create(&path).unwrap();
        draft.write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 0);
    }

    #[test]
    fn hidden_and_empty_files_are_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("b/2.csv", "x"), ("a.csv", "x"), (".hidden", "x"), ("b/empty.csv", "")] {
            fs::create_dir_all(folder.path().join("b")).unwrap();
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let names: Vec<_> = list(folder.path()).unwrap();
        assert_eq!(names, [folder.path().join("a.csv"), folder.path().join("b/2.csv")]);
    }
}
