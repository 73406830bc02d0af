//! Object bytes on disk: `blobs/ab/cdef...`, named by their SHA-256.
//!
//! A blob is written beside its place and renamed into it, so that a name always stands for whole bytes.

use std::{fs, io, path::PathBuf};

use windsock_world::{BlobRef, Blobs};

#[derive(Debug)]
pub(crate) struct DiskBlobs {
    folder: PathBuf,
}

impl DiskBlobs {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Names come from the log of inputs as well as from us, so a name that is not a SHA-256 is refused.
    fn path(&self, sha256: &str) -> io::Result<PathBuf> {
        let hexadecimal = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        match sha256.split_at_checked(2) {
            Some((head, tail)) if hexadecimal => Ok(self.folder.join(head).join(tail)),
            _ => Err(io::Error::other(format!("`{sha256}` is not the name of a blob"))),
        }
    }
}

impl Blobs for DiskBlobs {
    fn put(&self, bytes: &[u8]) -> io::Result<BlobRef> {
        let blob = BlobRef::of(bytes);
        let path = self.path(&blob.sha256)?;
        if fs::metadata(&path).is_ok_and(|known| known.len() == blob.size) {
            return Ok(blob);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(&path).map_err(|refused| refused.error)?;
        Ok(blob)
    }

    fn get(&self, blob: &BlobRef) -> io::Result<bytes::Bytes> {
        let path = self.path(&blob.sha256)?;
        let bytes =
            fs::read(&path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        if bytes.len() as u64 != blob.size {
            return Err(io::Error::other(format!(
                "{} should hold {} bytes, not {}",
                path.display(),
                blob.size,
                bytes.len()
            )));
        }
        Ok(bytes.into())
    }
}
