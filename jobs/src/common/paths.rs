//! Where a container's files lie: /opt/ml on SageMaker, and another folder in its place when `WINDSOCK_ML_ROOT` is set.

use std::path::{Path, PathBuf};

/// The folder that SageMaker lays everything under.
pub const OPT_ML: &str = "/opt/ml";
/// Names the folder that stands for /opt/ml.
pub const ROOT_VARIABLE: &str = "WINDSOCK_ML_ROOT";

/// The folder that stands for /opt/ml.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    pub fn new(folder: impl Into<PathBuf>) -> Root {
        Root(folder.into())
    }

    pub fn from_environment() -> Root {
        match std::env::var_os(ROOT_VARIABLE) {
            Some(folder) if !folder.is_empty() => Root::new(folder),
            _ => Root::new(OPT_ML),
        }
    }

    /// `container_path` is written as in the container, e.g. `/opt/ml/processing/output`; a path outside /opt/ml stays
    /// as it is. Paths given in environment variables pass through here too.
    pub fn at(&self, container_path: &str) -> PathBuf {
        let path = Path::new(container_path);
        match path.strip_prefix(OPT_ML) {
            Ok(inside) if inside.as_os_str().is_empty() => self.0.clone(),
            Ok(inside) => self.0.join(inside),
            Err(_) => path.to_path_buf(),
        }
    }

    pub fn processing_input(&self, name: &str) -> PathBuf {
        self.0.join("processing/input").join(name)
    }

    pub fn processing_output(&self, name: &str) -> PathBuf {
        self.0.join("processing/output").join(name)
    }

    pub fn training_channel(&self, name: &str) -> PathBuf {
        self.0.join("input/data").join(name)
    }

    pub fn hyperparameters(&self) -> PathBuf {
        self.0.join("input/config/hyperparameters.json")
    }

    pub fn model(&self) -> PathBuf {
        self.0.join("model")
    }

    /// The path as people know it: back under /opt/ml, for sentences that leave this machine.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.0) {
            Ok(inside) => Path::new(OPT_ML).join(inside).display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_the_container_move_under_another_root_and_back() {
        let root = Root::new("/tmp/job");
        assert_eq!(
            root.at("/opt/ml/processing/output"),
            PathBuf::from("/tmp/job/processing/output")
        );
        assert_eq!(root.at("/opt/mlx/output"), PathBuf::from("/opt/mlx/output"));
        assert_eq!(
            root.shown(Path::new("/tmp/job/model/model.json")),
            "/opt/ml/model/model.json"
        );
    }

    #[test]
    fn the_real_root_changes_nothing() {
        assert_eq!(Root::new(OPT_ML).at("/opt/ml/model"), PathBuf::from("/opt/ml/model"));
    }
}
