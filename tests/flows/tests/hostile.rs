//! What was made to do harm: it is refused with a clear sentence, or taken for what it is, and the good file beside it
//! is learned from, the letter still comes, and no secret shows up in anything that we write.

use jiff::SignedDuration;
use serde_json::{Value, json};
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_flows::Flow;

const FLIGHTS: &str = "flight-delay";

/// What is planted, and the part of it that must never show up.
const SECRETS: [(&str, &str); 5] = [
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c"),
    ("X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027", "fe5f80f77d5f"),
    ("password=hunter2", "hunter2"),
    (
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx",
        "ZRrHA1JJJW8o",
    ),
];

fn planted() -> String {
    SECRETS.map(|(secret, _)| secret).join(" ")
}

/// Fails for every secret in a log line, letter, fact, marker or failure.
async fn assert_no_secret_was_written(aws: &mut Flow) {
    for (place, text) in aws.written().await {
        for (_, hidden) in SECRETS {
            assert!(!text.contains(hidden), "{hidden} in {place}: {text}");
        }
    }
}

/// A run on all of these files succeeded, and its letter came.
async fn assert_learned_from(aws: &mut Flow, files: usize) {
    let runs = aws.manifests(FLIGHTS, Training).await;
    assert_eq!(runs.len(), 1, "{}", aws.full_log());
    assert_eq!(runs[0].reads.len(), files);
    assert!(aws.executions(FLIGHTS, Training).await[0].status.is_succeeded());
    let letters = aws.letters();
    let wanted = letters
        .iter()
        .filter(|(_, subject)| subject.contains("waits for your approval"));
    assert_eq!(wanted.count(), 1, "{letters:?}");
}

/// One per class of the catalogue.
fn hostile_names() -> Vec<String> {
    let mut names = [
        "100%.csv",
        "a+b%2Fc%zz.csv",
        "%",
        "../../../etc/passwd",
        "./x/../y",
        "//x",
        "a//b/",
        "nul\u{0}.csv",
        "\u{1}\u{7f}\u{1b}[31mred.csv",
        "\u{202e}fdp.exe",
        "zero\u{200b}width\u{feff}",
        "line\u{2028}end",
        "x\r\nBcc: all@corp.example\r\n\r\nhi.csv",
        "x\nSubject: y",
        "tab\there",
        "\"}\n{\"level\":\"ERROR\",\"msg\":\"fake",
        "<script>alert(1)</script>&amp;<![CDATA[.csv",
        "=HYPERLINK(\"http://x\",\"y\")",
        "+cmd|' /C calc'!A0",
        "@SUM(1)",
        "-1+1",
        "$(id);`id`;rm -rf",
        "${jndi:ldap:}{{7*7}}{project}%s%n",
        "\u{e9}e\u{301}\u{65e5}\u{672c}\u{1f600}.csv",
        "__proto__",
        " leading and trailing ",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(SECRETS.map(|(secret, _)| secret.to_owned()));
    // With its folder, 1,024 bytes: the longest key there is.
    names.push("x".repeat(1024 - "inference/flight-delay/".len()));
    names
}

#[tokio::test]
async fn every_key_that_s3_takes_is_learned_from_and_scored() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let names = hostile_names();
    for name in &names {
        aws.upload(&format!("training/flight-delay/{name}"), name).await;
    }
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    assert_learned_from(&mut aws, names.len() + 1).await;
    aws.approve(FLIGHTS, 1).await;
    for name in &names {
        aws.upload(&format!("inference/flight-delay/{name}"), name).await;
    }
    aws.upload("inference/flight-delay/good.csv", "good").await;
    aws.settle().await;
    let scored = aws.manifests(FLIGHTS, Inference).await;
    let scored: usize = scored.iter().map(|run| run.reads.len()).sum();
    assert_eq!(scored, names.len() + 1);
    aws.deliver_everything_again().await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1);
    assert_no_secret_was_written(&mut aws).await;
}

#[tokio::test]
async fn files_with_hostile_names_that_cannot_be_used_are_told_and_the_rest_is_learned_from() {
    let yaml =
        windsock_flows::project(FLIGHTS).replace("approvers: ", "engineers: [engineers@example.com]\n  approvers: ");
    let mut aws = Flow::with(&[&yaml]).await;
    let names = hostile_names();
    aws.lab.unusable = names.clone();
    for name in &names {
        aws.upload(&format!("training/flight-delay/{name}"), name).await;
    }
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    assert_learned_from(&mut aws, names.len() + 1).await;
    let subject = format!("{} of {} files could not be used", names.len(), names.len() + 1);
    let letters = aws.letters();
    assert!(letters.iter().any(|(_, told)| told.contains(&subject)), "{letters:?}");
    assert_no_secret_was_written(&mut aws).await;
}

