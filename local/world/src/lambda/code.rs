//! A function's code: a folder of this machine, whose last component names the program, or an archive in S3.

use serde_json::Value;

use super::invalid;
use crate::{ApiError, BlobRef, World};

/// What Lambda runs of an archive for its custom runtimes.
const BOOTSTRAP: &str = "bootstrap";

#[derive(Debug, Clone)]
pub(super) struct Code {
    /// As it was given.
    pub(super) given: Value,
    /// The program's name.
    pub(super) program: String,
    /// The archive's bytes, as they were when it was taken over; nothing for a folder.
    pub(super) archive: Vec<BlobRef>,
}

impl Code {
    /// Where it lies, as text (AWS gives an address of its own that is signed for some minutes).
    pub(super) fn location(&self) -> String {
        match (self.given["S3Bucket"].as_str(), self.given["S3Key"].as_str()) {
            (Some(bucket), Some(key)) => format!("s3://{bucket}/{key}"),
            _ => self
                .given
                .as_str()
                .map_or_else(|| self.given.to_string(), str::to_owned),
        }
    }
}

impl World {
    /// As Lambda does it: the archive is read now, and what becomes of the object later is of no matter.
    pub(super) fn code(&self, function: &str, given: &Value) -> Result<Code, ApiError> {
        let (Some(bucket), Some(key)) = (given["S3Bucket"].as_str(), given["S3Key"].as_str()) else {
            return Ok(Code {
                given: given.clone(),
                program: program_of(given).unwrap_or(function).to_owned(),
                archive: Vec::new(),
            });
        };
        let object = self.object(bucket, key).ok_or_else(|| {
            invalid(format!(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: s3://{bucket}/{key} does not exist."
            ))
        })?;
        Ok(Code {
            given: given.clone(),
            program: BOOTSTRAP.to_owned(),
            archive: object.body.blobs.clone(),
        })
    }
}

/// The last component of the folder that holds the code: `target/lambda/notify/` is `notify`.
fn program_of(code: &Value) -> Option<&str> {
    let place = code.as_str().or_else(|| code["CodeUri"].as_str())?;
    let name = place.trim_end_matches('/').rsplit('/').next()?;
    Some(name).filter(|name| !name.is_empty())
}
