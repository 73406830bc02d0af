//! Bodies with the checksums that clients send, in a header or behind the body: what arrived must be what was sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::BodyExt;
use s3s::{
    Body, S3Error, S3ErrorCode, S3Result, TrailingHeaders,
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256},
    dto::StreamingBlob,
};
use windsock_world::BlobRef;

use super::Store;

/// What a client says of the body it sends, each in base64.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) md5: Option<String>,
}

/// A body that arrived whole and is stored, and the checksums it was verified against.
pub(super) struct Received {
    pub(super) blob: BlobRef,
    pub(super) verified: Claimed,
}

pub(super) async fn receive(
    store: &Store,
    body: Option<StreamingBlob>,
    mut claimed: Claimed,
    trailers: Option<&TrailingHeaders>,
) -> S3Result<Received> {
    let bytes = match body {
        Some(body) => read(body).await?,
        None => Bytes::new(),
    };
    // Trailing checksums are there only once the body has been read.
    if let Some(trailers) = trailers {
        claimed.add_trailing(trailers);
    }
    claimed.verify(&bytes)?;
    let blob = store.backend.blobs().put(&bytes).map_err(S3Error::internal_error)?;
    if let Some(md5) = &claimed.md5
        && STANDARD.decode(md5).ok().map(hex::encode).as_ref() != Some(&blob.md5)
    {
        return Err(S3Error::with_message(
            S3ErrorCode::BadDigest,
            "The Content-MD5 is not that of the body received",
        ));
    }
    Ok(Received {
        blob,
        verified: claimed,
    })
}

async fn read(body: StreamingBlob) -> S3Result<Bytes> {
    let body = Body::from(s3s::stream::DynByteStream::from(body));
    let read = body.collect().await;
    // A broken chunk or a wrong signature of one surfaces here: the client's fault.
    let read = read.map_err(|error| S3Error::with_message(S3ErrorCode::IncompleteBody, error.to_string()))?;
    Ok(read.to_bytes())
}

impl Claimed {
    fn add_trailing(&mut self, trailers: &TrailingHeaders) {
        let text = |name: &str| {
            trailers
                .read(|headers| {
                    headers
                        .get(name)
                        .and_then(|value| value.to_str().ok())
                        .map(str::to_owned)
                })
                .flatten()
        };
        let members = [
            (&mut self.crc32, "x-amz-checksum-crc32"),
            (&mut self.crc32c, "x-amz-checksum-crc32c"),
            (&mut self.crc64nvme, "x-amz-checksum-crc64nvme"),
            (&mut self.sha1, "x-amz-checksum-sha1"),
            (&mut self.sha256, "x-amz-checksum-sha256"),
        ];
        for (member, name) in members {
            if member.is_none() {
                *member = text(name);
            }
        }
    }

    fn verify(&self, bytes: &[u8]) -> S3Result<()> {
        let mut hasher = ChecksumHasher {
            crc32: self.crc32.as_ref().map(|_| Crc32::new()),
            crc32c: self.crc32c.as_ref().map(|_| Crc32c::new()),
            crc64nvme: self.crc64nvme.as_ref().map(|_| Crc64Nvme::new()),
            sha1: self.sha1.as_ref().map(|_| Sha1::new()),
            sha256: self.sha256.as_ref().map(|_| Sha256::new()),
        };
        hasher.update(bytes);
        let found = hasher.finalize();
        let pairs = [
            ("CRC32", &self.crc32, found.checksum_crc32),
            ("CRC32C", &self.crc32c, found.checksum_crc32c),
            ("CRC64NVME", &self.crc64nvme, found.checksum_crc64nvme),
            ("SHA1", &self.sha1, found.checksum_sha1),
            ("SHA256", &self.sha256, found.checksum_sha256),
        ];
        match pairs.into_iter().find(|(_, claimed, found)| **claimed != *found) {
            None => Ok(()),
            Some((algorithm, _, _)) => {
                let message = format!("The {algorithm} you specified did not match the calculated checksum.");
                Err(S3Error::with_message(S3ErrorCode::BadDigest, message))
            }
        }
    }
}
