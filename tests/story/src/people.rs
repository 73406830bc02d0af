//! What people do with their own tools: upload, look, approve. Through the public endpoint.

use anyhow::Context;
use serde_json::{Value, json};

use crate::signed::{Request, Signer};

/// Where people put data.
pub const DATA: &str = "windsock-data-111122223333-us-east-1";
/// Where Windsock and SageMaker put theirs.
pub const WORK: &str = "windsock-work-111122223333-us-east-1";

/// Somebody with the credentials that `windsock up` printed.
#[derive(Debug, Clone)]
pub struct Person(pub Signer);

impl Person {
    /// Put one file into the data bucket.
    pub fn upload(&self, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = format!("/{DATA}/{key}");
        let put = Request {
            service: "s3",
            method: "PUT",
            path: &path,
            headers: &[],
            body: bytes,
        };
        self.0.send(&put).with_context(|| format!("upload {key}"))?;
        Ok(())
    }

    pub fn read(&self, bucket: &str, key: &str) -> anyhow::Result<Vec<u8>> {
        let path = format!("/{bucket}/{key}");
        let get = Request {
            service: "s3",
            method: "GET",
            path: &path,
            headers: &[],
            body: &[],
        };
        self.0.send(&get).with_context(|| format!("read {key}"))
    }

    pub fn read_json(&self, bucket: &str, key: &str) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.read(bucket, key)?).with_context(|| format!("read {key}"))
    }

    /// The call behind the button of SageMaker's console.
    pub fn approve(&self, project: &str, version: u32) -> anyhow::Result<()> {
        let group = format!("windsock-{project}");
        let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:model-package/{group}/{version}");
        let body = json!({ "ModelPackageArn": arn, "ModelApprovalStatus": "Approved" }).to_string();
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "SageMaker.UpdateModelPackage"),
        ];
        let update = Request {
            service: "sagemaker",
            method: "POST",
            path: "/",
            headers: &headers,
            body: body.as_bytes(),
        };
        self.0.send(&update).with_context(|| format!("approve {arn}"))?;
        Ok(())
    }
}
