//! The repository's files, folders and manifests.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Folders that hold nothing of ours.
const NOT_OURS: [&str; 6] = ["target", ".git", ".windsock", "node_modules", ".venv", ".ci"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("read `{path}`"))
}

/// Names of the folders right below a folder, sorted.
pub fn folders(path: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join(path)).with_context(|| format!("list `{path}`"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Paths of all files with this ending, from the root, sorted.
pub fn files(ending: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    collect(&root(), ending, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("list `{}`", folder.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                collect(&path, ending, found)?;
            }
        } else if name.ends_with(ending) {
            let path = path.strip_prefix(root()).unwrap_or(&path);
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// A package's Cargo.toml, as far as our rules ask.
#[derive(Debug)]
pub struct Manifest {
    pub folder: String,
    pub name: String,
    /// Names in `[dependencies]`.
    pub dependencies: Vec<String>,
    /// Names in `[dev-dependencies]`.
    pub dev_dependencies: Vec<String>,
}

/// Every package's manifest, by the package's name.
pub fn manifests() -> anyhow::Result<BTreeMap<String, Manifest>> {
    let paths = files("Cargo.toml")?.into_iter().filter(|path| path != "Cargo.toml");
    let manifests = paths.map(|path| {
        let folder = path.trim_end_matches("/Cargo.toml").to_owned();
        let manifest = manifest(&folder, &read(&path)?);
        Ok((manifest.name.clone(), manifest))
    });
    manifests.collect()
}

/// Our manifests have one key a line and a table a dependency list, which tests below check to be so.
fn manifest(folder: &str, text: &str) -> Manifest {
    let mut manifest = Manifest {
        folder: folder.to_owned(),
        name: String::new(),
        dependencies: Vec::new(),
        dev_dependencies: Vec::new(),
    };
    let mut table = "";
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line.starts_with('[') {
            table = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim();
        let dependency = key.split('.').next().unwrap_or(key).to_owned();
        match table {
            "[package]" if key == "name" => manifest.name = value.trim().trim_matches('"').to_owned(),
            "[dependencies]" => manifest.dependencies.push(dependency),
            "[dev-dependencies]" => manifest.dev_dependencies.push(dependency),
            _ => {}
        }
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read() {
        let text = "[package]\nname = \"a\"\n\n[dependencies]\nb.workspace = true\nc = { path = \"x\" }\n[dev-dependencies]\nd = \"1\"";
        let manifest = manifest("folder", text);
        assert_eq!(
            (manifest.name.as_str(), manifest.dependencies, manifest.dev_dependencies),
            ("a", vec!["b".into(), "c".into()], vec!["d".into()])
        );
    }
}
