//! SNS: who gets which letter, and what may be published.

use serde_json::{Value, json};
use windsock_world::Record;

use crate::support::{Aws, arn, settings};

fn letters(aws: &Aws) -> Vec<(String, String, String)> {
    let letters = aws.records.iter().filter_map(|(_, record)| match record {
        Record::Letter {
            endpoint,
            subject,
            body,
            ..
        } => Some((endpoint.clone(), subject.clone(), body.clone())),
        _ => None,
    });
    letters.collect()
}

fn subscribe(aws: &mut Aws, email: &str, attributes: Value) -> Value {
    let members = json!({ "TopicArn": arn("sns", "t"), "Protocol": "email", "Endpoint": email, "Attributes": attributes,
                          "ReturnSubscriptionArn": true });
    aws.call("sns", "Subscribe", members)["SubscriptionArn"].clone()
}

fn publish(aws: &mut Aws, members: Value) -> Result<Value, String> {
    let mut message = json!({ "TopicArn": arn("sns", "t"), "Message": "hello" });
    message
        .as_object_mut()
        .expect("members")
        .extend(members.as_object().expect("members").clone());
    aws.try_call("sns", "Publish", message).map_err(|error| error.code)
}

#[test]
fn filter_policies_choose_who_gets_a_letter() {
    let mut aws = Aws::new();
    aws.call("sns", "CreateTopic", json!({ "Name": "t" }));
    subscribe(
        &mut aws,
        "m@example.com",
        json!({ "FilterPolicy": "{\"to\":[\"managers\"]}" }),
    );
    subscribe(
        &mut aws,
        "a@example.com",
        json!({ "FilterPolicy": "{\"to\":[\"approvers\"]}" }),
    );
    subscribe(&mut aws, "all@example.com", json!({}));
    let to = |whom: &str| json!({ "to": { "DataType": "String", "StringValue": whom } });
    publish(
        &mut aws,
        json!({ "Subject": "Drift", "MessageAttributes": to("managers") }),
    )
    .expect("published");
    let both = json!({ "to": { "DataType": "String.Array", "StringValue": "[\"managers\",\"approvers\"]" } });
    publish(&mut aws, json!({ "Subject": "Both", "MessageAttributes": both })).expect("published");
    let mut told: Vec<_> = letters(&aws)
        .into_iter()
        .map(|(to, subject, _)| (subject, to))
        .collect();
    told.sort();
    let wanted = [
        ("Both", "a@example.com"),
        ("Both", "all@example.com"),
        ("Both", "m@example.com"),
        ("Drift", "all@example.com"),
        ("Drift", "m@example.com"),
    ];
    assert_eq!(told, wanted.map(|(subject, to)| (subject.to_owned(), to.to_owned())));
}

#[test]
fn nobody_gets_letters_before_confirming() {
    let mut aws = Aws::with(windsock_world::Settings {
        confirm_emails: false,
        faults: Default::default(),
        enforcement: Default::default(),
        ..settings()
    });
    aws.call("sns", "CreateTopic", json!({ "Name": "t" }));
    subscribe(&mut aws, "m@example.com", json!({}));
    publish(&mut aws, json!({ "Subject": "Early" })).expect("an unconfirmed subscription blocks nothing");
    let listed = aws.call(
        "sns",
        "ListSubscriptionsByTopic",
        json!({ "TopicArn": arn("sns", "t") }),
    );
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation");
    assert_eq!(
        subscribe(&mut aws, "m@example.com", json!({})),
        "pending confirmation",
        "asked for again, the mail is sent again"
    );
    let (_, _, request) = letters(&aws).remove(1);
    let token = request.rsplit(' ').next().expect("a token");
    aws.call(
        "sns",
        "ConfirmSubscription",
        json!({ "TopicArn": arn("sns", "t"), "Token": token }),
    );
    publish(&mut aws, json!({ "Subject": "Late" })).expect("published");
    let subjects: Vec<_> = letters(&aws).into_iter().map(|(_, subject, _)| subject).collect();
    let asked = "AWS Notification - Subscription Confirmation";
    assert_eq!(subjects, [asked, asked, "Late"]);
}

#[test]
fn subjects_and_messages_have_their_rules() {
    let mut aws = Aws::new();
    aws.call("sns", "CreateTopic", json!({ "Name": "t" }));
    let rows = [
        (json!({ "Subject": "x".repeat(99) }), None),
        (json!({ "Subject": "x".repeat(100) }), Some("InvalidParameter")),
        (json!({ "Subject": "" }), Some("InvalidParameter")),
        (json!({ "Subject": "a\nb" }), Some("InvalidParameter")),
        (json!({ "Message": "" }), Some("InvalidParameter")),
        (json!({ "Message": "x".repeat(262_144) }), Some("InvalidParameter")),
        (json!({ "MessageStructure": "json" }), Some("InvalidParameter")),
        (
            json!({ "MessageAttributes": { "to": { "DataType": "String" } } }),
            Some("InvalidParameterValue"),
        ),
        (json!({ "TopicArn": arn("sns", "none") }), Some("NotFound")),
    ];
    for (members, refusal) in rows {
        let answer = publish(&mut aws, members.clone());
        assert_eq!(
            answer.err().as_deref(),
            refusal,
            "{}",
            &members.to_string()[..40.min(members.to_string().len())]
        );
    }
}

#[test]
fn a_queue_gets_the_envelope() {
    let mut aws = Aws::new();
    let url = aws.queue("q", json!({}));
    aws.call("sns", "CreateTopic", json!({ "Name": "t" }));
    let members = json!({ "TopicArn": arn("sns", "t"), "Protocol": "sqs", "Endpoint": arn("sqs", "q") });
    aws.call("sns", "Subscribe", members);
    publish(&mut aws, json!({ "Subject": "s" })).expect("published");
    let envelope: Value = serde_json::from_str(aws.messages(&url)[0]["Body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(
        (&envelope["Type"], &envelope["Message"]),
        (&json!("Notification"), &json!("hello"))
    );
}
