//! Functions as processes under the Runtime API, on a jumping clock.

mod common;

use common::*;
use serde_json::json;
use windsock_host::Host;
use windsock_world::{Record, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_logs_and_is_used_again() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "echo", json!({"COLOUR": "red"}));
    invoke(&host, json!({"n": 1}));
    within(host.settle()).await;
    invoke(&host, json!({"n": 2}));
    within(host.settle()).await;

    let entries = host.journal();
    let ends = ends(&entries);
    assert_eq!(
        ends.iter().map(|end| end.1.as_str()).collect::<Vec<_>>(),
        ["returned", "returned"]
    );
    assert_eq!(ends[0].2["event"], json!({"n": 1}));
    let deadline = ends[0].2["deadline"].as_i64().unwrap();
    assert!(
        (START + 20_000..=ends[0].0 + 20_000).contains(&deadline),
        "{deadline} is world time and the time-out"
    );
    let process = |end: usize| ends[end].2.as_object().unwrap().keys().next_back().cloned();
    assert_eq!(process(0), process(1), "the same process served both");

    let logged = entries
        .iter()
        .filter(|entry| matches!(&entry.record, Record::Log { line, .. } if line["event"] == "plan"));
    assert_eq!(logged.count(), 2);
    let log = std::fs::read_to_string(place.state_dir().join("logs/echo.log")).unwrap();
    assert_eq!(log.matches("not JSON\n").count(), 2);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_function_is_tried_again_a_minute_later() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "once-hang", mark_variable(&place));
    invoke(&host, json!({}));
    signal("-KILL", &mark(&place).await);
    within(host.settle()).await;
    let crashed = ends(&host.journal());
    assert_eq!(crashed.len(), 1);
    assert_eq!(crashed[0].1, "crashed");
    assert!(crashed[0].2.as_str().unwrap().contains("signal: 9"), "{}", crashed[0].2);

    within(host.advance(MINUTE)).await;
    let ends = ends(&host.journal());
    assert_eq!(ends.len(), 2);
    assert_eq!((ends[1].1.as_str(), &ends[1].2), ("returned", &json!({"second": true})));
    assert!(
        ends[1].0 - ends[0].0 >= MINUTE,
        "60 s of world time lie between the two attempts"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_exits_crashes_and_one_that_answers_an_error_fails() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "once-exit", mark_variable(&place));
    invoke(&host, json!({}));
    within(host.settle()).await;
    let first = ends(&host.journal());
    assert!(
        first[0]
            .2
            .as_str()
            .unwrap()
            .contains("Runtime exited with error: exit status: 7"),
        "{}",
        first[0].2
    );

    call(&host, "lambda", "DeleteFunction", json!({"FunctionName": "echo"}));
    function(&host, "fail", json!({}));
    invoke(&host, json!({}));
    within(host.advance(10 * MINUTE)).await;
    let failed: Vec<_> = ends(&host.journal())
        .into_iter()
        .filter(|end| end.1 == "failed")
        .collect();
    assert_eq!(failed.len(), 3, "three attempts");
    assert_eq!(failed[0].2, "rate exceeded");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_past_its_time_is_killed() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "once-hang", mark_variable(&place));
    call(
        &host,
        "lambda",
        "UpdateFunctionConfiguration",
        json!({"FunctionName": "echo", "Timeout": 1}),
    );
    invoke(&host, json!({}));
    within(host.settle()).await;
    let ends = ends(&host.journal());
    assert_eq!(ends[0].1, "timed-out");
    assert!(ends[0].0 - START >= 1_000);
    within(dead(&mark(&place).await)).await;
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_cannot_start_says_why() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "init-error", json!({}));
    invoke(&host, json!({}));
    within(host.settle()).await;
    assert_eq!(ends(&host.journal())[0].2, "WINDSOCK_NAME_PREFIX is not set");

    std::fs::remove_file(place.path("bin/echo")).unwrap();
    invoke(&host, json!({}));
    within(host.settle()).await;
    let end = ends(&host.journal()).pop().unwrap();
    let sentence = end.2.as_str().unwrap();
    assert!(
        sentence.contains("its program") && sentence.contains("/bin/echo is missing: build it"),
        "{sentence}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_environment_needs_a_new_process() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "echo", json!({}));
    invoke(&host, json!({}));
    within(host.settle()).await;
    let variables = json!({"Variables": {"FIXTURE": "fail"}});
    call(
        &host,
        "lambda",
        "UpdateFunctionConfiguration",
        json!({"FunctionName": "echo", "Environment": variables}),
    );
    invoke(&host, json!({}));
    within(host.settle()).await;
    let outcomes: Vec<_> = ends(&host.journal()).into_iter().map(|end| end.1).collect();
    assert_eq!(outcomes, ["returned", "failed"]);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_jumps_from_timer_to_timer_and_stops_at_the_horizon() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "echo", json!({}));
    call(
        &host,
        "events",
        "PutRule",
        json!({"Name": "hourly", "ScheduleExpression": "rate(1 hour)", "State": "ENABLED"}),
    );
    let target = "arn:aws:lambda:eu-central-1:123456789012:function:echo";
    call(
        &host,
        "events",
        "PutTargets",
        json!({"Rule": "hourly", "Targets": [{"Id": "echo", "Arn": target}]}),
    );

    within(host.run_until(START + DAY)).await;
    assert!((START + DAY..START + DAY + MINUTE).contains(&host.now()));
    assert!((23..=25).contains(&ends(&host.journal()).len()));
    assert!(host.world(World::next_timer).unwrap() > host.now());

    let before = ends(&host.journal()).len();
    let stopped = within(host.run_while(|host| ends(&host.journal()).len() < before + 3, START + 2 * DAY)).await;
    assert!(stopped);
    assert_eq!(
        ends(&host.journal()).len(),
        before + 3,
        "time stood still as soon as the third had ended"
    );
    assert!(host.now() < START + DAY + 4 * 60 * MINUTE);
    let stopped = within(host.run_while(|_| true, host.now() + MINUTE)).await;
    assert!(!stopped, "the limit came first");
    host.shutdown().await;
}

