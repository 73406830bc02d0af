//! SQS: delays, invisibility, dead letters.

use std::time::{Duration, Instant};

use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use serde_json::{Value, json};

use crate::{
    assumption::{Assumption, Outcome, Service::Sqs, Source::Documented, Trouble, expect},
    bench::Bench,
    made::Made,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "sqs/delay",
        service: Sqs,
        says: "A message with DelaySeconds is not received before they are over, and then it is.",
        source: Documented("SQS Developer Guide, message timers"),
        trial: |bench| Box::pin(delay(bench)),
    },
    Assumption {
        name: "sqs/visibility",
        service: Sqs,
        says: "A received message is hidden for its visibility timeout; then it is received again, and its receive count \
               has grown.",
        source: Documented("SQS Developer Guide, visibility timeout"),
        trial: |bench| Box::pin(visibility(bench)),
    },
    Assumption {
        name: "sqs/redrive",
        service: Sqs,
        says: "A message received maxReceiveCount times and never deleted moves to the dead-letter queue, with its body.",
        source: Documented("SQS Developer Guide, dead-letter queues"),
        trial: |bench| Box::pin(redrive(bench)),
    },
];

async fn make(bench: &Bench, attributes: &[(QueueAttributeName, String)]) -> Result<String, Trouble> {
    let mut create = bench.sqs.create_queue().queue_name(bench.name());
    for (name, value) in attributes {
        create = create.attributes(name.clone(), value);
    }
    let answer = create.send().await?;
    let url = answer.queue_url().unwrap_or_default().to_owned();
    bench.will_make(Made::Queue(url.clone()));
    Ok(url)
}

pub async fn arn_of(bench: &Bench, url: &str) -> Result<String, Trouble> {
    let get = bench.sqs.get_queue_attributes().queue_url(url);
    let answer = get.attribute_names(QueueAttributeName::QueueArn).send().await?;
    let arn = answer
        .attributes()
        .and_then(|all| all.get(&QueueAttributeName::QueueArn));
    arn.cloned()
        .ok_or_else(|| Trouble::DoesNotHold("a queue without an ARN".into()))
}

/// A queue that anybody of the account may use.
pub async fn plain(bench: &Bench) -> Result<String, Trouble> {
    make(bench, &[]).await
}

/// A queue that a rule on the default bus fills with the events of a pattern.
pub async fn fed_by_rule(bench: &Bench, pattern: &Value) -> Result<String, Trouble> {
    let queue = make(bench, &[]).await?;
    let arn = arn_of(bench, &queue).await?;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }],
    });
    let set = bench.sqs.set_queue_attributes().queue_url(&queue);
    set.attributes(QueueAttributeName::Policy, policy.to_string())
        .send()
        .await?;
    let rule = bench.name();
    bench.will_make(Made::Rule(rule.clone()));
    let put = bench.events.put_rule().name(&rule).event_pattern(pattern.to_string());
    put.send().await?;
    let target = Target::builder()
        .id("queue")
        .arn(arn)
        .build()
        .map_err(anyhow::Error::from)?;
    let put = bench.events.put_targets().rule(&rule).targets(target).send().await?;
    expect(put.failed_entry_count() == 0, || {
        format!("the target was refused: {:?}", put.failed_entries())
    })?;
    Ok(queue)
}

/// Bodies of the messages that come within some seconds, and are deleted.
pub async fn receive(bench: &Bench, queue: &str, wait_s: i32) -> Result<Vec<String>, Trouble> {
    let receive = bench.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
    let answer = receive.wait_time_seconds(wait_s).send().await?;
    let mut bodies = Vec::new();
    for message in answer.messages() {
        bodies.push(message.body().unwrap_or_default().to_owned());
        let delete = bench.sqs.delete_message().queue_url(queue);
        delete
            .receipt_handle(message.receipt_handle().unwrap_or_default())
            .send()
            .await?;
    }
    Ok(bodies)
}

