//! SNS: what a letter's subject may be, and who is subscribed how often.

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::Sns,
        Source::{Documented, Undocumented},
        Trouble, expect, refused,
    },
    assumptions::queues,
    bench::Bench,
    made::Made,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "sns/subject-length",
        service: Sns,
        says: "Publish refuses a subject of 100 characters with InvalidParameter, and takes one of 99.",
        source: Documented("SNS API Reference, Publish, Subject"),
        trial: |bench| Box::pin(subject_length(bench)),
    },
    Assumption {
        name: "sns/subject-lines",
        service: Sns,
        says: "Publish refuses a subject with a line break or a control character with InvalidParameter.",
        source: Documented("SNS API Reference, Publish, Subject"),
        trial: |bench| Box::pin(subject_lines(bench)),
    },
    Assumption {
        name: "sns/subscribed-once",
        service: Sns,
        says: "Subscribing an endpoint again with another filter is refused with InvalidParameter; with the same one it is \
               the same subscription.",
        source: Undocumented,
        trial: |bench| Box::pin(subscribed_once(bench)),
    },
];

async fn topic(bench: &Bench) -> Result<String, Trouble> {
    let answer = bench.sns.create_topic().name(bench.name()).send().await?;
    let arn = answer.topic_arn().unwrap_or_default().to_owned();
    bench.will_make(Made::Topic(arn.clone()));
    Ok(arn)
}

async fn subject_length(bench: &Bench) -> Outcome {
    let topic = topic(bench).await?;
    let publish = |length| {
        bench
            .sns
            .publish()
            .topic_arn(&topic)
            .message("x")
            .subject("s".repeat(length))
    };
    publish(99).send().await?;
    Ok(refused(publish(100).send().await, &["InvalidParameter"])?.remark())
}

async fn subject_lines(bench: &Bench) -> Outcome {
    let topic = topic(bench).await?;
    let mut remark = String::new();
    for subject in ["drift\nfound", "drift\r\nBcc: all@example.com", "drift\u{7}"] {
        let publish = bench.sns.publish().topic_arn(&topic).message("x").subject(subject);
        let answer = publish.send().await;
        expect(answer.is_err(), || format!("{subject:?} was accepted"))?;
        remark = refused(answer, &["InvalidParameter"])?.remark();
    }
    Ok(remark)
}

async fn subscribed_once(bench: &Bench) -> Outcome {
    let (topic, queue) = (topic(bench).await?, queues::plain(bench).await?);
    let endpoint = queues::arn_of(bench, &queue).await?;
    let subscribe = |audience: &str| {
        let subscribe = bench
            .sns
            .subscribe()
            .topic_arn(&topic)
            .protocol("sqs")
            .endpoint(&endpoint);
        let filter = format!("{{\"audience\":[\"{audience}\"]}}");
        subscribe
            .attributes("FilterPolicy", filter)
            .return_subscription_arn(true)
    };
    let first = subscribe("managers").send().await?;
    let same = subscribe("managers").send().await?;
    expect(first.subscription_arn() == same.subscription_arn(), || {
        "there are two subscriptions".into()
    })?;
    Ok(refused(subscribe("approvers").send().await, &["InvalidParameter"])?.remark())
}
