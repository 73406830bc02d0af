//! Code that was uploaded: a zip archive, unpacked once into a folder of its own.

use std::{
    fs,
    io::{self, Cursor},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use windsock_world::BlobRef;
use zip::ZipArchive;

use crate::outside::Outside;

/// Lambda's quota of a function's unpacked code.
const UNPACKED_BYTES_MAX: u64 = 250 * 1024 * 1024;

/// The folder of the archive's files under `place`; named by its content, so that each is unpacked once.
pub(crate) fn unpacked(place: &Path, archive: &[BlobRef], outside: &dyn Outside) -> anyhow::Result<PathBuf> {
    let names: Vec<&str> = archive.iter().map(|blob| blob.sha256.as_str()).collect();
    let folder = place.join(names.join("-"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let mut bytes = Vec::new();
    for blob in archive {
        bytes.extend_from_slice(&outside.read(blob).context("read the archive")?);
    }
    fs::create_dir_all(place).with_context(|| format!("create {}", place.display()))?;
    let draft = tempfile::tempdir_in(place).context("make a folder for the archive's files")?;
    unpack(&bytes, draft.path())?;
    match fs::rename(draft.path(), &folder) {
        // Another sandbox was faster, with the same files.
        Err(_) if folder.is_dir() => Ok(folder),
        renamed => renamed
            .map(|()| folder.clone())
            .with_context(|| format!("move the archive's files to {}", folder.display())),
    }
}

fn unpack(bytes: &[u8], folder: &Path) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context("the code is no zip archive")?;
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).context("read the archive's list")?;
        let name = entry.enclosed_name();
        let name = name.with_context(|| format!("the archive's {:?} leads out of it", entry.name()))?;
        let path = folder.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        }
        let mut file = fs::File::create(&path).with_context(|| format!("create {}", path.display()))?;
        let written = io::copy(&mut io::Read::take(&mut entry, left + 1), &mut file);
        let written = written.with_context(|| format!("unpack {}", path.display()))?;
        ensure!(
            written <= left,
            "the archive holds more than {UNPACKED_BYTES_MAX} bytes, which is Lambda's quota"
        );
        left -= written;
        let mode = entry.unix_mode().unwrap_or(0o644);
        make_executable(&path, mode).with_context(|| format!("set the mode of {}", path.display()))?;
    }
    Ok(())
}

/// Lambda runs what the archive says is executable.
fn make_executable(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o755 | 0o600))
}
