//! Inputs that no random search finds soon: very deep, very long, very large.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::prelude::*;
use windsock_properties::{
    CUT, event, event_pattern, letter_text, monitor_files, project_yaml, requests::Endpoint, samples, template,
    wire_request,
};

const DEEP: usize = 20_000;
/// What signatures leave as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

fn nested(open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP))
}

#[test]
fn depth_is_refused_and_never_overflows_the_stack() {
    let lists = nested("[", "1", "]");
    let objects = nested("{\"a\":", "1", "}");
    let open = "[".repeat(DEEP);
    let flow = nested("{a: ", "1", "}");
    let dashes = "- ".repeat(DEEP);
    let functions = nested("!Not [", "a", "]");
    for text in [&lists, &objects, &open, &flow, &dashes, &functions] {
        event(text.as_bytes());
        project_yaml(text.as_bytes());
        project_yaml(format!("project: a\ndata: {text}").as_bytes());
        template(text.as_bytes());
        template(
            format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {text}").as_bytes(),
        );
        event_pattern(format!("{text}{CUT}{text}").as_bytes());
        monitor_files(format!("{text}{CUT}{text}{CUT}{text}{CUT}a\n1").as_bytes());
    }
}

#[test]
fn the_endpoint_answers_deep_and_long_requests() {
    let json = nested("[", "", "]");
    let sagemaker = format!("POST / sagemaker\nx-amz-target: SageMaker.CreatePipeline\n\n{{\"PipelineName\":{json}}}");
    wire_request(sagemaker.as_bytes());
    let form = "POST / sns\ncontent-type: application/x-www-form-urlencoded\n\nAction=Publish&Version=2010-03-31&";
    wire_request(format!("{form}{}=x", "Tags.member.1.".repeat(DEEP)).as_bytes());
    wire_request(format!("{form}{}", "a.b=1&".repeat(DEEP)).as_bytes());
    wire_request(format!("{form}Message={}", "%41".repeat(DEEP)).as_bytes());
    let xml = format!("{}{}", "<Delete>".repeat(DEEP), "</Delete>".repeat(DEEP));
    wire_request(format!("POST /data?delete= s3\n\n{xml}").as_bytes());
    let cbor = "POST /service/GraniteServiceVersion20100801/operation/PutMetricData monitoring\nsmithy-protocol: rpc-v2-cbor\n\n";
    wire_request(&[cbor.as_bytes(), &vec![0x81; DEEP]].concat());
    wire_request(&[cbor.as_bytes(), &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat());
    wire_request(&[cbor.as_bytes(), &[0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat());
    let body = nested("[", "1", "]");
    let create = format!("Action=CreateStack&Version=2010-05-15&StackName=s&TemplateBody={body}");
    wire_request(
        format!("POST / cloudformation\ncontent-type: application/x-www-form-urlencoded\n\n{create}").as_bytes(),
    );
}

/// Each line is ten times the line before: what is a page would be more than any memory holds.
#[test]
fn aliases_do_not_grow_into_everything() {
    let mut text = "Resources:\n  A0: &a0 { Type: AWS::SQS::Queue }\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("  A{level}: &a{level} [{aliases}]\n"));
    }
    template(text.as_bytes());
    project_yaml(text.as_bytes());
}

/// Counts that add up to more than there are numbers, and a sketch of more levels than there are powers of two.
#[test]
fn a_baseline_may_hold_any_number() {
    let most = u64::MAX;
    let buckets = format!(r#"[{{"value":"clear","count":{most}}},{{"value":"rain","count":{most}}}]"#);
    let levels = format!("[{}[1]]", "[1,2],".repeat(1_200));
    for sketch in [levels.as_str(), "[[1e308,-1e308],[1e308]]", "[]", "[[]]"] {
        let statistics = format!(
            r#"{{"dataset":{{"item_count":{most}}},"features":[
            {{"name":"wind","inferred_type":"Integral","numerical_statistics":{{"common":{{"num_present":{most},"num_missing":{most}}},
              "mean":1e308,"sum":1e308,"std_dev":0,"min":-1e308,"max":1e308,"distribution":{{"kll":{{"sketch":{{"parameters":{{"c":0,"k":0}},"data":{sketch}}}}}}}}}}},
            {{"name":"sky","inferred_type":"String","string_statistics":{{"common":{{"num_present":0,"num_missing":0}},"distinct_count":1e308,
              "distribution":{{"categorical":{{"buckets":{buckets}}}}}}}}}]}}"#
        );
        for settings in [
            "{}",
            r#"{"method":"simple","threshold":0}"#,
            r#"{"threshold":-1,"min_rows":18446744073709551615}"#,
            r#"{"method":"robust","threshold":1e-320,"columns":{"sky":1e308}}"#,
        ] {
            let batch = "wind,sky\n1e308,clear\n-1e308,rain\n1e309,=1+1\nNaN,\u{0}\n0x10,inf\n";
            monitor_files(format!("{statistics}{CUT}{{}}{CUT}{settings}{CUT}{batch}").as_bytes());
        }
    }
}

