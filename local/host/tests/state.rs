//! The state directory: what was acknowledged survives, and what cannot be read is refused with one sentence.

mod common;

use std::fs;

use common::*;
use serde_json::json;
use windsock_host::{ClockMode, HostConfig};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_replays_everything() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "a/b.txt", "hello");
    within(host.run_until(START + DAY)).await;
    let journal = host.journal();
    let now = host.now();
    host.shutdown().await;

    let host = place.start().await;
    assert_eq!(text(&host, &place, "a/b.txt").as_deref(), Some("hello"));
    assert_eq!(host.journal()[..journal.len()], journal[..]);
    assert!(host.now() >= now, "time does not run backwards across restarts");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_last_line_was_never_acknowledged() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "first", "1");
    put(&host, &place, "second", "2");
    host.shutdown().await;
    for file in ["inputs.log", "journal.jsonl"] {
        let path = place.state_dir().join(file);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 7]).unwrap();
    }

    let host = place.start().await;
    assert_eq!(text(&host, &place, "first").as_deref(), Some("1"));
    assert_eq!(text(&host, &place, "second"), None);
    put(&host, &place, "third", "3");
    host.shutdown().await;
    let host = place.start().await;
    assert_eq!(text(&host, &place, "third").as_deref(), Some("3"));
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_a_kill_left_behind_catches_up() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    put(&host, &place, "first", "1");
    host.shutdown().await;
    let path = place.state_dir().join("journal.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for kept in 0..lines.len() {
        fs::write(
            &path,
            lines[..kept].iter().map(|line| format!("{line}\n")).collect::<String>(),
        )
        .unwrap();
        place.start().await.shutdown().await;
        assert_eq!(fs::read_to_string(&path).unwrap(), whole, "{kept} lines were left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_that_died_with_the_host_is_tried_again() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "once-hang", mark_variable(&place));
    invoke(&host, json!({}));
    let process = mark(&place).await;
    host.shutdown().await;
    within(dead(&process)).await;

    let host = place.start().await;
    within(host.advance(2 * MINUTE)).await;
    let ends = ends(&host.journal());
    assert_eq!(
        ends.iter().map(|end| end.1.as_str()).collect::<Vec<_>>(),
        ["crashed", "returned"]
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_outlived_its_host_is_ended_by_the_next() {
    let place = Place::new();
    place.start().await.shutdown().await;
    let mut left = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let number = left.id().to_string();
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap();
    let started = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let records = place.state_dir().join("processes");
    // Not a group of its own, so only the other record's process could be hit; the identity of this one is wrong.
    fs::write(
        records.join(&number),
        format!("{} {}", boot.trim(), started.parse::<u64>().unwrap() + 1),
    )
    .unwrap();
    place.start().await.shutdown().await;
    assert!(
        left.try_wait().unwrap().is_none(),
        "a later process with the same number is left alone"
    );
    left.kill().unwrap();
    left.wait().unwrap();

    use std::os::unix::process::CommandExt;
    let mut left = std::process::Command::new("sleep")
        .arg("600")
        .process_group(0)
        .spawn()
        .unwrap();
    let number = left.id().to_string();
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap();
    let started = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
    fs::write(records.join(&number), format!("{} {started}", boot.trim())).unwrap();
    place.start().await.shutdown().await;
    assert!(!left.wait().unwrap().success());
    assert_eq!(fs::read_dir(&records).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_directory_are_refused() {
    let place = Place::new();
    let host = place.start().await;
    let refused = place.refused(place.config()).await;
    assert!(
        refused.contains("is in use by another windsock: stop that one"),
        "{refused}"
    );
    host.shutdown().await;
    place.start().await.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_refused_with_a_sentence() {
    let place = Place::new();
    let host = place.start().await;
    let port: u16 = host.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let other = Place::new();
    let refused = other
        .refused(HostConfig {
            port: Some(port),
            ..other.config()
        })
        .await;
    assert!(
        refused.starts_with(&format!("port {port} on 127.0.0.1 is in use")),
        "{refused}"
    );
    host.shutdown().await;

    let refused = place
        .refused(HostConfig {
            bin_dir: place.path("nowhere"),
            ..place.config()
        })
        .await;
    assert!(refused.contains("nowhere is not a folder"), "{refused}");

    let mut settings = settings();
    settings.region = "us-east-1".into();
    let refused = place
        .refused(HostConfig {
            settings,
            ..place.config()
        })
        .await;
    assert!(
        refused.contains("was made with") && refused.contains("eu-central-1"),
        "{refused}"
    );

    let version = place.state_dir().join("version.json");
    let text = fs::read_to_string(&version).unwrap();
    fs::write(&version, text.replace("\"format\": 2", "\"format\": 7")).unwrap();
    let refused = place.refused(place.config()).await;
    assert!(
        refused.contains("has format 7 of windsock") && refused.contains("move the directory away"),
        "{refused}"
    );
    fs::write(&version, text).unwrap();

    let log = place.state_dir().join("inputs.log");
    fs::write(&log, "{\"at\":1}\n").unwrap();
    let refused = place.refused(place.config()).await;
    assert!(refused.contains("inputs.log is damaged at line 1"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn real_time_passes_by_itself() {
    let place = Place::new();
    let host = windsock_host::Host::start(HostConfig {
        clock: ClockMode::Real,
        ..place.config()
    })
    .await
    .unwrap();
    let now = host.now();
    assert!(now > START + DAY);
    within(host.advance(20)).await;
    assert!(host.now() >= now + 20);
    host.shutdown().await;
}
