//! RPC v2 CBOR, byte by byte.

use http::Method;

use super::*;
use crate::recorder::{header, recording, request};

const PATH: &str = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
const HEADERS: [(&str, &str); 2] = [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];

fn bytes(value: &Cbor) -> Vec<u8> {
    write(value).expect("CBOR of a test")
}

fn map(entries: &[(&str, Cbor)]) -> Cbor {
    Cbor::Map(
        entries
            .iter()
            .map(|(name, value)| (Cbor::Text((*name).into()), value.clone()))
            .collect(),
    )
}

fn read(body: &[u8]) -> Cbor {
    ciborium::from_reader(body).expect("an answer in CBOR")
}

fn member<'a>(value: &'a Cbor, name: &str) -> &'a Cbor {
    let entries = value.as_map().expect("a map");
    &entries
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .expect("the member")
        .1
}

#[tokio::test]
async fn every_width_of_number_arrives() {
    let (recorder, wire) = recording(Ok(json!({})));
    // Half, single and double precision, by hand: clients write the shortest that is exact, or always doubles.
    let half = [&[0xa1, 0x61, b'v'][..], &[0xf9, 0x3e, 0x00]].concat();
    let single = [&[0xa1, 0x61, b'v'][..], &[0xfa, 0x3f, 0xc0, 0, 0]].concat();
    let double = [&[0xa1, 0x61, b'v'][..], &[0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]].concat();
    // An indefinite map with an indefinite text, as a streaming writer makes them.
    let streamed = [0xbf, 0x7f, 0x61, b'v', 0xff, 0xf9, 0x3e, 0x00, 0xff];
    for body in [half.as_slice(), &single, &double, &streamed] {
        assert_eq!(
            wire.handle(request(Method::POST, PATH, "monitoring", &HEADERS, body))
                .await
                .status(),
            200
        );
        assert_eq!(
            recorder.asked(),
            ("cloudwatch.PutMetricAlarm".to_owned(), json!({ "v": 1.5 }))
        );
    }
}

#[tokio::test]
async fn times_bytes_and_infinities_have_a_form_in_json() {
    let (recorder, wire) = recording(Ok(json!({})));
    let body = map(&[
        ("Timestamp", Cbor::Tag(1, Box::new(Cbor::Float(1_795_342_660.5)))),
        ("Whole", Cbor::Tag(1, Box::new(Cbor::Integer(7.into())))),
        ("Blob", Cbor::Bytes(vec![1, 2, 3])),
        ("Bad", Cbor::Float(f64::NEG_INFINITY)),
        ("Nothing", Cbor::Null),
    ]);
    wire.handle(request(Method::POST, PATH, "monitoring", &HEADERS, &bytes(&body)))
        .await;
    let expected = json!({
        "Timestamp": 1_795_342_660.5, "Whole": 7, "Blob": "AQID", "Bad": "-Infinity", "Nothing": null,
    });
    assert_eq!(recorder.asked().1, expected);
}

#[tokio::test]
async fn answers_have_the_types_that_clients_insist_on() {
    let (_, wire) = recording(Ok(json!({
        "MetricAlarms": [{
            "AlarmName": "a", "Threshold": 1, "Period": 60.0, "EvaluationPeriods": 1, "ActionsEnabled": true,
            "StateUpdatedTimestamp": 1_795_342_660.989,
            "Dimensions": [{ "Name": "Project", "Value": "flight-delay" }],
            "Absent": null,
        }],
        "MetricDataResults": [{ "Timestamps": [1, 2.5], "Values": [0, 1.5] }],
        "Datapoints": [{ "ExtendedStatistics": { "p99": 3 } }],
    })));
    let answer = wire
        .handle(request(Method::POST, PATH, "monitoring", &HEADERS, b""))
        .await;
    assert_eq!(header(&answer, "smithy-protocol"), "rpc-v2-cbor");
    assert_eq!(header(&answer, "content-type"), "application/cbor");
    let output = read(answer.body());
    let alarm = &member(&output, "MetricAlarms").as_array().expect("a list")[0];
    assert_eq!(member(alarm, "Threshold"), &Cbor::Float(1.0));
    assert_eq!(member(alarm, "Period"), &Cbor::Integer(60.into()));
    assert_eq!(
        member(alarm, "StateUpdatedTimestamp"),
        &Cbor::Tag(1, Box::new(Cbor::Float(1_795_342_660.989)))
    );
    assert!(
        alarm
            .as_map()
            .expect("a map")
            .iter()
            .all(|(name, _)| name.as_text() != Some("Absent"))
    );
    let result = &member(&output, "MetricDataResults").as_array().expect("a list")[0];
    assert_eq!(
        member(result, "Values"),
        &Cbor::Array(vec![Cbor::Float(0.0), Cbor::Float(1.5)])
    );
    assert_eq!(
        member(result, "Timestamps").as_array().expect("a list")[0],
        Cbor::Tag(1, Box::new(Cbor::Float(1.0)))
    );
    let point = &member(&output, "Datapoints").as_array().expect("a list")[0];
    assert_eq!(member(member(point, "ExtendedStatistics"), "p99"), &Cbor::Float(3.0));
}

#[tokio::test]
async fn errors_are_cbor_too() {
    let (_, wire) = recording(Err(ApiError::new(
        400,
        "InvalidParameterValue",
        "The value NaN is invalid",
    )));
    let answer = wire
        .handle(request(Method::POST, PATH, "monitoring", &HEADERS, b""))
        .await;
    assert_eq!(answer.status(), 400);
    assert_eq!(header(&answer, "x-amzn-query-error"), "InvalidParameterValue;Sender");
    let body = read(answer.body());
    assert_eq!(
        member(&body, "__type"),
        &Cbor::Text("InvalidParameterValueException".into())
    );
    assert_eq!(member(&body, "message"), &Cbor::Text("The value NaN is invalid".into()));
}

#[tokio::test]
async fn hostile_documents_get_a_clear_answer() {
    let (recorder, wire) = recording(Ok(json!({})));
    // A map that claims 2^62 entries, ten thousand nested lists, a text cut short, a key that is a number, a date in words.
    let huge = [0xbb, 0x40, 0, 0, 0, 0, 0, 0, 0];
    let deep = vec![0x81; 10_000];
    let cases: [&[u8]; 6] = [
        &huge,
        &deep,
        &[0xa1, 0x61],
        &[0xa1, 0x01, 0x01],
        &[0xa1, 0x61, b'v', 0xc0, 0x61, b'x'],
        b"{}",
    ];
    for body in cases {
        let answer = wire
            .handle(request(Method::POST, PATH, "monitoring", &HEADERS, body))
            .await;
        assert_eq!(answer.status(), 400, "{body:x?}");
        assert_eq!(
            member(&read(answer.body()), "__type"),
            &Cbor::Text("SerializationException".into())
        );
    }
    for path in [
        "/service/Nobody/operation/X",
        "/service/GraniteServiceVersion20100801/operation/%3Cx%3E",
    ] {
        let answer = wire
            .handle(request(Method::POST, path, "monitoring", &HEADERS, b""))
            .await;
        assert_eq!(answer.status(), 404);
    }
    assert_eq!(recorder.asked().0, "");
}
