//! The whole function over a work bucket and a topic in memory: once, at most twice, never a third time.

mod mailbox;

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{
    AsyncSleep, Credentials, SharedAsyncSleep, SharedCredentialsProvider, Sleep, StalledStreamProtectionConfig,
};
use jiff::{SignedDuration, Timestamp};
use mailbox::{Answer, Mailbox};
use notify::{Aws, handle};
use serde_json::{Value, json};
use windsock_decisions::{
    Project, layout,
    notify::Pace,
    state::{FORMAT, Started},
};
use windsock_effects::Config;
use windsock_events::facts::PipelineKind;

const NOW: &str = "2013-04-01T06:00:00Z";

struct Town {
    mailbox: Mailbox,
    now: Timestamp,
    /// Every invocation has a process of its own.
    processes: AtomicU32,
}

impl Town {
    fn new() -> Self {
        let town = Self {
            mailbox: Mailbox::default(),
            now: NOW.parse().unwrap(),
            processes: AtomicU32::new(0),
        };
        town.mailbox.clock(NOW);
        let yaml = "project: flight-delay\ndata: { label: late }\nletters: { managers: [m@example.com] }\n";
        town.mailbox.put(
            &layout::project_json("flight-delay"),
            &Project::from_yaml(yaml).unwrap(),
        );
        town
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// What the function decided, or how it failed.
    async fn tell(&self, event: &Value) -> String {
        self.mailbox.clock(&self.now.to_string());
        let variable = |name: &str| {
            let value = match name {
                "WINDSOCK_NAME_PREFIX" => "windsock",
                "WINDSOCK_DATA_BUCKET" => "data",
                "WINDSOCK_WORK_BUCKET" => "work",
                "WINDSOCK_ACCOUNT_ID" => "111122223333",
                "WINDSOCK_PARTITION" => "aws",
                "WINDSOCK_ROLE_PATH" => "/",
                "AWS_REGION" => "us-east-1",
                "WINDSOCK_TIMEOUT_S" => "60",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let instance = format!("process {}", self.processes.fetch_add(1, Ordering::Relaxed));
        let config = Config::from_variables(variable).unwrap();
        let aws = Aws::with(config, &sdk(&self.mailbox), &instance);
        match handle(&aws, event.clone(), self.now).await {
            Ok(answer) => answer["plans"][0]["plan"].to_string(),
            Err(error) => format!("failed: {error:#}"),
        }
    }
}

fn sdk(mailbox: &Mailbox) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://127.0.0.1:1")
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "id", "secret", None, None, "test",
        )))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(Clock))
        .http_client(mailbox.clone())
        .build()
}

/// Time jumps over every pause.
#[derive(Debug)]
struct Clock;

impl AsyncSleep for Clock {
    fn sleep(&self, pause: std::time::Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(pause))
    }
}

fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "9a6d002a", "detail-type": detail_type, "source": source, "account": "111122223333",
        "time": NOW, "region": "us-east-1", "resources": [], "detail": detail,
    })
}

fn ageing(waiting_h: u64) -> Value {
    event(
        "windsock",
        "ApprovalAgeing",
        json!({ "project": "flight-delay", "version": 2, "waiting_h": waiting_h }),
    )
}

fn letters_due() -> Value {
    event("windsock", "LettersDue", json!({ "project": "flight-delay" }))
}

const PIPELINE: &str = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-flight-delay-training";

fn slot() -> String {
    "ab".repeat(32)
}

fn run_failed() -> Value {
    let detail = json!({
        "pipelineArn": PIPELINE, "pipelineExecutionArn": format!("{PIPELINE}/execution/p4jn9xou8a8s"),
        "pipelineExecutionDisplayName": layout::display_name(&slot()), "currentPipelineExecutionStatus": "Failed",
    });
    event(
        "aws.sagemaker",
        "SageMaker Model Building Pipeline Execution Status Change",
        detail,
    )
}

