//! The objects that a manifest froze: exactly those, and only as they were when the run was frozen.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use md5::{Digest, Md5};
use windsock_decisions::layout;
use windsock_decisions::redact;
use windsock_decisions::state::{Arrival, FORMAT, Manifest, Rejection};

use super::files;

/// An object of the manifest that lies on disk as it was frozen.
#[derive(Debug, Clone)]
pub struct Object {
    pub arrival: Arrival,
    pub path: PathBuf,
}

/// Reads the manifest and refuses what this binary cannot read.
pub fn read_manifest(path: &Path) -> Result<Manifest> {
    let manifest: Manifest = files::read_json(path)?;
    if manifest.format != FORMAT {
        bail!(
            "manifest.json has format {} and this image reads {FORMAT}: run `windsock apply` again",
            manifest.format
        );
    }
    Ok(manifest)
}

/// The manifest's objects below `folder` in the order of their keys, and what cannot be taken, with reasons.
pub fn take(manifest: &Manifest, folder: &Path) -> Result<(Vec<Object>, Vec<Rejection>)> {
    let prefix = layout::arrivals(manifest.pipeline, &manifest.project.project);
    // With KMS the ETag is no MD5 of what we read.
    let etag_is_md5 = manifest.project.compute.kms.is_none();
    let mut arrivals = manifest.reads.clone();
    arrivals.sort();
    let (mut objects, mut rejections) = (Vec::new(), Vec::new());
    for arrival in arrivals {
        match find(&arrival, &prefix, folder, etag_is_md5)? {
            Ok(path) => objects.push(Object { arrival, path }),
            Err(reason) => rejections.push(rejection(&arrival, reason)),
        }
    }
    Ok((objects, rejections))
}

pub fn rejection(arrival: &Arrival, reason: impl Into<String>) -> Rejection {
    let reason = redact::line(&reason.into());
    tracing::warn!("Rejected {}: {reason}", redact::line(&arrival.key).escape_debug());
    Rejection {
        key: arrival.key.clone(),
        etag: arrival.etag.clone(),
        size: arrival.size,
        reason,
    }
}

type Found = std::result::Result<PathBuf, String>;

fn find(arrival: &Arrival, prefix: &str, folder: &Path, etag_is_md5: bool) -> Result<Found> {
    if arrival.size == 0 && arrival.key.ends_with('/') {
        return Ok(Err("folder marker: it holds no data".into()));
    }
    if arrival.size == 0 {
        return Ok(Err("is empty".into()));
    }
    let Some(relative) = relative(&arrival.key, prefix) else {
        return Ok(Err(format!("has a key that cannot be a file below {prefix}")));
    };
    let path = folder.join(relative);
    let size = match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Ok(Err("changed after freeze: it is no longer an object".into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Err("changed after freeze: it is no longer there".into()));
        }
        Err(error) => return Err(error).with_context(|| format!("look at {}", path.display())),
    };
    if size != arrival.size {
        return Ok(Err(format!(
            "changed after freeze: {} bytes were listed, {size} are there",
            arrival.size
        )));
    }
    if etag_is_md5 && is_md5(&arrival.etag) && md5(&path)? != arrival.etag.to_ascii_lowercase() {
        return Ok(Err("changed after freeze: its content is another".into()));
    }
    Ok(Ok(path))
}

/// The file below the folder, or None when the key would lead elsewhere.
fn relative(key: &str, prefix: &str) -> Option<PathBuf> {
    let rest = key.strip_prefix(prefix)?;
    let usable = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
    rest.split('/').all(usable).then(|| rest.split('/').collect())
}

/// A multipart upload's ETag has a dash and says nothing about the content.
fn is_md5(etag: &str) -> bool {
    etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn md5(path: &Path) -> Result<String> {
    let read = || -> std::io::Result<String> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut hash = Md5::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(hex::encode(hash.finalize())),
                count => hash.update(&buffer[..count]),
            }
        }
    };
    read().with_context(|| format!("read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(key: &str, etag: &str, size: u64) -> Arrival {
        Arrival {
            key: format!("training/p/{key}"),
            etag: etag.into(),
            size,
        }
    }

    fn reason(arrival: &Arrival, folder: &Path) -> Option<String> {
        find(arrival, "training/p/", folder, true).unwrap().err()
    }

    #[test]
    fn only_what_was_frozen_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a b+é.csv"), "abc").unwrap();
        let md5_of_abc = "900150983cd24fb0d6963f7d28e17f72";
        assert_eq!(reason(&arrival("a b+é.csv", md5_of_abc, 3), folder.path()), None);
        assert_eq!(
            reason(&arrival("a b+é.csv", "0123-2", 3), folder.path()),
            None,
            "no MD5, nothing to compare"
        );
        for (key, etag, size, part) in [
            ("a b+é.csv", md5_of_abc, 4, "4 bytes were listed, 3 are there"),
            (
                "a b+é.csv",
                "00000000000000000000000000000000",
                3,
                "its content is another",
            ),
            ("gone.csv", md5_of_abc, 3, "changed after freeze: it is no longer there"),
            ("folder/", "d41d8cd98f00b204e9800998ecf8427e", 0, "folder marker"),
            ("empty.csv", "d41d8cd98f00b204e9800998ecf8427e", 0, "is empty"),
            (
                "../../etc/passwd",
                md5_of_abc,
                3,
                "has a key that cannot be a file below training/p/",
            ),
            (
                "a//b.csv",
                md5_of_abc,
                3,
                "has a key that cannot be a file below training/p/",
            ),
        ] {
            let reason = reason(&arrival(key, etag, size), folder.path()).unwrap();
            assert!(reason.contains(part), "{key}: {reason}");
        }
    }
}
