//! AWS JSON: what reaches the world, and what comes back.

use http::Method;

use super::*;
use crate::recorder::{header, recording, request, text};

const JSON_1_0: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const JSON_1_1: (&str, &str) = ("content-type", "application/x-amz-json-1.1");

#[tokio::test]
async fn a_call_reaches_the_world_with_its_members() {
    let (recorder, wire) = recording(Ok(json!({ "PipelineArn": "arn:x", "CreationTime": 1.5 })));
    let headers = [JSON_1_1, ("x-amz-target", "SageMaker.DescribePipeline")];
    let body = r#"{"PipelineName":"flight-delay","Nested":{"List":[1,2.5,null]}}"#;
    let answer = wire
        .handle(request(Method::POST, "/", "sagemaker", &headers, body.as_bytes()))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), "application/x-amz-json-1.1");
    assert!(!header(&answer, "x-amzn-requestid").is_empty());
    assert_eq!(text(&answer), r#"{"PipelineArn":"arn:x","CreationTime":1.5}"#);
    let (operation, input) = recorder.asked();
    assert_eq!(operation, "sagemaker.DescribePipeline");
    assert_eq!(
        input,
        json!({ "PipelineName": "flight-delay", "Nested": { "List": [1, 2.5, null] } })
    );
}

#[tokio::test]
async fn an_operation_without_members_may_have_no_body() {
    let (recorder, wire) = recording(Ok(Value::Null));
    let headers = [JSON_1_0, ("x-amz-target", "AmazonSQS.ListQueues")];
    let answer = wire.handle(request(Method::POST, "/", "sqs", &headers, b"")).await;
    assert_eq!((answer.status().as_u16(), text(&answer).as_str()), (200, "{}"));
    assert_eq!(header(&answer, "content-type"), "application/x-amz-json-1.0");
    assert_eq!(recorder.asked().1, json!({}));
}

#[tokio::test]
async fn a_packed_body_is_unpacked_and_a_bomb_is_refused() {
    let pack = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packer, bytes).expect("packing in memory");
        packer.finish().expect("packing in memory")
    };
    let headers = [
        JSON_1_1,
        ("x-amz-target", "AWSEvents.PutEvents"),
        ("content-encoding", "gzip"),
    ];
    let (recorder, wire) = recording(Ok(json!({})));
    let answer = wire
        .handle(request(
            Method::POST,
            "/",
            "events",
            &headers,
            &pack(br#"{"Entries":[]}"#),
        ))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(recorder.asked().1, json!({ "Entries": [] }));

    let bomb = pack(&vec![b' '; crate::body::DOCUMENT_BYTES_MAX * 4]);
    let answer = wire.handle(request(Method::POST, "/", "events", &headers, &bomb)).await;
    assert_eq!(answer.status(), 413);
    let answer = wire
        .handle(request(Method::POST, "/", "events", &headers, b"not gzip"))
        .await;
    assert_eq!(answer.status(), 400);
    assert!(text(&answer).contains("not valid gzip"));
}

#[tokio::test]
async fn errors_carry_the_shape_s_name_and_the_old_query_code() {
    let refused = ApiError::new(
        400,
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    );
    let (_, wire) = recording(Err(refused));
    let headers = [JSON_1_0, ("x-amz-target", "AmazonSQS.GetQueueUrl")];
    let answer = wire.handle(request(Method::POST, "/", "sqs", &headers, b"{}")).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(
        text(&answer),
        r#"{"__type":"QueueDoesNotExist","message":"The specified queue does not exist."}"#
    );
    assert_eq!(
        header(&answer, "x-amzn-query-error"),
        "AWS.SimpleQueueService.NonExistentQueue;Sender"
    );
    assert_eq!(header(&answer, "x-amzn-errortype"), "QueueDoesNotExist");

    let (_, wire) = recording(Err(ApiError::new(400, "ResourceNotFound", "no such pipeline")));
    let headers = [JSON_1_1, ("x-amz-target", "SageMaker.DescribePipeline")];
    let answer = wire
        .handle(request(Method::POST, "/", "sagemaker", &headers, b"{}"))
        .await;
    assert_eq!(header(&answer, "x-amzn-query-error"), "");
    assert!(text(&answer).contains(r#""__type":"ResourceNotFound""#));
}

#[tokio::test]
async fn nobody_is_let_in_without_a_known_key() {
    let (recorder, wire) = recording(Ok(json!({})));
    for authorization in [
        "",
        "garbage",
        "AWS4-HMAC-SHA256 Credential=stranger/20261122/eu-west-1/sqs/aws4_request",
    ] {
        let mut request = request(
            Method::POST,
            "/",
            "sqs",
            &[JSON_1_0, ("x-amz-target", "AmazonSQS.ListQueues")],
            b"{}",
        );
        request
            .headers_mut()
            .insert("authorization", authorization.parse().expect("a header"));
        let answer = wire.handle(request).await;
        assert_eq!(answer.status(), 403, "{authorization}");
        assert!(text(&answer).contains("UnrecognizedClientException"), "{authorization}");
    }
    assert_eq!(recorder.asked().0, "");
}

#[tokio::test]
async fn hostile_requests_get_a_clear_answer() {
    let (recorder, wire) = recording(Ok(json!({})));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = format!(r#"{{"a":{deep}}}"#);
    let cases: [(&str, &str, &[u8], &str); 8] = [
        (
            "SageMaker.ListPipelines",
            "application/x-amz-json-1.1",
            b"{",
            "SerializationException",
        ),
        (
            "SageMaker.ListPipelines",
            "application/x-amz-json-1.1",
            b"[1]",
            "one JSON object",
        ),
        (
            "SageMaker.ListPipelines",
            "application/x-amz-json-1.1",
            b"\xff\xfe",
            "SerializationException",
        ),
        (
            "SageMaker.ListPipelines",
            "application/x-amz-json-1.1",
            deep.as_bytes(),
            "recursion limit",
        ),
        ("SageMaker.ListPipelines", "text/html", b"{}", "is not AWS JSON"),
        (
            "SageMaker.",
            "application/x-amz-json-1.1",
            b"{}",
            "UnknownOperationException",
        ),
        (
            "SageMaker.List Pipelines<",
            "application/x-amz-json-1.1",
            b"{}",
            "UnknownOperationException",
        ),
        (
            "DynamoDB_20120810.ListTables",
            "application/x-amz-json-1.0",
            b"{}",
            "UnknownOperationException",
        ),
    ];
    for (target, content_type, body, expected) in cases {
        let headers = [("x-amz-target", target), ("content-type", content_type)];
        let answer = wire
            .handle(request(Method::POST, "/", "sagemaker", &headers, body))
            .await;
        assert!(answer.status().is_client_error(), "{target} {content_type}");
        assert!(text(&answer).contains(expected), "{target}: {}", text(&answer));
    }
    assert_eq!(recorder.asked().0, "");
}