fn step_failed() -> Value {
    let detail = json!({
        "pipelineArn": PIPELINE, "pipelineExecutionArn": format!("{PIPELINE}/execution/p4jn9xou8a8s"),
        "stepName": "Preprocess", "stepType": "Processing", "currentStepStatus": "Failed",
        "failureReason": "AlgorithmError: nothing usable is left", "metadata": {},
    });
    event(
        "aws.sagemaker",
        "SageMaker Model Building Pipeline Execution Step Status Change",
        detail,
    )
}

fn said(told: String, expected: &str) {
    assert!(told.contains(expected), "{expected} was expected, not {told}");
}

#[tokio::test(start_paused = true)]
async fn a_fact_told_twice_is_one_letter() {
    let town = Town::new();
    said(town.tell(&ageing(24)).await, "send-letter");
    said(town.tell(&ageing(24)).await, "already-sent");
    said(town.tell(&letters_due()).await, "all-well");
    let mails = town.mailbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].audience, "managers");
    assert!(
        mails[0]
            .subject
            .starts_with("flight-delay: version 2 has waited 24 hours"),
        "{}",
        mails[0].subject
    );
    // Another reminder is another fact.
    town.tell(&ageing(48)).await;
    assert_eq!(town.mailbox.mails().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leads_to_one_marked_repeat_and_no_third() {
    let mut town = Town::new();
    town.mailbox.answers(&[Answer::IsLost, Answer::IsLost]);
    said(town.tell(&ageing(24)).await, "failed: publish a letter");
    // Lambda's own retry comes while the claim may still be at work, and waits.
    town.later(30);
    said(town.tell(&ageing(24)).await, "claimed-by-another");
    town.later(60);
    said(town.tell(&letters_due()).await, "failed: publish a letter");
    town.later(900);
    said(town.tell(&letters_due()).await, "close-letter");
    town.later(900);
    said(town.tell(&letters_due()).await, "all-well");
    said(town.tell(&ageing(24)).await, "already-sent");
    let mails = town.mailbox.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].subject, mails[1].subject);
    assert!(!mails[0].body.contains("possible repeat") && mails[1].body.starts_with("(possible repeat"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_letter_goes_out_later_and_is_no_repeat() {
    let mut town = Town::new();
    town.mailbox
        .answers(&[Answer::Refuses, Answer::Refuses, Answer::Refuses]);
    for _ in 0..3 {
        said(town.tell(&ageing(24)).await, "failed: publish a letter");
        town.later(60);
    }
    said(town.tell(&letters_due()).await, "send-letter");
    let mails = town.mailbox.mails();
    assert_eq!(mails.len(), 1);
    assert!(!mails[0].body.contains("possible repeat"));
}

#[tokio::test(start_paused = true)]
async fn what_the_hour_holds_back_comes_in_one_digest() {
    let mut town = Town::new();
    for waiting_h in 1..=25 {
        town.tell(&ageing(waiting_h)).await;
    }
    assert_eq!(town.mailbox.mails().len(), 20);
    assert_eq!(town.mailbox.keys("/put-off.json").len(), 5);
    town.later(60);
    said(town.tell(&letters_due()).await, "rate-limited");
    town.later(3600);
    said(town.tell(&letters_due()).await, "send-letter");
    let mails = town.mailbox.mails();
    assert_eq!(mails.len(), 21);
    assert!(
        mails[20].subject.contains("5 letters held back"),
        "{}",
        mails[20].subject
    );
    for waiting_h in 21..=25 {
        assert!(
            mails[20].body.contains(&format!("has waited {waiting_h} hours")),
            "{}",
            mails[20].body
        );
    }
    town.later(3600);
    said(town.tell(&letters_due()).await, "all-well");
}

/// Invocations at the same time, each waiting for its place.
async fn all_at_once(town: &Town, events: &[Value]) -> Vec<String> {
    futures::future::join_all(events.iter().map(|event| town.tell(event))).await
}

#[tokio::test(start_paused = true)]
async fn invocations_that_race_keep_the_pace_together() {
    let mut town = Town::new();
    let facts: Vec<Value> = (1..=40).map(ageing).collect();
    let told = all_at_once(&town, &facts).await;
    assert!(told.iter().all(|told| !told.starts_with("failed")), "{told:?}");
    let sent = town.mailbox.mails();
    assert_eq!(sent.len(), 20);
    let seconds: Vec<u64> = sent.iter().map(|mail| mail.second).collect();
    assert_eq!(seconds, (0..20).collect::<Vec<u64>>());
    // What was held back comes in one digest, and its count has every letter.
    assert_eq!(town.mailbox.keys("/put-off.json").len(), 20);
    town.later(3_700);
    said(town.tell(&letters_due()).await, "send-letter");
    let mails = town.mailbox.mails();
    assert_eq!(mails.len(), 21);
    assert!(
        mails[20].subject.contains("20 letters held back"),
        "{}",
        mails[20].subject
    );
}

#[tokio::test(start_paused = true)]
async fn copies_of_a_fact_that_race_are_one_letter_and_one_place() {
    let town = Town::new();
    let told = all_at_once(&town, &[ageing(24), ageing(24), ageing(24)]).await;
    assert!(told.iter().all(|told| !told.starts_with("failed")), "{told:?}");
    assert_eq!(town.mailbox.mails().len(), 1);
    let pace: Pace = town.mailbox.get(&layout::letters_pace("flight-delay"));
    assert_eq!(pace.places.len(), 1, "{told:?} {pace:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_refusal_use_their_places() {
    let town = Town::new();
    town.mailbox.answers(&[Answer::IsLost, Answer::Refuses]);
    all_at_once(&town, &[ageing(24), ageing(48)]).await;
    let pace: Pace = town.mailbox.get(&layout::letters_pace("flight-delay"));
    assert_eq!(pace.places.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_letter_about_a_failed_run_names_the_step_whichever_event_comes_first() {
    for step_first in [true, false] {
        let town = Town::new();
        let started = Started {
            format: FORMAT,
            slot: slot(),
            execution_arn: format!("{PIPELINE}/execution/p4jn9xou8a8s"),
            started_at: town.now,
        };
        town.mailbox.put(
            &layout::started(PipelineKind::Training, "flight-delay", &slot()),
            &started,
        );
        let events = if step_first {
            [step_failed(), run_failed()]
        } else {
            [run_failed(), step_failed()]
        };
        let mut told = Vec::new();
        for event in events {
            told.push(town.tell(&event).await);
        }
        let mails = town.mailbox.mails();
        assert_eq!(mails.len(), 1, "{told:?}");
        assert!(
            mails[0].body.contains("The step Preprocess failed"),
            "{}",
            mails[0].body
        );
        assert!(
            mails[0].body.contains("> AlgorithmError: nothing usable is left"),
            "{}",
            mails[0].body
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_is_told_even_if_no_step_ever_says_so() {
    let mut town = Town::new();
    said(town.tell(&run_failed()).await, "wait-for-more");
    assert!(town.mailbox.mails().is_empty());
    town.later(900);
    said(town.tell(&letters_due()).await, "send-letter");
    assert!(town.mailbox.mails()[0].body.contains("names no step"));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_ours_and_who_is_unknown_get_no_letter() {
    let town = Town::new();
    let foreign = event(
        "aws.s3",
        "Object Created",
        json!({ "bucket": { "name": "b" }, "object": { "key": "k", "size": 1, "etag": "e" } }),
    );
    said(town.tell(&foreign).await, "not-ours");
    let unknown = event("windsock", "LettersDue", json!({ "project": "nobody" }));
    said(town.tell(&unknown).await, "unknown-project");
    let stamp = event(
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        json!({
            "ModelPackageGroupName": "windsock-flight-delay", "ModelPackageVersion": 2,
            "ModelPackageArn": "arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2",
            "ModelPackageStatus": "Completed", "ModelApprovalStatus": "PendingManualApproval",
            "UpdatedModelPackageFields": ["CustomerMetadataProperties"],
        }),
    );
    said(town.tell(&stamp).await, "not-ours");
    assert!(town.mailbox.mails().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_sample_event_is_read_and_no_run_of_it_fails() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/notify");
    let mut read = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let told = Town::new().tell(&event).await;
        assert!(!told.starts_with("failed"), "{}: {told}", path.display());
        read += 1;
    }
    assert!(read >= 10);
}
