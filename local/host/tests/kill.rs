//! SIGKILL of the host itself: nothing that was acknowledged is lost, and no process outlives it.

mod common;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use common::*;
use serde_json::json;
use windsock_world::{Input, S3Request};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_host_loses_nothing_that_was_acknowledged() {
    let place = Place::new();
    let mut acknowledged = 0;
    for _ in 0..3 {
        let _ = std::fs::remove_dir_all(place.state_dir());
        let _ = std::fs::remove_file(place.path("mark"));
        let mut victim = Command::new(env!("CARGO_BIN_EXE_windsock-host-victim"))
            .args([place.state_dir(), place.path("bin"), place.path("mark")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let left = mark(&place).await;
        let mut told = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut keys: Vec<String> = told.by_ref().take(100).map(Result::unwrap).collect();
        victim.kill().unwrap();
        victim.wait().unwrap();
        keys.extend(told.map_while(Result::ok));
        // The last line may have been cut off by the kill, and then names another key.
        keys.pop();
        acknowledged += keys.len();
        within(dead(&left)).await;

        std::fs::remove_file(place.path("mark")).unwrap();
        let host = place.start().await;
        for key in keys {
            let request = S3Request::Head {
                bucket: "work".into(),
                key: key.clone(),
                version_id: None,
            };
            assert!(
                host.apply(Input::S3 {
                    caller: operator(),
                    request
                })
                .is_ok(),
                "{key} was acknowledged"
            );
        }
        let again = mark(&place).await;
        assert_ne!(again, left, "the job runs again");
        call(
            &host,
            "sagemaker",
            "StopProcessingJob",
            json!({"ProcessingJobName": "endless"}),
        );
        within(host.settle()).await;
        host.shutdown().await;
    }
    assert!(acknowledged >= 300 - 3);
}
