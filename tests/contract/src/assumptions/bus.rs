//! EventBridge: who may say what, and which patterns match.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::json;

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::EventBridge,
        Source::{Documented, Undocumented},
        Trouble, expect, refused,
    },
    bench::Bench,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "events/aws-is-aws",
        service: EventBridge,
        says: "PutEvents refuses a source that begins with aws. from anybody but AWS.",
        source: Undocumented,
        trial: |bench| Box::pin(aws_is_aws(bench)),
    },
    Assumption {
        name: "events/prefix",
        service: EventBridge,
        says: "A prefix pattern is plain text: training/a/ matches training/a/x and not training/ab/x.",
        source: Documented("EventBridge User Guide, prefix matching"),
        trial: |bench| Box::pin(prefix(bench)),
    },
    Assumption {
        name: "events/absent",
        service: EventBridge,
        says: "A pattern that names a field does not match an event without it, and exists:false matches only that.",
        source: Documented("EventBridge User Guide, exists matching"),
        trial: |bench| Box::pin(absent(bench)),
    },
];

async fn aws_is_aws(bench: &Bench) -> Outcome {
    let entry = PutEventsRequestEntry::builder()
        .source("aws.s3")
        .detail_type("Object Created")
        .detail("{}")
        .build();
    let answer = bench.events.put_events().entries(entry).send().await;
    // One entry's refusal stands in the answer; some say it of the whole call.
    if let Ok(answer) = &answer {
        let entry = answer.entries().first();
        let code = entry
            .and_then(|entry| entry.error_code())
            .unwrap_or_default()
            .to_owned();
        expect(!code.is_empty(), || "the event was taken".into())?;
        return Ok(format!("{code}, of the entry"));
    }
    Ok(refused(answer, &["NotAuthorizedForSourceException"])?.remark())
}

async fn matches(bench: &Bench, pattern: serde_json::Value, detail: serde_json::Value) -> Result<bool, Trouble> {
    let event = json!({
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-01-01T00:00:00Z",
        "region": bench.region,
        "resources": [],
        "detail": detail,
    });
    let test = bench.events.test_event_pattern().event_pattern(pattern.to_string());
    Ok(test.event(event.to_string()).send().await?.result())
}

async fn prefix(bench: &Bench) -> Outcome {
    let pattern = || json!({ "detail": { "object": { "key": [{ "prefix": "training/a/" }] } } });
    for (key, wanted) in [
        ("training/a/x", true),
        ("training/ab/x", false),
        ("training/A/x", false),
        ("training/a", false),
    ] {
        let seen = matches(bench, pattern(), json!({ "object": { "key": key } })).await?;
        expect(seen == wanted, || format!("{key}: {seen}"))?;
    }
    Ok(String::new())
}

async fn absent(bench: &Bench) -> Outcome {
    let updated = || json!({ "detail": { "fields": ["ModelApprovalStatus"] } });
    let missing = || json!({ "detail": { "fields": [{ "exists": false }] } });
    let cases = [
        (
            updated(),
            json!({ "fields": ["ModelApprovalStatus", "ModelLifeCycle"] }),
            true,
        ),
        (updated(), json!({ "fields": ["ModelLifeCycle"] }), false),
        (updated(), json!({ "other": 1 }), false),
        (missing(), json!({ "other": 1 }), true),
        (missing(), json!({ "fields": ["ModelApprovalStatus"] }), false),
    ];
    for (pattern, detail, wanted) in cases {
        let seen = matches(bench, pattern.clone(), detail.clone()).await?;
        expect(seen == wanted, || format!("{pattern} and {detail}: {seen}"))?;
    }
    Ok(String::new())
}
