//! The manifest of an image, in the two dialects there are.

use bytes::Bytes;
use serde_json::json;

use crate::image::{Blob, sha256};

/// A manifest's bytes, what they are and what they are called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub media_type: &'static str,
    pub bytes: Bytes,
    pub digest: String,
}

struct Dialect {
    manifest: &'static str,
    config: &'static str,
    layer: &'static str,
}

const OCI: Dialect = Dialect {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

/// SageMaker takes images in no other: `Unsupported manifest media type application/vnd.oci.image.manifest.v1+json`
/// (github.com/aws/amazon-sagemaker-feedback/issues/180). The blobs are the same.
const DOCKER: Dialect = Dialect {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};

pub(crate) fn oci(config: &Blob, layer: &Blob) -> Manifest {
    manifest(&OCI, config, layer)
}

pub(crate) fn docker(config: &Blob, layer: &Blob) -> Manifest {
    manifest(&DOCKER, config, layer)
}

fn manifest(dialect: &Dialect, config: &Blob, layer: &Blob) -> Manifest {
    let described = |media_type: &str, blob: &Blob| json!({ "mediaType": media_type, "size": blob.bytes.len(), "digest": blob.digest });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": dialect.manifest,
        "config": described(dialect.config, config),
        "layers": [described(dialect.layer, layer)],
    });
    let bytes = Bytes::from(manifest.to_string());
    Manifest {
        media_type: dialect.manifest,
        digest: sha256(&bytes),
        bytes,
    }
}
