//! Who may use a bucket and how it is kept: its policy, its public access block and its encryption.

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto::*};
use serde_json::{Value, json};

use super::Store;

pub(super) fn policy(
    store: &Store,
    request: S3Request<GetBucketPolicyInput>,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(request.credentials.as_ref(), "GetBucketPolicy", members)?;
    // A template's policy is a document, and what a person puts is its text; the answer is always a text.
    let policy = match &answer["Policy"] {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    Ok(S3Response::new(GetBucketPolicyOutput { policy: Some(policy) }))
}

pub(super) fn put_policy(
    store: &Store,
    request: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let members = json!({ "Bucket": request.input.bucket, "Policy": request.input.policy });
    store.bucket(request.credentials.as_ref(), "PutBucketPolicy", members)?;
    Ok(S3Response::new(PutBucketPolicyOutput {}))
}

pub(super) fn delete_policy(
    store: &Store,
    request: S3Request<DeleteBucketPolicyInput>,
) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    store.bucket(request.credentials.as_ref(), "DeleteBucketPolicy", members)?;
    Ok(S3Response::new(DeleteBucketPolicyOutput {}))
}

pub(super) fn public_access(
    store: &Store,
    request: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(request.credentials.as_ref(), "GetPublicAccessBlock", members)?;
    let block = |member: &str| answer["PublicAccessBlockConfiguration"][member].as_bool();
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(PublicAccessBlockConfiguration {
            block_public_acls: block("BlockPublicAcls"),
            block_public_policy: block("BlockPublicPolicy"),
            ignore_public_acls: block("IgnorePublicAcls"),
            restrict_public_buckets: block("RestrictPublicBuckets"),
        }),
    }))
}

pub(super) fn put_public_access(
    store: &Store,
    request: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    let block = &request.input.public_access_block_configuration;
    let configuration = json!({
        "BlockPublicAcls": block.block_public_acls.unwrap_or(false),
        "BlockPublicPolicy": block.block_public_policy.unwrap_or(false),
        "IgnorePublicAcls": block.ignore_public_acls.unwrap_or(false),
        "RestrictPublicBuckets": block.restrict_public_buckets.unwrap_or(false),
    });
    let members = json!({ "Bucket": request.input.bucket, "PublicAccessBlockConfiguration": configuration });
    store.bucket(request.credentials.as_ref(), "PutPublicAccessBlock", members)?;
    Ok(S3Response::new(PutPublicAccessBlockOutput {}))
}

pub(super) fn delete_public_access(
    store: &Store,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    store.bucket(request.credentials.as_ref(), "DeletePublicAccessBlock", members)?;
    Ok(S3Response::new(DeletePublicAccessBlockOutput {}))
}

pub(super) fn encryption(
    store: &Store,
    request: S3Request<GetBucketEncryptionInput>,
) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    let answer = store.bucket(request.credentials.as_ref(), "GetBucketEncryption", members)?;
    let rules = answer["ServerSideEncryptionConfiguration"]["Rules"].as_array();
    let rules = rules.into_iter().flatten().map(rule).collect();
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration { rules }),
    }))
}

fn rule(rule: &Value) -> ServerSideEncryptionRule {
    let default = &rule["ApplyServerSideEncryptionByDefault"];
    let algorithm = default["SSEAlgorithm"].as_str();
    ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: algorithm.map(|algorithm| ServerSideEncryptionByDefault {
            kms_master_key_id: default["KMSMasterKeyID"].as_str().map(str::to_owned),
            sse_algorithm: ServerSideEncryption::from(algorithm.to_owned()),
        }),
        bucket_key_enabled: rule["BucketKeyEnabled"].as_bool(),
    }
}

pub(super) fn put_encryption(
    store: &Store,
    request: S3Request<PutBucketEncryptionInput>,
) -> S3Result<S3Response<PutBucketEncryptionOutput>> {
    let mut rules = Vec::new();
    for rule in &request.input.server_side_encryption_configuration.rules {
        let default = rule.apply_server_side_encryption_by_default.as_ref();
        let default = default.ok_or_else(|| {
            S3Error::with_message(
                S3ErrorCode::MalformedXML,
                "ApplyServerSideEncryptionByDefault is required",
            )
        })?;
        rules.push(json!({
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": default.sse_algorithm.as_str(),
                "KMSMasterKeyID": default.kms_master_key_id,
            },
            "BucketKeyEnabled": rule.bucket_key_enabled,
        }));
    }
    let configuration = json!({ "Rules": rules });
    let members = json!({ "Bucket": request.input.bucket, "ServerSideEncryptionConfiguration": configuration });
    store.bucket(request.credentials.as_ref(), "PutBucketEncryption", members)?;
    Ok(S3Response::new(PutBucketEncryptionOutput {}))
}

pub(super) fn delete_encryption(
    store: &Store,
    request: S3Request<DeleteBucketEncryptionInput>,
) -> S3Result<S3Response<DeleteBucketEncryptionOutput>> {
    let members = json!({ "Bucket": request.input.bucket });
    store.bucket(request.credentials.as_ref(), "DeleteBucketEncryption", members)?;
    Ok(S3Response::new(DeleteBucketEncryptionOutput {}))
}
