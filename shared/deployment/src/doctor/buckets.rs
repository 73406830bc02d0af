//! The buckets: do they tell of new objects, keep versions, keep strangers out, and let our roles in? A data bucket that
//! was there already may lack what the template gives its own.

use anyhow::Context;
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{BucketVersioningStatus, ServerSideEncryption},
};
use serde_json::{Value, json};

use super::{Check, notifications, policy::Judgement, quoted, roles::Ours, unclear, well, wrong};
use crate::Deployed;

pub(super) async fn examine(deployed: &Deployed, projects: &[String]) -> anyhow::Result<Vec<Check>> {
    let client = Client::new(&deployed.config);
    let mut checks = Vec::new();
    for bucket in [&deployed.data_bucket, &deployed.work_bucket] {
        if let Some(absent) = absent(&client, bucket).await? {
            checks.push(absent);
            continue;
        }
        checks.push(notifications::check(&client, bucket).await?);
        checks.push(versions(&client, bucket).await?);
        checks.push(public_access(&client, bucket).await?);
    }
    if absent(&client, &deployed.data_bucket).await?.is_none() {
        checks.push(encryption(&client, deployed).await?);
        checks.extend(policy(&client, deployed, projects).await?);
    }
    Ok(checks)
}

async fn absent(client: &Client, bucket: &str) -> anyhow::Result<Option<Check>> {
    match client.head_bucket().bucket(bucket).send().await {
        Ok(_) => Ok(None),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(Some(wrong(
            format!("bucket {bucket}"),
            "it is not there, so nothing is learned or scored",
            format!("aws s3 mb s3://{bucket}, then windsock doctor again"),
        ))),
        Err(error) => Err(error).with_context(|| format!("look for bucket {bucket}")),
    }
}

async fn versions(client: &Client, bucket: &str) -> anyhow::Result<Check> {
    let answer = client.get_bucket_versioning().bucket(bucket).send().await;
    let answer = answer.with_context(|| format!("read the versioning of bucket {bucket}"))?;
    let what = format!("bucket {bucket} keeps versions");
    Ok(match answer.status() {
        Some(BucketVersioningStatus::Enabled) => well(what),
        _ => wrong(
            what,
            "it does not, so what is overwritten is lost",
            format!("aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"),
        ),
    })
}

async fn public_access(client: &Client, bucket: &str) -> anyhow::Result<Check> {
    let answer = client.get_public_access_block().bucket(bucket).send().await;
    let answer = or_none(answer, "NoSuchPublicAccessBlockConfiguration");
    let answer = answer.with_context(|| format!("read the public access block of bucket {bucket}"))?;
    let block = answer
        .as_ref()
        .and_then(|answer| answer.public_access_block_configuration());
    let all = block.is_some_and(|block| {
        let set = [block.block_public_acls(), block.ignore_public_acls()];
        let policies = [block.block_public_policy(), block.restrict_public_buckets()];
        set.into_iter().chain(policies).all(|set| set == Some(true))
    });
    let what = format!("bucket {bucket} cannot be made public");
    Ok(match all {
        true => well(what),
        false => wrong(
            what,
            "its public access block does not block everything",
            format!(
                "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration \
                 BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
            ),
        ),
    })
}