async fn delay(bench: &Bench) -> Outcome {
    const DELAY_S: u64 = 3;
    let queue = make(bench, &[]).await?;
    let send = bench.sqs.send_message().queue_url(&queue).message_body("later");
    let began = Instant::now();
    send.delay_seconds(3).send().await?;
    let heard = bench.see(|| async {
        let heard = receive(bench, &queue, 1).await?;
        Ok((!heard.is_empty()).then_some(()))
    });
    expect(heard.await?.is_some(), || "it never came".into())?;
    let waited = began.elapsed();
    // Clocks of two machines, whole seconds in between.
    let early = Duration::from_secs(DELAY_S) - Duration::from_millis(200);
    expect(waited >= early, || format!("it came after {waited:.1?}"))?;
    Ok(format!("{DELAY_S} s asked, {:.1} s seen", waited.as_secs_f64()))
}

/// The next message, with its receive count; it is not deleted.
async fn peek(bench: &Bench, queue: &str) -> Result<Option<(String, u32)>, Trouble> {
    let receive = bench.sqs.receive_message().queue_url(queue).wait_time_seconds(1);
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    let answer = receive.message_system_attribute_names(count.clone()).send().await?;
    let message = answer.messages().first();
    Ok(message.map(|message| {
        let receives = message.attributes().and_then(|all| all.get(&count)?.parse().ok());
        (message.body().unwrap_or_default().to_owned(), receives.unwrap_or(0))
    }))
}

async fn visibility(bench: &Bench) -> Outcome {
    let queue = make(bench, &[(QueueAttributeName::VisibilityTimeout, "3".into())]).await?;
    bench
        .sqs
        .send_message()
        .queue_url(&queue)
        .message_body("x")
        .send()
        .await?;
    let first = bench.see(|| peek(bench, &queue)).await?;
    expect(first.is_some(), || "it never came".into())?;
    let hidden_at = Instant::now();
    expect(peek(bench, &queue).await?.is_none(), || {
        "it was received twice at once".into()
    })?;
    let second = bench.see(|| peek(bench, &queue)).await?;
    let Some(((_, receives), _)) = second else {
        return Err(Trouble::DoesNotHold("it was not received again".into()));
    };
    expect(receives == 2, || format!("received twice, counted {receives}"))?;
    Ok(format!("again after {:.1} s", hidden_at.elapsed().as_secs_f64()))
}

async fn redrive(bench: &Bench) -> Outcome {
    const RECEIVES_MAX: u32 = 2;
    let dead_letters = make(bench, &[]).await?;
    let to = arn_of(bench, &dead_letters).await?;
    let redrive = json!({ "deadLetterTargetArn": to, "maxReceiveCount": RECEIVES_MAX.to_string() });
    let attributes = [
        (QueueAttributeName::VisibilityTimeout, "1".to_owned()),
        (QueueAttributeName::RedrivePolicy, redrive.to_string()),
    ];
    let queue = make(bench, &attributes).await?;
    bench
        .sqs
        .send_message()
        .queue_url(&queue)
        .message_body("poison")
        .send()
        .await?;
    let mut receives = 0;
    let dead = bench.see(|| async {
        let here = peek(bench, &queue).await?.is_some();
        let dead = receive(bench, &dead_letters, 0).await?;
        Ok(Some((here, dead)).filter(|(here, dead)| *here || !dead.is_empty()))
    });
    // Looks go on until the message is dead: each look that sees it is one receive.
    let mut seen = dead.await?;
    while let Some(((true, _), _)) = &seen {
        receives += 1;
        expect(receives <= RECEIVES_MAX, || format!("received {receives} times"))?;
        seen = bench
            .see(|| async {
                let here = peek(bench, &queue).await?.is_some();
                let dead = receive(bench, &dead_letters, 0).await?;
                Ok(Some((here, dead)).filter(|(here, dead)| *here || !dead.is_empty()))
            })
            .await?;
    }
    let Some(((_, dead), _)) = seen else {
        return Err(Trouble::DoesNotHold(
            "it is neither here nor among the dead letters".into(),
        ));
    };
    expect(dead == ["poison"] && receives == RECEIVES_MAX, || {
        format!("{dead:?} after {receives} receives")
    })?;
    Ok(format!("after {receives} receives"))
}
