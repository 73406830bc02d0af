//! The samples under `events/start-inference/`, and what they wake.

use expect_test::{Expect, expect};
use start_inference::wake;
use windsock_effects::Config;
use windsock_events::Event;

fn config() -> Config {
    let variable = |name: &str| {
        let value = match name {
            "WINDSOCK_NAME_PREFIX" => "windsock",
            "WINDSOCK_DATA_BUCKET" => "windsock-data-111122223333-us-east-1",
            "WINDSOCK_TIMEOUT_S" => "120",
            _ => "x",
        };
        Some(value.to_owned())
    };
    Config::from_variables(variable).unwrap()
}

fn check(sample: &str, expected: Expect) {
    let path = format!("{}/../../events/{sample}.json", env!("CARGO_MANIFEST_DIR"));
    let event = Event::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    let told = match wake(&config(), &event) {
        Some(wake) => {
            let tick = wake.tick.map_or(String::new(), |tick| format!(", tick {tick}"));
            let object = wake
                .object
                .map_or(String::new(), |object| format!(", object {}", object.key));
            format!("{}{tick}{object}", wake.project)
        }
        None => "not ours".to_owned(),
    };
    expected.assert_eq(&told);
}

#[test]
fn its_own_samples_wake_the_project() {
    check(
        "start-inference/schedule-tick",
        expect!["flight-delay, tick 2013-04-01T10:00:00Z"],
    );
    check(
        "start-inference/arrival",
        expect!["flight-delay, object inference/flight-delay/2013-04-01.csv"],
    );
    check("start-inference/model-promoted", expect!["flight-delay"]);
    check("start-inference/run-succeeded", expect!["flight-delay"]);
    check("start-inference/hint-due", expect!["flight-delay"]);
}

#[test]
fn samples_of_others_do_not() {
    check("promote-model/approved", expect!["not ours"]);
    check("publish-drift/report-written", expect!["not ours"]);
    check("notify/training-succeeded", expect!["not ours"]);
    check("respond-to-drift/alarm", expect!["not ours"]);
    check("publish-drift/hint-due", expect!["not ours"]);
}
