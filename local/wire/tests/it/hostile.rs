//! Whatever arrives, the answer is a response: no request may bring the endpoint down.

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;

use crate::support::{Client, HOST};

/// Marks that lead to each protocol, with and without sense.
const MARKS: [(&str, &str); 10] = [
    ("x-amz-target", "SageMaker.CreatePipeline"),
    ("x-amz-target", "AmazonSQS.SendMessage"),
    ("x-amz-target", "AWSEvents.PutRule"),
    ("x-amz-target", "."),
    ("smithy-protocol", "rpc-v2-cbor"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "application/x-amz-json-1.1"),
    ("content-encoding", "gzip"),
    ("range", "bytes=5-1"),
    ("x-amz-copy-source", "%ff"),
];
const SERVICES: [&str; 8] = ["s3", "sqs", "sns", "monitoring", "scheduler", "lambda", "", "/////"];
const PATHS: [&str; 7] = [
    "/",
    "/data/%00",
    "/service/GraniteServiceVersion20100801/operation/PutMetricData",
    "/schedules/x",
    "/2015-03-31/functions/f/invocations",
    "//",
    "/?Action=Publish&Version=2010-03-31&Tags.member.4294967296=x",
];
const BODIES: [&[u8]; 8] = [
    b"",
    b"{\"Name\":\"x\",\"EventPattern\":\"{\"}",
    b"{\"PipelineName\":1,\"PipelineDefinition\":[]}",
    b"Action=PutMetricAlarm&Version=2010-08-01&Period=-1&Threshold=1e999&AlarmName=a",
    b"Action=Subscribe&Version=2010-03-31&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value={",
    b"\xa1\x6aMetricData\x81\xa1\x65Value\xf9\x7e\x00",
    b"\x1f\x8b\x08\x00",
    b"<Delete><Object>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_brings_the_endpoint_down(
        method in prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "BREW"]),
        path in prop::sample::select(PATHS.to_vec()),
        service in prop::sample::select(SERVICES.to_vec()),
        marks in prop::collection::vec(prop::sample::select(MARKS.to_vec()), 0..4),
        known in prop::sample::select(BODIES.to_vec()),
        noise in prop::collection::vec(any::<u8>(), 0..64),
        use_noise in any::<bool>(),
    ) {
        let credential = format!("AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{service}/aws4_request");
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        request = request.header("authorization", credential);
        for (name, value) in marks {
            request = request.header(name, value);
        }
        let body = if use_noise { Bytes::from(noise) } else { Bytes::from_static(known) };
        let request = request.body(body).expect("a request of a test");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let answer = runtime.block_on(Client::new().wire.handle(request));
        // A refusal of the client's fault is right, and so is a success; a fault of ours is 500 exactly.
        prop_assert_ne!(answer.status().as_u16(), 500, "{}", String::from_utf8_lossy(answer.body()));
    }
}
