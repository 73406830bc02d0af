//! SQS: one delayed hint of a function to itself.

use anyhow::Context;
use aws_config::SdkConfig;

/// SQS's limit: a later due time is reached by asking several times.
pub const DELAY_S_MAX: i32 = 900;

#[derive(Debug, Clone)]
pub struct Sqs {
    client: aws_sdk_sqs::Client,
}

impl Sqs {
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sqs::Client::new(aws),
        }
    }

    /// `delay_s` is at most [`DELAY_S_MAX`].
    pub async fn send_hint(&self, queue_url: &str, body: &str, delay_s: i32) -> anyhow::Result<()> {
        let send = self.client.send_message().queue_url(queue_url).message_body(body);
        let sent = send.delay_seconds(delay_s).send().await;
        sent.map(drop)
            .with_context(|| format!("send a hint to `{queue_url}` in {delay_s} s"))
    }
}
