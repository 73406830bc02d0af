//! The body of a document protocol: unpacked if it was packed, and never larger than a document may be.

use std::io::Read;

use bytes::Bytes;
use windsock_world::ApiError;

use crate::inbound::Inbound;

/// Largest document (JSON, CBOR, form), unpacked. AWS's own limits are between 256 KB (events) and 1 MB (templates
/// and metrics); the room above lets their own refusals be said by the service.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The document that a request carries. CloudWatch's clients gzip theirs from 10 KB on.
pub(crate) fn document(inbound: &Inbound, broken: &str) -> Result<Bytes, ApiError> {
    let encoding = inbound
        .header("content-encoding")
        .unwrap_or("identity")
        .to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "" | "identity" => inbound.body.clone(),
        "gzip" => gunzip(&inbound.body, broken)?,
        other => {
            let message = format!("Content-Encoding {other} is not understood; send gzip or none");
            return Err(ApiError::new(415, broken, message));
        }
    };
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(too_large(broken));
    }
    Ok(bytes)
}

fn gunzip(packed: &[u8], broken: &str) -> Result<Bytes, ApiError> {
    // One byte more than allowed, so that a body that is too large is told apart from one that just fits.
    let limit = DOCUMENT_BYTES_MAX as u64 + 1;
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|error| ApiError::new(400, broken, format!("The body is not valid gzip: {error}")))?;
    Ok(unpacked.into())
}

fn too_large(broken: &str) -> ApiError {
    ApiError::new(
        413,
        broken,
        format!("The document is larger than {DOCUMENT_BYTES_MAX} bytes"),
    )
}
