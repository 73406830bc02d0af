//! Versions of objects, and delete markers: counted and deleted, a page at a time.

use anyhow::{Context, bail};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::Deployed;

/// One page; DeleteObjects takes as many.
struct Page {
    objects: Vec<ObjectIdentifier>,
    next: Option<(String, Option<String>)>,
}

/// How many versions and delete markers there are.
pub(super) async fn count(deployed: &Deployed, bucket: &str, prefix: &str) -> anyhow::Result<usize> {
    let client = aws_sdk_s3::Client::new(&deployed.config);
    let (mut count, mut after) = (0, None);
    loop {
        let page = page(&client, bucket, prefix, after).await?;
        count += page.objects.len();
        after = page.next;
        if after.is_none() {
            return Ok(count);
        }
    }
}

/// Delete them all, and say how many there were.
pub(super) async fn empty(deployed: &Deployed, bucket: &str, prefix: &str) -> anyhow::Result<usize> {
    let client = aws_sdk_s3::Client::new(&deployed.config);
    let mut count = 0;
    loop {
        // Always the first page: what it showed is gone by the next look.
        let objects = page(&client, bucket, prefix, None).await?.objects;
        if objects.is_empty() {
            return Ok(count);
        }
        count += objects.len();
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = delete.with_context(|| format!("delete under s3://{bucket}/{prefix}"))?;
        let answer = client.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.with_context(|| format!("delete under s3://{bucket}/{prefix}"))?;
        // The call succeeds although some objects in it were refused.
        if let Some(error) = answer.errors().first() {
            bail!(
                "delete s3://{bucket}/{}: {} ({})",
                error.key().unwrap_or_default(),
                error.message().unwrap_or("no reason given"),
                error.code().unwrap_or("no code")
            );
        }
    }
}

/// Delete one object the way people do: its versions stay, under a delete marker.
pub(super) async fn delete(deployed: &Deployed, bucket: &str, key: &str) -> anyhow::Result<()> {
    let client = aws_sdk_s3::Client::new(&deployed.config);
    let deleted = client.delete_object().bucket(bucket).key(key).send().await;
    deleted.map(drop).with_context(|| format!("delete s3://{bucket}/{key}"))
}

async fn page(
    client: &aws_sdk_s3::Client,
    bucket: &str,
    prefix: &str,
    after: Option<(String, Option<String>)>,
) -> anyhow::Result<Page> {
    let (key, version) = after.map_or((None, None), |(key, version)| (Some(key), version));
    let list = client.list_object_versions().bucket(bucket).prefix(prefix);
    let answer = list.set_key_marker(key).set_version_id_marker(version).send().await;
    let answer = answer.with_context(|| format!("list versions under s3://{bucket}/{prefix}"))?;
    let versions = answer.versions().iter().map(|one| (one.key(), one.version_id()));
    let markers = answer.delete_markers().iter().map(|one| (one.key(), one.version_id()));
    let mut objects = Vec::new();
    for (key, version) in versions.chain(markers) {
        let object = ObjectIdentifier::builder().set_key(key.map(str::to_owned));
        objects.push(object.set_version_id(version.map(str::to_owned)).build()?);
    }
    let next = answer.next_key_marker().map(str::to_owned);
    let next = next.map(|key| (key, answer.next_version_id_marker().map(str::to_owned)));
    let next = next.filter(|_| answer.is_truncated() == Some(true));
    Ok(Page { objects, next })
}
