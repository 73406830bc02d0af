//! Object bytes, kept outside the world and named by their SHA-256, so that the world itself stays small and pure.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobRef {
    pub sha256: String,
    pub size: u64,
    /// Hex MD5: the ETag of an object uploaded in one part.
    pub md5: String,
}

impl BlobRef {
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: hex::encode(Sha256::digest(bytes)),
            size: bytes.len() as u64,
            md5: hex::encode(md5::Md5::digest(bytes)),
        }
    }
}

/// A store of bytes by name. Writing the same bytes twice is harmless.
pub trait Blobs: Send + Sync {
    fn put(&self, bytes: &[u8]) -> std::io::Result<BlobRef>;
    fn get(&self, blob: &BlobRef) -> std::io::Result<bytes::Bytes>;
}

/// For tests and simulation.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    bytes: Mutex<HashMap<String, bytes::Bytes>>,
}

impl MemoryBlobs {
    pub fn shared() -> Arc<dyn Blobs> {
        Arc::new(Self::default())
    }
}

impl Blobs for MemoryBlobs {
    fn put(&self, bytes: &[u8]) -> std::io::Result<BlobRef> {
        let blob = BlobRef::of(bytes);
        let mut stored = self
            .bytes
            .lock()
            .map_err(|_| std::io::Error::other("the blob store's lock is poisoned"))?;
        stored
            .entry(blob.sha256.clone())
            .or_insert_with(|| bytes::Bytes::copy_from_slice(bytes));
        Ok(blob)
    }

    fn get(&self, blob: &BlobRef) -> std::io::Result<bytes::Bytes> {
        let stored = self
            .bytes
            .lock()
            .map_err(|_| std::io::Error::other("the blob store's lock is poisoned"))?;
        stored
            .get(&blob.sha256)
            .cloned()
            .ok_or_else(|| std::io::Error::other(format!("no blob {}", blob.sha256)))
    }
}