/// With the platform's key or with none of anybody's: our roles may use no other.
async fn encryption(client: &Client, deployed: &Deployed) -> anyhow::Result<Check> {
    let bucket = &deployed.data_bucket;
    let answer = client.get_bucket_encryption().bucket(bucket).send().await;
    // S3 encrypts with keys of its own what says nothing.
    let answer = or_none(answer, "ServerSideEncryptionConfigurationNotFoundError");
    let answer = answer.with_context(|| format!("read the encryption of bucket {bucket}"))?;
    let rules = answer
        .as_ref()
        .and_then(|answer| answer.server_side_encryption_configuration());
    let rules = rules.map(|configuration| configuration.rules()).unwrap_or_default();
    let default = rules
        .iter()
        .find_map(|rule| rule.apply_server_side_encryption_by_default());
    let key = default
        .filter(|default| *default.sse_algorithm() != ServerSideEncryption::Aes256)
        .and_then(|default| default.kms_master_key_id());
    let ours = &deployed.kms_key_arn;
    // By its ARN or by its id.
    let is_ours = |key: &str| !ours.is_empty() && (key == ours || ours.rsplit('/').next() == Some(key));
    let what = format!("bucket {bucket} is encrypted with a key that our roles may use");
    Ok(match key {
        Some(key) if !is_ours(key) && !key.ends_with("alias/aws/s3") => wrong(
            what,
            format!("it is encrypted with {key}, which is not the platform's KmsKeyArn"),
            format!(
                "deploy the platform with that key's ARN as KmsKeyArn, or, for what comes from now on: \
                 aws s3api put-bucket-encryption --bucket {bucket} --server-side-encryption-configuration {}",
                quoted(&own_encryption(ours).to_string())
            ),
        ),
        _ => well(what),
    })
}

fn own_encryption(key: &str) -> Value {
    let default = match key {
        "" => json!({ "SSEAlgorithm": "AES256" }),
        key => json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key }),
    };
    json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": default }] })
}

async fn policy(client: &Client, deployed: &Deployed, projects: &[String]) -> anyhow::Result<Vec<Check>> {
    let bucket = &deployed.data_bucket;
    let answer = client.get_bucket_policy().bucket(bucket).send().await;
    let answer = or_none(answer, "NoSuchBucketPolicy");
    let answer = answer.with_context(|| format!("read the policy of bucket {bucket}"))?;
    let ours = Ours {
        bucket: bucket.clone(),
        partition: deployed.partition.clone(),
        account: deployed.account.clone(),
        role_path: deployed.role_path.clone(),
        name_prefix: deployed.name_prefix.clone(),
        projects: projects.to_vec(),
    };
    let what = format!("policy of bucket {bucket}");
    Ok(match ours.judge(answer.as_ref().and_then(|answer| answer.policy())) {
        Ok(judgement) => judged(bucket, &judgement),
        Err(error) => vec![unclear(
            what,
            format!("it cannot be judged here ({error:#}); docs/platform.md says what it must and must not deny"),
        )],
    })
}

fn judged(bucket: &str, judgement: &Judgement) -> Vec<Check> {
    let Judgement {
        plain_http,
        denied,
        perhaps,
        uploads_say,
        mended,
    } = judgement;
    // One command for both: the second of two would undo the first.
    let mend = format!(
        "aws s3api put-bucket-policy --bucket {bucket} --policy {}",
        quoted(&mended.to_string())
    );
    let tls = format!("bucket {bucket} refuses plain HTTP");
    let lets_in = format!("policy of bucket {bucket} lets our roles in");
    let mut checks = vec![
        match plain_http {
            false => well(tls),
            true => wrong(tls, "its policy lets it in", mend.clone()),
        },
        match denied.is_empty() {
            true => well(lets_in.clone()),
            false => wrong(lets_in.clone(), denied.join("; "), mend),
        },
    ];
    if !perhaps.is_empty() {
        let why = format!("{}: make sure that they get in that way", perhaps.join("; "));
        checks.push(unclear(lets_in, why));
    }
    if let Some(says) = uploads_say {
        let why = format!("its policy denies uploads that do not say how they are encrypted: aws s3 cp {says} ...");
        checks.push(unclear(format!("uploads to bucket {bucket}"), why));
    }
    checks
}

/// None in place of one refusal.
fn or_none<T, E, R>(answer: Result<T, SdkError<E, R>>, code: &str) -> Result<Option<T>, SdkError<E, R>>
where
    E: ProvideErrorMetadata,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(code) => Ok(None),
        Err(error) => Err(error),
    }
}
