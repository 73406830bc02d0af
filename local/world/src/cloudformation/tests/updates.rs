//! Updates: what they touch, and what becomes of one that fails.

use serde_json::json;

use super::{PLATFORM, PROJECT, QUEUES, call, deploy, events, refusal, status, world};

#[test]
fn an_update_touches_only_what_differs() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "queues", QUEUES, &[]).unwrap();
    let same = deploy(&mut world, "UpdateStack", "queues", QUEUES, &[]);
    assert_eq!(refusal(same), "ValidationError: No updates are to be performed.");

    deploy(&mut world, "UpdateStack", "queues", QUEUES, &[("Seconds", "60")]).unwrap();
    assert_eq!(
        events(&mut world, "queues", 2),
        ["Hints UPDATE_COMPLETE", "queues UPDATE_COMPLETE"]
    );

    // Another name is another queue; the old one goes when the new one is in place.
    let renamed = QUEUES.replace("QueueName: dead", "QueueName: dead-letters");
    deploy(&mut world, "UpdateStack", "queues", &renamed, &[("Seconds", "60")]).unwrap();
    let done = [
        "Dead CREATE_COMPLETE",
        "Hints UPDATE_COMPLETE",
        "Dead DELETE_COMPLETE",
        "queues UPDATE_COMPLETE",
    ];
    assert_eq!(events(&mut world, "queues", 4), done);
    let queues = call(&mut world, "sqs", "ListQueues", json!({})).unwrap();
    assert_eq!(queues["QueueUrls"].as_array().unwrap().len(), 2);
}

#[test]
fn an_update_that_fails_puts_everything_back() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "queues", QUEUES, &[]).unwrap();
    let broken = QUEUES.replace("QueueName: dead", "QueueName: dead\n      DelaySeconds: 5").replace(
        "Outputs:",
        "  Late:\n    Type: AWS::SQS::Queue\n    DependsOn: Dead\n    Properties: {QueueName: late, DelaySeconds: 100000}\nOutputs:",
    );
    let broken = broken.replace(
        "{QueueName: dead\n      DelaySeconds: 5}",
        "{QueueName: dead, DelaySeconds: 5}",
    );
    deploy(&mut world, "UpdateStack", "queues", &broken, &[]).unwrap();
    let status = status(&mut world, "queues");
    assert!(
        status.starts_with("UPDATE_ROLLBACK_COMPLETE: The following resource(s) failed to update: [Late]."),
        "{status}"
    );
    let queues = call(&mut world, "sqs", "ListQueues", json!({})).unwrap();
    assert_eq!(queues["QueueUrls"].as_array().unwrap().len(), 2);
    // The stack is as it was, so the old template changes nothing.
    let same = deploy(&mut world, "UpdateStack", "queues", QUEUES, &[]);
    assert_eq!(refusal(same), "ValidationError: No updates are to be performed.");
}

/// Every kind of resource of ours can be changed in place.
#[test]
fn the_platform_and_a_project_are_updated_in_place() {
    let mut world = world();
    deploy(&mut world, "CreateStack", "windsock", PLATFORM, &[]).unwrap();
    let changed = PLATFORM
        .replace("Timeout: 300", "Timeout: 200")
        .replace("BatchSize: 100", "BatchSize: 50")
        .replace("MaximumRetryAttempts: 2", "MaximumRetryAttempts: 1")
        .replace("maxReceiveCount: 5", "maxReceiveCount: 4")
        .replace("rate(15 minutes)", "rate(20 minutes)")
        .replace("Sid: TlsOnly", "Sid: OnlyTls")
        .replace("Sid: TellFacts", "Sid: SayFacts")
        .replace("DaysAfterInitiation: 7", "DaysAfterInitiation: 8");
    let parameters = [("LogRetentionDays", "30"), ("OperationsEmail", "ops@example.com")];
    deploy(&mut world, "UpdateStack", "windsock", &changed, &parameters).unwrap();
    assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");
    deploy(&mut world, "UpdateStack", "windsock", PLATFORM, &[]).unwrap();
    assert_eq!(status(&mut world, "windsock"), "UPDATE_COMPLETE");

    let parameters = [
        ("Project", "flight-delay"),
        ("DataBucket", "data"),
        ("WorkBucket", "work"),
    ];
    let scheduled = |cron| {
        [
            &parameters[..],
            &[("InferenceSchedule", cron), ("ReaderEmail1", "manager@example.com")],
        ]
        .concat()
    };
    deploy(
        &mut world,
        "CreateStack",
        "project",
        PROJECT,
        &scheduled("cron(0 6 * * ? *)"),
    )
    .unwrap();
    let changed = PROJECT.replace("TreatMissingData: ignore", "TreatMissingData: missing");
    deploy(
        &mut world,
        "UpdateStack",
        "project",
        &changed,
        &scheduled("rate(1 day)"),
    )
    .unwrap();
    assert_eq!(status(&mut world, "project"), "UPDATE_COMPLETE");
    let done = [
        "InferenceTick UPDATE_COMPLETE",
        "DriftAlarm UPDATE_COMPLETE",
        "project UPDATE_COMPLETE",
    ];
    assert_eq!(events(&mut world, "project", 3), done);
    deploy(&mut world, "UpdateStack", "project", PROJECT, &parameters).unwrap();
    let done = [
        "DriftAlarm UPDATE_COMPLETE",
        "Reader1 DELETE_COMPLETE",
        "InferenceTick DELETE_COMPLETE",
        "project UPDATE_COMPLETE",
    ];
    assert_eq!(events(&mut world, "project", 4), done);
}
