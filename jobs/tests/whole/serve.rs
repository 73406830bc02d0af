//! SageMaker's HTTP contract, over a real connection.

use std::io::{Read, Write};

use super::bench::{Bench, Files, Run, Server};

const PROJECT: &str = "
project: tides
data: { label: high, split: { holdout: 0.3 } }
training: { hyperparameters: { rounds: 5 } }
";

fn trained(bench: &Bench) -> Run {
    let rows: String = (0..300)
        .map(|number| format!("{}.25,{}\n", number * 37 % 91, u8::from(number * 37 % 91 > 45)))
        .collect();
    let data = format!("level,high\n{rows}").into_bytes();
    bench.train("model", 1, &Files::from([("a.csv".into(), data)]), None).0
}

#[test]
fn a_request_under_way_is_answered_when_the_server_is_told_to_stop() {
    let bench = Bench::new(PROJECT);
    let server = Server::start(&trained(&bench).path("train"));
    let body = "1.5\n80\n";
    let mut request = server.begin(body.len());
    server.tell_to_stop();
    request.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    let (head, predictions) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let predictions: Vec<f64> = predictions.lines().map(|line| line.parse().unwrap()).collect();
    assert!(predictions.len() == 2 && predictions[0] < 0.5 && predictions[1] > 0.5);
    assert!(server.ended().success());
}

#[test]
fn more_requests_than_places_are_all_answered_in_the_end() {
    let bench = Bench::new(PROJECT);
    let server = Server::start(&trained(&bench).path("train"));
    let body: String = (0..500).map(|row| format!("{}\n", row % 91)).collect();
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| server.ask("POST", "/invocations", &body)))
            .collect();
        asked.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!((answers[0].0, answers[0].1.lines().count()), (200, 500));
    assert!(server.stop().success());
}

#[test]
fn what_is_too_large_or_of_another_kind_is_refused_and_the_server_lives_on() {
    let bench = Bench::new(PROJECT);
    let root = trained(&bench).path("train");
    let server = Server::start_with(&root, &[("SAGEMAKER_MAX_PAYLOAD_IN_MB", "1")]);
    // One record more than fits, so that the server has read it all when it refuses.
    let records = (1 << 20) / 2;
    assert_eq!(server.ask("POST", "/invocations", &"1\n".repeat(records)).0, 200);
    assert_eq!(server.ask("POST", "/invocations", &"1\n".repeat(records + 1)).0, 413);
    let (status, sentence) = server.ask_in("POST", "/invocations", "text/libsvm", "1\n");
    assert_eq!(
        (status, sentence.as_str()),
        (
            415,
            "Content type `text/libsvm` cannot be read: send text/csv or application/jsonlines\n"
        )
    );
    let (status, sentence) = server.ask("POST", "/invocations", "");
    assert_eq!((status, sentence.as_str()), (400, "The request holds no record\n"));
    assert_eq!(server.ask("GET", "/nothing", "").0, 404);
    assert_eq!(server.ask("GET", "/ping", ""), (200, String::new()));
    assert!(server.stop().success());
}