#[test]
fn long_texts_are_cut() {
    let long = [
        "x".repeat(30_000),
        "token=".repeat(5_000),
        "\u{202e}".repeat(10_000),
        "a:b@c ".repeat(5_000),
    ];
    for text in &long {
        letter_text(text.as_bytes());
        event(format!("{{\"detail-type\":\"HintDue\",\"source\":\"windsock\",\"detail\":{{\"project\":\"p\",\"to\":\"{text}\"}}}}").as_bytes());
        project_yaml(format!("project: {text}\n{text}: 1\n").as_bytes());
        template(format!("Resources:\n  \"{text}\": {{ Type: \"{text}\" }}\n").as_bytes());
        event_pattern(format!("{{\"{text}\":\"{text}\"}}").as_bytes());
    }
}

/// As S3 writes keys in a list: what a form does to them.
fn keys_of(list: &str) -> BTreeSet<String> {
    let keys = list.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
    let decoded = keys.map(|(key, _)| {
        percent_decode_str(&key.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    });
    decoded.collect()
}

fn round_trip(endpoint: &Endpoint, key: &str) -> bool {
    let path = format!("/data/{}", utf8_percent_encode(key, PATH));
    let put = endpoint.s3("PUT", &path, &[], key.as_bytes()).expect("a request");
    if put.status() != 200 {
        assert_eq!(put.status(), 400, "{key:?}: {}", String::from_utf8_lossy(put.body()));
        return false;
    }
    let got = endpoint.s3("GET", &path, &[], b"").expect("a request");
    assert_eq!(got.body().as_ref(), key.as_bytes(), "{key:?}");
    let list = endpoint
        .s3("GET", "/data?encoding-type=url&list-type=2", &[], b"")
        .expect("a request");
    let listed = keys_of(&String::from_utf8_lossy(list.body()));
    assert!(listed.contains(key), "{key:?} is not in {listed:?}");
    let gone = endpoint.s3("DELETE", &path, &[], b"").expect("a request");
    assert_eq!(gone.status(), 204, "{key:?}");
    true
}

#[test]
fn hostile_keys_come_back_as_they_were() {
    let endpoint = Endpoint::new();
    for key in samples::HOSTILE {
        assert!(round_trip(&endpoint, key), "{key:?} was refused");
    }
    assert!(round_trip(&endpoint, &"x".repeat(1024)), "the longest key there is");
    assert!(!round_trip(&endpoint, &"x".repeat(1025)), "a key that is too long");
    assert!(
        !round_trip(&endpoint, &"\u{e9}".repeat(513)),
        "bytes count, not characters"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_key_comes_back_as_it_was(key in "\\PC{1,40}|[\\x00-\\x7f]{1,20}") {
        round_trip(&Endpoint::new(), &key);
    }
}
