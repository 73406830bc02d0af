//! An image reaches a registry whole, whatever goes wrong on the way, and is not sent twice.

mod registry;

use std::time::Duration;

use expect_test::expect;
use registry::{FakeRegistry, Fault, TOKEN};
use windsock_image::{Image, Patience, Pushed, Registry};

const PATIENCE: Patience = Patience {
    attempts: 3,
    pause: Duration::ZERO,
};

/// A static program: an ELF header, a segment to load, and something to run.
fn image_of(body: &str) -> Image {
    let mut program = vec![0; 68];
    program[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    (program[18], program[32], program[54], program[56], program[64]) = (62, 64, 56, 1, 1);
    program.extend_from_slice(body.as_bytes());
    Image::of_program(&program).unwrap()
}

async fn push_as(fake: &FakeRegistry, token: &str) -> anyhow::Result<Pushed> {
    let registry = Registry::new(&fake.endpoint, token, PATIENCE)?;
    registry.push("windsock-jobs", "0.1.0", &image_of("to run")).await
}

async fn push(fake: &FakeRegistry) -> anyhow::Result<Pushed> {
    push_as(fake, TOKEN).await
}

#[track_caller]
fn assert_whole(fake: &FakeRegistry) {
    let image = image_of("to run");
    let kept = fake.kept.lock().unwrap();
    for blob in [&image.layer, &image.config] {
        assert_eq!(kept.blobs[&blob.digest], blob.bytes);
    }
    let (media_type, manifest) = &kept.manifests["0.1.0"];
    assert_eq!(media_type, "application/vnd.docker.distribution.manifest.v2+json");
    assert_eq!(*manifest, image.docker_manifest().bytes);
}

#[tokio::test]
async fn an_image_is_pushed_blobs_first() {
    let fake = FakeRegistry::start().await;
    let pushed = push(&fake).await.unwrap();
    assert_whole(&fake);
    assert_eq!(pushed.sent.len(), 2);
    let image = image_of("to run");
    let asked = fake
        .asked()
        .replace(&image.layer.digest[7..11], "layer")
        .replace(&image.config.digest[7..11], "config")
        .replace(&format!(" {} bytes", image.layer.bytes.len()), " all of it");
    expect![[r#"
        GET manifests/0.1.0
        HEAD blobs/sha256:layer
        POST uploads/
        PATCH uploads/1 all of it
        PUT uploads/1
        HEAD blobs/sha256:config
        POST uploads/
        PATCH uploads/2 361 bytes
        PUT uploads/2
        PUT manifests/0.1.0 423 bytes"#]]
    .assert_eq(&asked);
}

#[tokio::test]
async fn pushing_again_sends_nothing() {
    let fake = FakeRegistry::start().await;
    let first = push(&fake).await.unwrap();
    fake.asked();
    let second = push(&fake).await.unwrap();
    assert!(second.was_there && second.sent.is_empty());
    assert_eq!(second.digest, first.digest);
    assert_eq!(fake.asked(), "GET manifests/0.1.0");
}

#[tokio::test]
async fn another_image_never_takes_a_tag() {
    let fake = FakeRegistry::start().await;
    push(&fake).await.unwrap();
    let registry = Registry::new(&fake.endpoint, TOKEN, PATIENCE).unwrap();
    let refused = registry.push("windsock-jobs", "0.1.0", &image_of("another")).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("give another tag"), "{refused}");
    let pushed = registry.push("windsock-jobs", "0.1.1", &image_of("another")).await;
    assert_eq!(pushed.unwrap().sent.len(), 2);
}

#[tokio::test]
async fn a_layer_that_the_registry_has_is_not_sent() {
    let fake = FakeRegistry::start().await;
    push(&fake).await.unwrap();
    fake.kept.lock().unwrap().manifests.clear();
    let pushed = push(&fake).await.unwrap();
    assert!(pushed.sent.is_empty() && !pushed.was_there);
    assert_whole(&fake);
}

#[tokio::test]
async fn an_upload_that_broke_off_goes_on_where_it_stopped() {
    let fake = FakeRegistry::start().await;
    fake.go_wrong("PATCH uploads/1", Fault::KeepsOnly(100));
    push(&fake).await.unwrap();
    assert_whole(&fake);
    let rest = image_of("to run").layer.bytes.len() - 100;
    let asked = fake.asked();
    assert!(asked.contains(&format!("PATCH uploads/1 {rest} bytes")), "{asked}");
}

#[tokio::test]
async fn an_upload_that_the_registry_forgot_begins_anew() {
    let fake = FakeRegistry::start().await;
    fake.kept.lock().unwrap().forgets_uploads = true;
    fake.go_wrong("PATCH uploads/1", Fault::KeepsOnly(100));
    push(&fake).await.unwrap();
    assert_whole(&fake);
    let whole = image_of("to run").layer.bytes.len();
    let asked = fake.asked();
    assert!(asked.contains(&format!("PATCH uploads/2 {whole} bytes")), "{asked}");
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for (request, fault) in [
        ("GET manifests", Fault::Refuses(503, "")),
        ("HEAD blobs", Fault::Refuses(500, "")),
        ("POST uploads", Fault::Refuses(429, "TOOMANYREQUESTS")),
        ("PATCH uploads/1", Fault::Refuses(502, "")),
        ("PATCH uploads/1", Fault::Damages),
        ("PATCH uploads/1", Fault::LosesItsAnswer),
        ("PUT uploads/1", Fault::Refuses(500, "")),
        ("PUT uploads/1", Fault::LosesItsAnswer),
        ("PUT uploads/1", Fault::KeepsAnother),
        ("PUT manifests", Fault::Refuses(503, "")),
        ("PUT manifests", Fault::LosesItsAnswer),
    ] {
        let fake = FakeRegistry::start().await;
        fake.go_wrong(request, fault.clone());
        let pushed = push(&fake).await;
        assert_eq!(pushed.unwrap().sent.len(), 2, "{request} {fault:?}");
        assert_whole(&fake);
    }
}

#[track_caller]
fn assert_says(error: anyhow::Error, words: &[&str]) {
    let said = format!("{error:#}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert!(!said.contains(TOKEN), "the token is in: {said}");
}

#[tokio::test]
async fn what_does_not_pass_is_given_up_with_its_reason() {
    let fake = FakeRegistry::start().await;
    for _ in 0..3 {
        fake.go_wrong("PATCH uploads/", Fault::Refuses(503, "UNAVAILABLE"));
    }
    let error = push(&fake).await.unwrap_err();
    assert_says(
        error,
        &["upload sha256:", "to windsock-jobs, attempt 3", "503", "UNAVAILABLE"],
    );
    assert!(fake.kept.lock().unwrap().manifests.is_empty());
}

#[tokio::test]
async fn a_missing_repository_and_a_missing_right_are_told_apart() {
    let fake = FakeRegistry::start().await;
    let registry = Registry::new(&fake.endpoint, TOKEN, PATIENCE).unwrap();
    fake.go_wrong("GET manifests", Fault::Refuses(404, "NAME_UNKNOWN"));
    let error = registry.push("windsock-jobs", "0.1.0", &image_of("to run")).await;
    assert_says(
        error.unwrap_err(),
        &["look for windsock-jobs:0.1.0: attempt 1", "create the repository"],
    );
    let error = push_as(&fake, "c3RyYW5nZXI=").await.unwrap_err();
    assert_says(error, &["attempt 1", "401", "older than twelve hours"]);
}

#[tokio::test]
async fn nobody_but_the_registry_sees_the_token() {
    let (fake, other) = (FakeRegistry::start().await, FakeRegistry::start().await);
    fake.kept.lock().unwrap().uploads_at = other.endpoint.clone();
    push(&fake).await.unwrap_err();
    let elsewhere = other.kept.lock().unwrap();
    assert!(elsewhere.strangers > 0 && elsewhere.log.len() == elsewhere.strangers);
}

#[test]
fn a_token_is_not_sent_in_the_clear() {
    let refused = Registry::new("http://111122223333.dkr.ecr.us-east-1.amazonaws.com", TOKEN, PATIENCE);
    assert_says(refused.unwrap_err(), &["in the clear", "https://"]);
}

#[tokio::test]
async fn names_that_would_change_the_address_are_refused() {
    let fake = FakeRegistry::start().await;
    let registry = Registry::new(&fake.endpoint, TOKEN, PATIENCE).unwrap();
    for (repository, tag) in [
        ("../catalog", "1"),
        ("windsock jobs", "1"),
        ("windsock-jobs", "1?x"),
        ("a/../b", "1"),
        ("", "1"),
    ] {
        registry.push(repository, tag, &image_of("to run")).await.unwrap_err();
    }
    assert_eq!(fake.asked(), "");
}
