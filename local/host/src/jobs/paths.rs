//! Object keys and container paths as paths on this machine, which they can never leave.
//!
//! A key's parts become folders and a file of the same names. A part that no file can be named by, or that would lead
//! elsewhere (`..`, `.`, nothing at all, a NUL, more than 255 bytes), becomes `%windsock-` and the first 16 hex digits
//! of its SHA-256. The same goes for a whole key whose place is taken, as that of `a/b` is beside an object `a`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Ended, client_error};

/// The longest file name that common file systems take.
const NAME_BYTES_MAX: usize = 255;

/// The path, below some folder, that stands for an object's relative key.
pub(super) fn relative(key: &str) -> PathBuf {
    key.split('/').map(part).collect()
}

fn part(part: &str) -> String {
    let safe = !matches!(part, "" | "." | "..") && part.len() <= NAME_BYTES_MAX && !part.contains('\0');
    if safe { part.to_string() } else { encoded(part) }
}

fn encoded(text: &str) -> String {
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    format!("%windsock-{}", digest.get(..16).unwrap_or(&digest))
}

/// Writes one input file below `folder`, and says where it is.
pub(super) fn lay_down(folder: &Path, key: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    if bytes.is_empty() && key.ends_with('/') {
        // A folder marker, as consoles make them: the folder is all it means.
        let marked = folder.join(relative(key.trim_end_matches('/')));
        if fs::create_dir_all(&marked).is_ok() {
            return Ok(marked);
        }
    }
    match write_new(&folder.join(relative(key)), bytes) {
        Err(error) if is_taken(&error) => write_new(&folder.join(encoded(key)), bytes),
        written => written,
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    io::Write::write_all(&mut fs::File::create_new(path)?, bytes)?;
    Ok(path.to_path_buf())
}

/// Something else has the name, or is a file where a folder should be.
fn is_taken(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory};
    matches!(error.kind(), AlreadyExists | IsADirectory | NotADirectory)
}

/// The path on this machine for a container path such as `/opt/ml/processing/input`.
pub(super) fn container(ml_root: &Path, path: &str) -> Ended<PathBuf> {
    let parts = path
        .strip_prefix("/opt/ml")
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(parts) = parts else {
        return Err(client_error(format!("the local path `{path}` is not below /opt/ml")));
    };
    let parts: Vec<&str> = parts.split('/').filter(|part| !part.is_empty()).collect();
    if let Some(bad) = parts.iter().find(|name| part(name) != **name) {
        return Err(client_error(format!(
            "the local path `{path}` must not contain `{}`",
            bad.escape_debug()
        )));
    }
    Ok(ml_root.join(parts.iter().collect::<PathBuf>()))
}

/// An argument or entry point as the program must see it: paths below /opt/ml are below `ml_root` here.
pub(super) fn argument(ml_root: &Path, argument: &str) -> String {
    container(ml_root, argument).map_or_else(|_| argument.to_string(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_keys_keep_their_names() {
        for key in [
            "a.csv",
            "2013-01/jan uary+1%.csv",
            "日本語/é.csv",
            "..a/b..",
            "~/x",
            "-rf",
        ] {
            assert_eq!(relative(key), PathBuf::from(key));
        }
    }

    #[test]
    fn no_key_leaves_its_folder() {
        let long = "x".repeat(300);
        for key in [
            "../../etc/passwd",
            "/etc/passwd",
            "a/../../b",
            "./x",
            "a//b",
            "a/",
            "",
            "x\0y",
            "a\nb",
            &long,
        ] {
            let path = relative(key);
            assert!(path.is_relative(), "{key:?}");
            assert!(
                path.components()
                    .all(|part| matches!(part, std::path::Component::Normal(_))),
                "{key:?}: {path:?}"
            );
            assert!(path.iter().all(|part| part.len() <= NAME_BYTES_MAX), "{key:?}");
        }
        assert_ne!(relative("../a"), relative("./a"), "encodings differ as the keys do");
    }

    #[test]
    fn a_key_whose_place_is_taken_gets_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        lay_down(folder.path(), "a", b"file").unwrap();
        let below = lay_down(folder.path(), "a/b", b"below a file").unwrap();
        lay_down(folder.path(), "c/d", b"file").unwrap();
        let above = lay_down(folder.path(), "c", b"beside a folder").unwrap();
        assert_eq!(fs::read(below).unwrap(), b"below a file");
        assert_eq!(fs::read(above).unwrap(), b"beside a folder");
        assert!(lay_down(folder.path(), "folder/", b"").unwrap().is_dir());
        lay_down(folder.path(), "folder/in it", b"x").unwrap();
    }

    #[test]
    fn container_paths_stay_below_opt_ml() {
        let root = Path::new("/job/ml");
        assert_eq!(container(root, "/opt/ml/model").unwrap(), Path::new("/job/ml/model"));
        assert_eq!(container(root, "/opt/ml").unwrap(), Path::new("/job/ml"));
        for path in ["/opt/mlx", "/etc", "opt/ml", "/opt/ml/../../etc", "/opt/ml/./x"] {
            assert!(container(root, path).is_err(), "{path}");
        }
        assert_eq!(argument(root, "/opt/ml/code/run.py"), "/job/ml/code/run.py");
        assert_eq!(argument(root, "preprocess"), "preprocess");
    }
}
