//! An image in a folder, as the OCI image layout has it: for skopeo, crane and whoever pushes by other means.

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::json;

use crate::Image;

impl Image {
    /// Writes the image layout into a folder, which is made.
    pub fn write_layout(&self, folder: &Path, tag: &str) -> anyhow::Result<()> {
        let manifest = self.oci_manifest();
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{
                "mediaType": manifest.media_type,
                "size": manifest.bytes.len(),
                "digest": manifest.digest,
                "platform": { "architecture": self.architecture.name(), "os": "linux" },
                "annotations": { "org.opencontainers.image.ref.name": tag },
            }],
        });
        write(
            folder,
            "oci-layout",
            json!({ "imageLayoutVersion": "1.0.0" }).to_string().as_bytes(),
        )?;
        write_blob(folder, &self.layer.digest, &self.layer.bytes)?;
        write_blob(folder, &self.config.digest, &self.config.bytes)?;
        write_blob(folder, &manifest.digest, &manifest.bytes)?;
        // Last, so that an index never names what is not there.
        write(folder, "index.json", index.to_string().as_bytes())
    }
}

fn write_blob(folder: &Path, digest: &str, bytes: &[u8]) -> anyhow::Result<()> {
    write(folder, &format!("blobs/{}", digest.replace(':', "/")), bytes)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(|| format!("make the folder {}", parent.display()))?;
    fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::image::{sha256, tests::program};

    #[test]
    fn every_blob_lies_under_its_digest_and_leads_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::of_program(&program(62, 1)).unwrap();
        image.write_layout(folder.path(), "0.1.0").unwrap();
        let blob = |digest: &Value| {
            let digest = digest.as_str().unwrap();
            let bytes = fs::read(folder.path().join("blobs").join(digest.replace(':', "/"))).unwrap();
            assert_eq!(sha256(&bytes), digest);
            bytes
        };
        let index: Value = serde_json::from_slice(&fs::read(folder.path().join("index.json")).unwrap()).unwrap();
        let manifest: Value = serde_json::from_slice(&blob(&index["manifests"][0]["digest"])).unwrap();
        assert_eq!(blob(&manifest["layers"][0]["digest"]), image.layer.bytes);
        assert_eq!(blob(&manifest["config"]["digest"]), image.config.bytes);
        assert_eq!(
            fs::read(folder.path().join("oci-layout")).unwrap(),
            br#"{"imageLayoutVersion":"1.0.0"}"#
        );
    }
}