/// A zip archive with the fixture as its `bootstrap`, at `code.zip` of the bucket.
fn uploaded(host: &Host, place: &Place, name: &str) {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file(name, options).unwrap();
    let program = std::fs::read(env!("CARGO_BIN_EXE_windsock-host-fixture")).unwrap();
    std::io::Write::write_all(&mut archive, &program).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    put_bytes(host, place, "code.zip", &bytes);
}

fn function_of_an_archive(host: &Host) {
    let code = json!({ "S3Bucket": "work", "S3Key": "code.zip" });
    let environment = json!({ "Variables": { "FIXTURE": "echo" } });
    let input =
        json!({ "FunctionName": "echo", "Role": ROLE, "Timeout": 20, "Code": code, "Environment": environment });
    call(host, "lambda", "CreateFunction", input);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploaded_code_runs_from_its_archive() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    uploaded(&host, &place, "bootstrap");
    function_of_an_archive(&host);
    // Lambda has read the archive by now: what becomes of the object is of no matter.
    put(&host, &place, "code.zip", "no archive");
    for n in [1, 2] {
        invoke(&host, json!({ "n": n }));
        within(host.settle()).await;
    }
    let ends = ends(&host.journal());
    assert_eq!(
        ends.iter().map(|end| end.1.as_str()).collect::<Vec<_>>(),
        ["returned"; 2],
        "{ends:?}"
    );
    assert_eq!(
        std::fs::read_dir(place.state_dir().join("code")).unwrap().count(),
        1,
        "it is unpacked once"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_its_program_is_named() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    uploaded(&host, &place, "other");
    function_of_an_archive(&host);
    invoke(&host, json!({}));
    within(host.settle()).await;
    let failed = &ends(&host.journal())[0].2;
    assert!(
        failed.to_string().contains("the uploaded archive should hold it"),
        "{failed}"
    );
    host.shutdown().await;
}
