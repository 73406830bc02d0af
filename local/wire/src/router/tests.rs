//! Who is meant, and who may not ask.

use http::Method;

use super::*;
use crate::recorder::{recording, request, text};

fn routed(path: &str, service: &str, headers: &[(&str, &str)], body: &str) -> Route {
    let request = request(Method::POST, path, service, headers, body.as_bytes());
    route(&Inbound::of(&request, String::new()))
}

#[test]
fn each_protocol_is_known_by_its_own_mark() {
    let target = [("x-amz-target", "SageMaker.ListPipelines")];
    assert_eq!(
        routed("/", "sagemaker", &target, "{}"),
        Route::Json {
            service: Some("sagemaker"),
            operation: "ListPipelines".into()
        }
    );
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    assert_eq!(
        routed(
            "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            "monitoring",
            &cbor,
            ""
        ),
        Route::Cbor {
            service: Some("cloudwatch"),
            operation: "PutMetricData".into()
        }
    );
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    assert_eq!(
        routed("/", "sns", &form, "Action=Publish&Version=2010-03-31"),
        Route::Query
    );
    assert_eq!(
        routed("/?Action=GetCallerIdentity&Version=2011-06-15", "sts", &[], ""),
        Route::Query
    );
    assert_eq!(
        routed("/schedules/x", "scheduler", &[], "{}"),
        Route::Rest { service: "scheduler" }
    );
    assert_eq!(
        routed("/2015-03-31/functions/", "lambda", &[], ""),
        Route::Rest { service: "lambda" }
    );
    assert_eq!(routed("/bucket/key", "s3", &[], ""), Route::S3);
}

#[test]
fn an_object_may_be_called_like_another_service() {
    assert_eq!(routed("/schedules/x", "s3", &[], ""), Route::S3);
    assert_eq!(routed("/2015-03-31/functions", "s3", &[], ""), Route::S3);
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    assert_eq!(
        routed("/service/GraniteServiceVersion20100801/operation/X", "s3", &cbor, ""),
        Route::S3
    );
}

#[test]
fn a_service_that_is_not_here_is_unknown_in_its_protocol() {
    let target = [("x-amz-target", "DynamoDB_20120810.ListTables")];
    assert_eq!(
        routed("/", "dynamodb", &target, "{}"),
        Route::Json {
            service: None,
            operation: "ListTables".into()
        }
    );
}

#[test]
fn only_this_machine_s_names_are_hosts() {
    for host in [
        "127.0.0.1",
        "127.0.0.1:4566",
        "localhost",
        "LOCALHOST:1",
        "[::1]",
        "[::1]:4566",
        "127.1.2.3:80",
    ] {
        assert!(is_loopback(host), "{host}");
    }
    let foreign = [
        "",
        "example.com",
        "example.com:4566",
        "127.0.0.1.example.com",
        "bucket.localhost:4566",
        "localhost.example.com",
        "[::1].example.com",
        "[::1]x",
        "127.0.0.1:port",
        "10.0.0.1",
        "0.0.0.0:4566",
        "::1",
        "localhost:99999",
    ];
    for host in foreign {
        assert!(!is_loopback(host), "{host}");
    }
}

#[tokio::test]
async fn a_web_page_cannot_call() {
    let (recorder, wire) = recording(Ok(serde_json::json!({})));
    let mut rebound = request(
        Method::POST,
        "/",
        "sqs",
        &[("x-amz-target", "AmazonSQS.ListQueues")],
        b"{}",
    );
    rebound
        .headers_mut()
        .insert("host", "attacker.example:4566".parse().expect("a header"));
    let answer = wire.handle(rebound).await;
    assert_eq!(answer.status(), 403);
    assert!(text(&answer).contains("Host \"attacker.example:4566\" is not this endpoint"));

    for origin in ["https://attacker.example", "null", "http://127.0.0.1.attacker.example"] {
        let headers = [("x-amz-target", "AmazonSQS.ListQueues"), ("origin", origin)];
        let answer = wire.handle(request(Method::POST, "/", "sqs", &headers, b"{}")).await;
        assert_eq!(answer.status(), 403, "{origin}");
    }
    assert_eq!(recorder.asked().0, "", "nothing reached the world");

    let headers = [
        ("x-amz-target", "AmazonSQS.ListQueues"),
        ("content-type", "application/x-amz-json-1.0"),
        ("origin", "http://localhost:3000"),
    ];
    assert_eq!(
        wire.handle(request(Method::POST, "/", "sqs", &headers, b"{}"))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_request_without_a_host_header_is_known_by_its_address() {
    let (_, wire) = recording(Ok(serde_json::json!({})));
    let headers = [
        ("x-amz-target", "AmazonSQS.ListQueues"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let mut request = request(Method::POST, "http://127.0.0.1:4566/", "sqs", &headers, b"{}");
    request.headers_mut().remove("host");
    assert_eq!(wire.handle(request).await.status(), 200);
}
