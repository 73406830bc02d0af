//! The endpoint over HTTP: functions call it under their own role, and callers may wait for a function.

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use common::*;
use serde_json::{Value, json};
use windsock_host::Host;

/// A request as the operator, and the whole answer.
fn post(host: &Host, service: &str, path: &str, body: &str) -> String {
    let address = host.endpoint().trim_start_matches("http://").to_string();
    let (key, _) = host.credentials("operator");
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20231114/eu-central-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_calls_the_endpoint_under_its_own_role() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    function(&host, "who-am-i", json!({}));
    invoke(&host, json!({}));
    within(host.settle()).await;
    let end = ends(&host.journal()).pop().unwrap();
    assert!(end.2["body"].as_str().unwrap().contains("123456789012"), "{end:?}");
    assert!(
        end.2["body"].as_str().unwrap().contains("test"),
        "the role is `test`: {end:?}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invokes_over_http_gets_the_answer() {
    let place = Place::new();
    let host = place.start().await;
    function(&host, "echo", json!({}));
    let answer = post(&host, "lambda", "/2015-03-31/functions/echo/invocations", r#"{"n":7}"#);
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(r#""event":{"n":7}"#),
        "{answer}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_written_down_as_it_was_asked_where_a_file_is_named() {
    let place = Place::new();
    let host = place.start().await;
    bucket(&host);
    post(&host, "s3", "/work/before?delete", "");
    host.write_requests_to(&place.path("requests.jsonl")).unwrap();
    function(&host, "echo", json!({}));
    post(&host, "lambda", "/2015-03-31/functions/echo/invocations", r#"{"n":7}"#);
    post(&host, "s3", "/work/a%20b?uploads&x=1", "<Document/>");
    host.shutdown().await;
    let text = std::fs::read_to_string(place.path("requests.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [invoked, asked] = lines.as_slice() else {
        panic!("what `Host::apply` is given did not come through the endpoint: {lines:#?}")
    };
    assert_eq!(invoked["service"], "lambda");
    assert_eq!(invoked["operation"], "Invoke");
    assert_eq!(invoked["input"]["FunctionName"], "echo");
    let headers = json!({ "connection": "close", "content-length": "11" });
    let (path, query, body) = ("/work/a%20b", "uploads&x=1", "<Document/>");
    let expected = json!({
        "service": "s3", "method": "POST", "path": path, "query": query, "headers": headers, "body": body,
    });
    assert_eq!(*asked, expected);
}
