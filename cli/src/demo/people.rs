//! What people do: upload, approve, reject, and put a message where it does not belong. Through the public endpoint,
//! each with their own credentials.

use anyhow::Context;
use aws_config::SdkConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sagemaker::types::ModelApprovalStatus;

/// A file that a data scientist uploads.
#[derive(Debug, Clone)]
pub struct Upload {
    pub key: String,
    pub bytes: Vec<u8>,
}

/// Several files at once, the way `aws s3 sync` sends them.
pub async fn upload(person: &SdkConfig, bucket: &str, files: Vec<Upload>) -> anyhow::Result<()> {
    let client = aws_sdk_s3::Client::new(person);
    let mut sending = tokio::task::JoinSet::new();
    for file in files {
        let put = client
            .put_object()
            .bucket(bucket)
            .key(&file.key)
            .body(ByteStream::from(file.bytes));
        sending.spawn(async move { put.send().await.with_context(|| format!("upload {}", file.key)) });
    }
    while let Some(sent) = sending.join_next().await {
        sent.context("upload")??;
    }
    Ok(())
}

/// The call that the SageMaker console makes when an approver presses "Update status".
pub async fn judge(person: &SdkConfig, arn: &str, status: ModelApprovalStatus, why: &str) -> anyhow::Result<()> {
    let client = aws_sdk_sagemaker::Client::new(person);
    let update = client
        .update_model_package()
        .model_package_arn(arn)
        .model_approval_status(status);
    update
        .approval_description(why)
        .send()
        .await
        .with_context(|| format!("judge {arn}"))?;
    Ok(())
}

/// A message in the hints queue that no event ever looks like.
pub async fn send_poison(person: &SdkConfig, queue: &str) -> anyhow::Result<()> {
    let client = aws_sdk_sqs::Client::new(person);
    let url = client
        .get_queue_url()
        .queue_name(queue)
        .send()
        .await
        .with_context(|| format!("find queue {queue}"))?;
    let url = url.queue_url().context("a queue has a URL")?;
    let message = r#"{"detail-type": "Object Created", "detail": {"object": {"key": 42}}}"#;
    client
        .send_message()
        .queue_url(url)
        .message_body(message)
        .send()
        .await
        .context("send the message")?;
    Ok(())
}
