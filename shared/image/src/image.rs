//! An image that holds one program and nothing else. Same program, same bytes: no clock, no owner, no file's date is in it.

use anyhow::Context;
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use serde_json::json;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

use crate::{
    manifest::{self, Manifest},
    program::{self, Architecture},
};

/// Where the program lies in the image, as jobs/Dockerfile has it.
const PROGRAM: &str = "opt/program/windsock-jobs";
/// Folders above it, where SageMaker mounts things, and where a program may write for a while.
const FOLDERS: [(&str, u32); 4] = [
    ("opt/", 0o755),
    ("opt/ml/", 0o755),
    ("opt/program/", 0o755),
    ("tmp/", 0o1777),
];

/// Bytes that a registry keeps by their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    pub bytes: Bytes,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            digest: sha256(&bytes),
            bytes: bytes.into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub architecture: Architecture,
    pub config: Blob,
    pub layer: Blob,
}

impl Image {
    /// The image of a static Linux program, which becomes its entry point.
    pub fn of_program(program: &[u8]) -> anyhow::Result<Self> {
        let architecture = program::architecture(program)?;
        let files = archive(program).context("pack the program into a layer")?;
        let layer = Blob::new(compressed(&files).context("compress the layer")?);
        let config = Blob::new(config(architecture, &sha256(&files)));
        Ok(Self {
            architecture,
            config,
            layer,
        })
    }

    /// As an image layout and most registries' other images have it.
    pub fn oci_manifest(&self) -> Manifest {
        manifest::oci(&self.config, &self.layer)
    }

    /// As SageMaker wants it.
    pub fn docker_manifest(&self) -> Manifest {
        manifest::docker(&self.config, &self.layer)
    }
}

fn archive(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (folder, mode) in FOLDERS {
        let mut header = header(EntryType::Directory, mode, 0);
        archive.append_data(&mut header, folder, std::io::empty())?;
    }
    let mut header = header(EntryType::Regular, 0o755, program.len() as u64);
    archive.append_data(&mut header, PROGRAM, program)?;
    archive.into_inner()
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut writer, bytes)?;
    writer.finish()
}

fn config(architecture: Architecture, uncompressed: &str) -> Vec<u8> {
    // Images must have dates. One that does not change keeps the digest.
    let created = "1970-01-01T00:00:00Z";
    let config = json!({
        "created": created,
        "architecture": architecture.name(),
        "os": "linux",
        "config": { "Entrypoint": [format!("/{PROGRAM}")], "Env": ["PATH=/opt/program"], "WorkingDir": "/" },
        "rootfs": { "type": "layers", "diff_ids": [uncompressed] },
        "history": [{ "created": created, "created_by": "windsock image" }],
    });
    config.to_string().into_bytes()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read;

    use expect_test::expect;

    use super::*;

    /// The header of a Linux program for a machine, with one segment of a kind, and something to run.
    pub(crate) fn program(machine: u8, segment: u8) -> Vec<u8> {
        let mut program = vec![0; 68];
        program[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
        (program[18], program[32], program[54], program[56], program[64]) = (machine, 64, 56, 1, segment);
        program.extend_from_slice(b"to run");
        program
    }

    #[test]
    fn the_same_program_is_the_same_image() {
        let image = Image::of_program(&program(62, 1)).unwrap();
        assert_eq!(image, Image::of_program(&program(62, 1)).unwrap());
        assert_ne!(image.layer, Image::of_program(&program(183, 1)).unwrap().layer);
    }

    #[test]
    fn a_layer_holds_the_program_and_the_folders_above_it() {
        let image = Image::of_program(&program(62, 1)).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&image.layer.bytes[..]));
        let mut listed = String::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header();
            listed += &format!(
                "{:o} {}:{} {} {}\n",
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap(),
                header.mtime().unwrap(),
                entry.path().unwrap().display()
            );
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            assert!(bytes.is_empty() || bytes == program(62, 1));
        }
        expect![[r#"
            755 0:0 0 opt/
            755 0:0 0 opt/ml/
            755 0:0 0 opt/program/
            1777 0:0 0 tmp/
            755 0:0 0 opt/program/windsock-jobs
        "#]]
        .assert_eq(&listed);
    }

    #[test]
    fn the_configuration_names_the_entry_point_and_what_the_layer_unpacks_to() {
        let image = Image::of_program(&program(183, 1)).unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&image.layer.bytes[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        let config: serde_json::Value = serde_json::from_slice(&image.config.bytes).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], sha256(&unpacked));
        assert_eq!(config["architecture"], "arm64");
        assert_eq!(config["config"]["Entrypoint"][0], "/opt/program/windsock-jobs");
    }

    #[test]
    fn sagemaker_gets_the_manifest_that_it_takes() {
        let image = Image::of_program(&program(62, 1)).unwrap();
        let manifest = image.docker_manifest();
        let read: serde_json::Value = serde_json::from_slice(&manifest.bytes).unwrap();
        assert_eq!(
            read["mediaType"],
            "application/vnd.docker.distribution.manifest.v2+json"
        );
        assert_eq!(read["config"]["digest"], image.config.digest);
        assert_eq!(read["layers"][0]["size"], image.layer.bytes.len());
        assert_eq!(manifest.digest, sha256(&manifest.bytes));
    }
}