#[tokio::test]
async fn a_folder_named_like_a_secret_is_a_stranger_whose_name_is_not_repeated() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let folders = SECRETS.map(|(secret, _)| secret);
    for folder in folders {
        aws.upload(&format!("training/{folder}/1.csv"), "leaked").await;
        aws.upload(&format!("inference/{folder}/1.csv"), "leaked").await;
    }
    aws.upload("training/\r\nBcc: x/\u{1b}1.csv", "odd").await;
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    aws.deliver_everything_again().await;
    let strangers = aws.strangers().await;
    assert_eq!(strangers.len(), 2 * folders.len() + 1);
    assert!(
        strangers
            .iter()
            .all(|one| one.reason.starts_with("there is no project `"))
    );
    assert!(
        strangers
            .iter()
            .any(|one| one.reason == "there is no project `\\r\\nBcc: x`"),
        "{strangers:?}"
    );
    assert_learned_from(&mut aws, 1).await;
    assert_no_secret_was_written(&mut aws).await;
}

/// Bodies that are no event, with what is said about each.
fn broken_bodies() -> Vec<(String, &'static str)> {
    let created = |object: Value| {
        let event = json!({ "detail-type": "Object Created", "source": "aws.s3",
            "detail": { "bucket": { "name": "b" }, "object": object } });
        event.to_string()
    };
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let secret = planted();
    vec![
        ("null".into(), "member `(the event)` must be an object"),
        ("[]".into(), "member `(the event)` must be an object"),
        ("{}".into(), "member `detail-type` must be a string, it is missing"),
        (" ".into(), "it is not JSON"),
        (deep, "it is not JSON: recursion limit exceeded"),
        (format!("{{\"a\":\"{}\"", "x".repeat(200_000)), "it is not JSON: EOF"),
        ("\"\\ud800\"".into(), "it is not JSON: "),
        ("{\"detail-type\":1e999}".into(), "it is not JSON: number out of range"),
        ("{\"detail-type\":NaN}".into(), "it is not JSON: expected value"),
        (created(json!({ "key": null, "size": 1, "etag": "e" })), "member `detail.object.key` must be a string"),
        (created(json!({ "key": 7, "size": 1, "etag": "e" })), "it is the number 7"),
        (created(json!({ "key": "k", "size": -1, "etag": "e" })), "must be a whole number, not negative"),
        (created(json!({ "key": "k", "size": "9", "etag": "e" })), "member `detail.object.size` must be"),
        (
            json!({ "detail-type": "HintDue", "source": "windsock", "detail": { "project": secret, "to": secret, "why": "" } })
                .to_string(),
            "the detail of fact `HintDue` does not read: unknown variant",
        ),
        (format!("{{\"{secret}\": {secret}}}"), "it is not JSON"),
    ]
}

#[tokio::test]
async fn what_is_no_event_ends_in_the_dead_letters_with_a_clear_error_and_delays_nobody() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let bodies = broken_bodies();
    for (body, _) in &bodies {
        aws.send_poison(body).await;
    }
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    assert_learned_from(&mut aws, 1).await;
    aws.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(aws.dead_letters().len(), bodies.len());
    let log = aws.full_log();
    for (body, sentence) in &bodies {
        assert!(
            log.contains(&format!("read the hint: {sentence}")) || log.contains(sentence),
            "{body:.80}: {sentence}"
        );
    }
    assert_no_secret_was_written(&mut aws).await;
}

/// Neither broken nor ours: a function looks, and leaves it alone.
#[tokio::test]
async fn odd_events_that_read_are_hints_like_any_other() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let tick = |time: &str| {
        json!({ "detail-type": "ScheduleTick", "source": "windsock",
            "detail": { "project": FLIGHTS, "pipeline": "training", "scheduled_time": time } })
        .to_string()
    };
    let duplicate =
        "{\"detail-type\":\"x\",\"source\":\"y\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\"}";
    let mut bodies = vec![
        duplicate.to_owned(),
        json!({ "detail-type": "Object Created", "source": "my.app", "detail": null }).to_string(),
        json!({ "detail-type": "FactOfTomorrow", "source": "windsock", "detail": { "a": planted() } }).to_string(),
    ];
    let times = [
        "garbage",
        "",
        "2026-02-30T25:61:61Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2013-04-01T12:00:00+14:00",
    ];
    bodies.extend(times.map(tick));
    for body in &bodies {
        aws.send_training_hint(body).await;
    }
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    assert_learned_from(&mut aws, 1).await;
    assert_eq!(aws.dead_letters(), []);
    assert_no_secret_was_written(&mut aws).await;
}

