//! Dead letters, given back to where they failed.
//!
//! A letter is first sent and then deleted, so a crash in between sends it twice and loses none: everything that
//! Windsock hears is a hint, and hearing it twice changes nothing.

mod letter;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use windsock_effects_eventbridge::EventBridge;

pub use letter::{Letter, Way};

use crate::{Deployed, ask::Question};

/// How long a letter stays hidden from others while it is looked at and given back.
const HIDDEN_S: i32 = 300;
/// SQS hands out so many messages a call.
const RECEIVED_MAX: i32 = 10;
/// A command that looks at more than so many letters is run again: hidden ones come back.
const LETTERS_MAX: usize = 1000;

/// The queues that dead letters lie in: what people call them, and their output in the platform's stack.
pub const QUEUES: [(&str, &str); 3] = [
    ("dead-letters", "DeadLettersQueueUrl"),
    ("training-hints-dead-letters", "TrainingHintsDeadLettersUrl"),
    ("inference-hints-dead-letters", "InferenceHintsDeadLettersUrl"),
];

/// Which letters.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// A name of [`QUEUES`]; all of them without.
    pub queue: Option<String>,
    pub project: Option<String>,
}

/// A letter as it lies in its queue, hidden from others for now.
#[derive(Debug, Clone)]
pub struct Found {
    pub queue: &'static str,
    pub letter: Letter,
    pub sent_at: Option<Timestamp>,
    pub queue_url: String,
    receipt: String,
}

impl Found {
    /// How long it has lain there.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.sent_at.map(|sent| now.duration_since(sent))
    }
}

/// Take every letter of the choice into hand. Those that are not chosen go back at once; the rest by [`put_back`] or
/// [`replay`], or by themselves after five minutes.
pub async fn find(deployed: &Deployed, choice: &Choice) -> anyhow::Result<Vec<Found>> {
    if let Some(queue) = &choice.queue
        && !QUEUES.iter().any(|(name, _)| name == queue)
    {
        let known: Vec<&str> = QUEUES.iter().map(|(name, _)| *name).collect();
        bail!(
            "there is no queue {queue} of dead letters; there are: {}",
            known.join(", ")
        );
    }
    let client = aws_sdk_sqs::Client::new(&deployed.config);
    let mut found = Vec::new();
    for (queue, output) in QUEUES {
        if choice.queue.as_deref().is_some_and(|chosen| chosen != queue) {
            continue;
        }
        let url = deployed.output(output)?;
        for message in received(&client, &url).await? {
            let one = read(deployed, queue, &url, &message)?;
            if choice.project.is_none() || choice.project == one.letter.project {
                found.push(one);
            } else {
                show_again(&client, &one).await?;
            }
        }
    }
    found.sort_by_key(|one| one.sent_at);
    Ok(found)
}

/// Every message that is visible now, each once.
async fn received(client: &aws_sdk_sqs::Client, url: &str) -> anyhow::Result<Vec<Message>> {
    let mut all: BTreeMap<String, Message> = BTreeMap::new();
    while all.len() < LETTERS_MAX {
        let receive = client.receive_message().queue_url(url).visibility_timeout(HIDDEN_S);
        let receive = receive
            .max_number_of_messages(RECEIVED_MAX)
            .message_attribute_names("All");
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        // Long polling asks every server of SQS; a short answer may leave letters out.
        let answer = receive.wait_time_seconds(1).send().await;
        let messages = answer
            .with_context(|| format!("read queue {url}"))?
            .messages
            .unwrap_or_default();
        let before = all.len();
        for message in messages {
            all.insert(message.message_id().unwrap_or_default().to_owned(), message);
        }
        if all.len() == before {
            break;
        }
    }
    Ok(all.into_values().collect())
}

fn read(deployed: &Deployed, queue: &'static str, url: &str, message: &Message) -> anyhow::Result<Found> {
    let attribute = |name: &str| {
        let value = message.message_attributes()?.get(name)?.string_value()?;
        Some(value.to_owned())
    };
    let sent = message
        .attributes()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp));
    let sent_at = sent.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
    Ok(Found {
        queue,
        letter: Letter::read(
            &deployed.name_prefix,
            queue,
            message.body().unwrap_or_default(),
            attribute,
        ),
        sent_at,
        queue_url: url.to_owned(),
        receipt: message
            .receipt_handle()
            .context("a message without a receipt handle")?
            .to_owned(),
    })
}

/// Let others see it again, now.
pub async fn put_back(deployed: &Deployed, found: &Found) -> anyhow::Result<()> {
    show_again(&aws_sdk_sqs::Client::new(&deployed.config), found).await
}

async fn show_again(client: &aws_sdk_sqs::Client, found: &Found) -> anyhow::Result<()> {
    let change = client.change_message_visibility().queue_url(&found.queue_url);
    let changed = change.receipt_handle(&found.receipt).visibility_timeout(0).send().await;
    changed
        .map(drop)
        .with_context(|| format!("put a letter back into {}", found.queue))
}

/// Send it where it failed, then delete it. One that cannot be sent stays where it is.
pub async fn replay(deployed: &Deployed, found: &Found) -> anyhow::Result<()> {
    let client = aws_sdk_sqs::Client::new(&deployed.config);
    match &found.letter.way {
        Way::Queue { queue, body } => {
            let url = client.get_queue_url().queue_name(queue).send().await;
            let url = url.with_context(|| format!("find queue {queue}"))?.queue_url;
            let send = client.send_message().set_queue_url(url).message_body(body);
            send.send().await.with_context(|| format!("send to queue {queue}"))?;
        }
        Way::Fact(fact) => {
            EventBridge::new(&deployed.config)
                .say(std::slice::from_ref(fact))
                .await?
        }
        Way::Invoke { function, event } => invoke(deployed, function, event).await?,
        Way::Superseded(_) => {}
        Way::Kept(_) => return put_back(deployed, found).await,
    }
    let delete = client.delete_message().queue_url(&found.queue_url);
    let deleted = delete.receipt_handle(&found.receipt).send().await;
    deleted
        .map(drop)
        .with_context(|| format!("delete a letter of {} that was sent again", found.queue))
}

/// Lambda takes the event on, and tries it as often as it tries those of rules.
async fn invoke(deployed: &Deployed, function: &str, event: &Value) -> anyhow::Result<()> {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let question = Question::rest("lambda", "POST", path).with("x-amz-invocation-type", "Event");
    let handed = question.saying(event).ask(&deployed.config).await;
    handed
        .map(drop)
        .with_context(|| format!("hand an event to function {function}"))
}
