//! Stores what a job made: files under a prefix, or the contents of a folder as one tar.gz.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use windsock_world::work::JobOutput;

use super::{Ended, client_error, containers::JobDir, internal_error};
use crate::outside::Outside;

/// Uploads one output folder as the job's role. A refusal is the job's failure, as on AWS.
pub(super) fn upload(outside: &dyn Outside, dir: &JobDir, role_arn: &str, output: &JobOutput) -> Ended<()> {
    let folder = dir.path(&output.container_path)?;
    let put = |key: &str, bytes: &[u8]| {
        outside.put(role_arn, &output.bucket, key, bytes).map_err(|error| {
            client_error(format!(
                "failed to store s3://{}/{key} as {role_arn}: {error}",
                output.bucket
            ))
        })
    };
    let files = files(&folder).map_err(|error| internal_error(&error))?;
    if output.tar_gz {
        let bytes = tar_gz(&folder, &files).map_err(|error| internal_error(&error))?;
        return put(&output.prefix, &bytes);
    }
    for file in files {
        let relative = file.to_str().ok_or_else(|| {
            client_error(format!(
                "the output file {} has a name that is not UTF-8",
                file.display()
            ))
        })?;
        let bytes = fs::read(folder.join(&file)).with_context(|| format!("read the output {relative}"));
        let prefix = output.prefix.trim_end_matches('/');
        let key = if prefix.is_empty() {
            relative.to_string()
        } else {
            format!("{prefix}/{relative}")
        };
        put(&key, &bytes.map_err(|error| internal_error(&error))?)?;
    }
    Ok(())
}

/// The regular files below `folder`, relative and in order. Symbolic links are not followed. No folder: no files.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = folders.pop() {
        let place = folder.join(&below);
        let entries = match fs::read_dir(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("read {}", place.display()))?,
        };
        for entry in entries {
            let entry = entry?;
            let path = below.join(entry.file_name());
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(path),
                kind if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The same files give the same bytes: sorted, without owners and times.
fn tar_gz(folder: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for path in files {
        let place = folder.join(path);
        let bytes = fs::read(&place).with_context(|| format!("read {}", place.display()))?;
        let executable = fs::metadata(&place)?.permissions().mode() & 0o111 != 0;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(if executable { 0o755 } else { 0o644 });
        tar.append_data(&mut header, path, bytes.as_slice())
            .with_context(|| format!("pack {}", path.display()))?;
    }
    Ok(tar.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_holds_the_contents_at_its_root_and_is_the_same_every_time() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/b.json"), "b").unwrap();
        fs::write(folder.path().join("a.json"), "a").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let found = files(folder.path()).unwrap();
        let first = tar_gz(folder.path(), &found).unwrap();
        fs::write(folder.path().join("a.json"), "a").unwrap();
        assert_eq!(first, tar_gz(folder.path(), &found).unwrap());

        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(first.as_slice()));
        let names: Vec<_> = tar
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().into_owned())
            .collect();
        assert_eq!(names, [Path::new("a.json"), Path::new("sub/b.json")]);
    }

    #[test]
    fn an_output_that_was_never_made_holds_nothing() {
        assert!(files(Path::new("/nowhere/at/all")).unwrap().is_empty());
    }
}