#[tokio::test]
async fn functions_refuse_hostile_events_by_their_member_and_go_on() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let alarm = |state: Value| {
        json!({ "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
            "detail": { "alarmName": "windsock-flight-delay-drift", "state": state } })
    };
    let version = |number: Value| {
        json!({ "detail-type": "SageMaker Model Package State Change", "source": "aws.sagemaker",
            "detail": { "ModelPackageGroupName": "windsock-flight-delay", "ModelPackageVersion": number, "ModelPackageArn": "arn" } })
    };
    let retired = json!({ "detail-type": "Retired", "source": "windsock", "detail": { "project": planted(), "what": planted() } });
    let broken = [
        (
            "respond-to-drift",
            alarm(json!({ "value": "ALARM", "timestamp": "2026-02-30T25:61:61+0000" })),
            "`detail.state.timestamp` must be a time",
        ),
        (
            "respond-to-drift",
            alarm(json!({ "value": "OK", "timestamp": "9999-12-31T23:59:59.999-1200" })),
            "must be a time such as 2026",
        ),
        (
            "respond-to-drift",
            alarm(json!({ "value": 1, "timestamp": "x" })),
            "`detail.state.value` must be a string",
        ),
        ("respond-to-drift", Value::Null, "`(the event)` must be an object"),
        (
            "promote-model",
            version(json!(0)),
            "`detail.ModelPackageVersion` must be a version number from 1",
        ),
        (
            "promote-model",
            version(json!(4_294_967_296_u64)),
            "must be a version number from 1",
        ),
        ("promote-model", version(json!("1")), "must be a whole number"),
        (
            "publish-drift",
            json!({ "detail-type": "Object Created", "source": "aws.s3", "detail": [] }),
            "`detail` must be an object",
        ),
        ("notify", retired, "the detail of fact `Retired` does not read"),
        ("notify", json!([planted()]), "`(the event)` must be an object"),
    ];
    for (function, event, _) in &broken {
        aws.send_hostile(function, event);
    }
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    assert_learned_from(&mut aws, 1).await;
    let dead = aws.dead_letters();
    assert_eq!(dead.len(), broken.len(), "{dead:?}");
    for (function, _, sentence) in &broken {
        assert!(
            dead.iter().any(|(_, error)| error.contains(sentence)),
            "{function}: {sentence} in {dead:?}"
        );
    }
    assert_no_secret_was_written(&mut aws).await;
}

#[tokio::test]
async fn times_at_the_ends_of_the_calendar_and_odd_offsets_open_no_incident() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for time in [
        "0001-01-01T00:00:00.000+0000",
        "9999-12-30T21:59:59.999+0000",
        "2013-04-01T12:00:00.000+1400",
    ] {
        let event = json!({ "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
            "detail": { "alarmName": "windsock-flight-delay-drift", "state": { "value": "ALARM", "timestamp": time } } });
        aws.send_event("respond-to-drift", &event);
    }
    aws.settle().await;
    assert_eq!(aws.incidents(FLIGHTS).await, []);
    assert_eq!(aws.dead_letters(), []);
}

/// SageMaker repeats what a container said; the letter repeats it too, without what should not travel.
#[tokio::test]
async fn a_failed_jobs_words_reach_the_letter_on_one_line_and_without_secrets() {
    let words: &'static str = Box::leak(
        format!(
            "x\r\nBcc: all@corp.example\r\nSubject: won\r\n\r\n{}\u{1b}[31m\u{202e} https://evil.example",
            planted()
        )
        .into_boxed_str(),
    );
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.lab.failing = Some(("Preprocess", words));
    aws.upload("training/flight-delay/good.csv", "good").await;
    aws.settle().await;
    let letters = aws.letters();
    assert!(!letters.is_empty());
    for (_, subject) in &letters {
        let plain = subject.len() < 100 && subject.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        assert!(plain && subject.contains("training run failed"), "{subject:?}");
    }
    let written = aws.written().await;
    let body = written.iter().find(|(place, _)| place.starts_with("letter to"));
    let (_, body) = body.expect("a letter");
    // The letter wraps what it quotes.
    let body = body.replace("\n  > ", " ");
    assert!(body.contains("x Bcc: all@corp.example Subject: won (secret)"), "{body}");
    assert!(
        !body.contains("\u{1b}") && !body.contains('\u{202e}') && !body.contains("https://evil"),
        "{body}"
    );
    assert_no_secret_was_written(&mut aws).await;
}

/// NaN and infinity are no JSON: such a report cannot be written, so it holds nothing where the number should be.
#[tokio::test]
async fn a_report_without_its_numbers_is_refused_by_name_and_training_goes_on() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    aws.expect_failures(50);
    aws.lab.drift_score = f64::NAN;
    aws.upload("inference/flight-delay/1.csv", "batch").await;
    aws.settle().await;
    let dead = aws.dead_letters();
    let refused = dead
        .iter()
        .filter(|(_, error)| error.contains("/monitor/drift.json` in `"));
    assert!(refused.count() >= 1, "{dead:?}");
    assert!(
        dead.iter()
            .all(|(_, error)| error.contains("invalid type: null, expected f64")),
        "{dead:?}"
    );
    aws.lab.drift_score = 0.1;
    aws.upload("training/flight-delay/2.csv", "second").await;
    aws.advance(SignedDuration::from_hours(8)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 2);
}
