//! What wakes a function, and above all what does not: the rules of template.yaml, tried on events.

use regex::Regex;
use serde_json::{Value, json};
use windsock_decisions::layout;
use windsock_events::{
    Fact,
    facts::{Addressee, PipelineKind, SOURCE},
};
use windsock_tidy::{
    platform::{ACCOUNT, DATA, Platform, REGION, WORK},
    tree,
};

const PROJECT: &str = "flight-delay";

fn platform() -> Platform {
    Platform::deploy().unwrap()
}

/// Every kind of object that our functions, pipelines and commands write.
fn what_we_write() -> Vec<String> {
    let slot = "a".repeat(64);
    let mut keys = vec![
        layout::project_yaml(PROJECT),
        layout::project_json(PROJECT),
        layout::champion(PROJECT),
        layout::incident(PROJECT, "20130401T060000Z"),
        layout::letter_claim(PROJECT, "fact"),
        layout::letter_sent(PROJECT, "fact"),
        layout::letter_put_off(PROJECT, "fact"),
        layout::letters_pace(PROJECT),
        layout::rejection(&slot),
        layout::evaluation(PROJECT, &slot),
        layout::published(PROJECT, &slot),
    ];
    for kind in [PipelineKind::Training, PipelineKind::Inference] {
        keys.push(layout::manifest(kind, PROJECT, &slot));
        keys.push(layout::objects_manifest(kind, PROJECT, &slot));
        keys.push(layout::champion_manifest(kind, PROJECT, &slot));
        keys.push(layout::started(kind, PROJECT, &slot));
        keys.push(layout::heard(kind, PROJECT, &slot));
        keys.push(layout::rejections_report(kind, PROJECT, &slot));
    }
    let written = [
        "preprocess/train/data.csv",
        "preprocess/holdout/data.csv",
        "baseline/statistics.json",
        "train/output/model.tar.gz",
        "evaluate/evaluation.json",
        "prepare/input/0123abcd-2013-04.csv",
        "prepare/report/prepared.json",
        "predictions/0123abcd-2013-04.csv.out",
        "monitor/statistics.json",
        "monitor/constraints.json",
        "monitor/constraint_violations.json",
    ];
    keys.extend(written.map(|name| format!("{}{name}", layout::jobs(PROJECT, &slot))));
    keys
}

/// What layout.rs names and is no object's key: folders, prefixes of lists, and names of other things.
const NO_KEYS: [&str; 17] = [
    "alarm_name",
    "arrivals",
    "display_name",
    "group_name",
    "incidents",
    "jobs",
    "jobs_role_name",
    "last_report",
    "letters",
    "model_name",
    "pipeline_name",
    "run",
    "runs",
    "stack_name",
    "state",
    "topic_name",
    "drift_report",
];

#[test]
fn every_key_of_the_layout_is_tried() {
    let named = Regex::new(r"pub fn (\w+)\([^)]*\) -> String").unwrap();
    let (layout, here) = (
        tree::read("shared/decisions/src/layout.rs"),
        tree::read("tests/tidy/tests/waking.rs"),
    );
    let (layout, here) = (layout.unwrap(), here.unwrap());
    let keys: Vec<&str> = named
        .captures_iter(&layout)
        .filter_map(|found| Some(found.get(1)?.as_str()))
        .collect();
    assert!(keys.contains(&"manifest") && keys.contains(&"champion"), "{keys:?}");
    for key in keys.iter().filter(|key| !NO_KEYS.contains(key)) {
        assert!(
            here.contains(&format!("layout::{key}(")),
            "nobody has tried whether `{key}` wakes somebody"
        );
    }
}

#[test]
fn nothing_we_write_wakes_us_but_the_monitor_report() {
    let mut platform = platform();
    for key in what_we_write() {
        let woken = platform.woken_by_object(WORK, &key).unwrap();
        assert!(woken.is_empty(), "s3://{WORK}/{key} wakes {woken:?}");
    }
    let report = layout::drift_report(PROJECT, &"a".repeat(64));
    assert_eq!(
        platform.woken_by_object(WORK, &report).unwrap(),
        ["publish-drift-report-written"]
    );
}

#[test]
fn what_people_write_wakes_who_it_is_for() {
    let mut platform = platform();
    let mut check = |key: &str, expected: &[&str]| {
        assert_eq!(platform.woken_by_object(DATA, key).unwrap(), expected, "{key}");
    };
    check("training/flight-delay/2013-01.csv", &["training-data-arrived"]);
    check("inference/flight-delay/2013-04.csv", &["inference-input-arrived"]);
    check("training.csv", &[]);
    check("other/training/flight-delay/2013-01.csv", &[]);
    check("Training/flight-delay/2013-01.csv", &[]);
    let elsewhere = platform.woken_by_object("somebody-elses-bucket", "training/flight-delay/2013-01.csv");
    assert!(elsewhere.unwrap().is_empty());
}

fn facts() -> Vec<(Fact, &'static [&'static str])> {
    let project = || PROJECT.to_owned();
    let hint = |to| Fact::HintDue {
        project: project(),
        to,
        why: "overdue".into(),
    };
    let tick = |pipeline| Fact::ScheduleTick {
        project: project(),
        pipeline,
        scheduled_time: "2013-04-01T06:00:00Z".into(),
    };
    let promoted = windsock_events::facts::PromotionReason::Approved;
    vec![
        (tick(PipelineKind::Training), &["training-asked-for"]),
        (tick(PipelineKind::Inference), &["inference-asked-for"]),
        (hint(Addressee::StartTraining), &["training-asked-for"]),
        (hint(Addressee::StartInference), &["inference-asked-for"]),
        (hint(Addressee::PromoteModel), &["promote-model-hint"]),
        (hint(Addressee::PublishDrift), &["publish-drift-hint"]),
        (hint(Addressee::RespondToDrift), &["respond-to-drift-hint"]),
        (
            Fact::RunEnded {
                project: project(),
                pipeline: PipelineKind::Training,
                slot: "s".into(),
                execution_arn: "arn".into(),
                status: "Failed".into(),
            },
            &["notify-fact-told"],
        ),
        (
            Fact::ModelPromoted {
                project: project(),
                version: 2,
                previous: Some(1),
                reason: promoted,
                since: None,
            },
            &["inference-asked-for", "notify-fact-told"],
        ),
        (
            Fact::ChampionWithdrawn {
                project: project(),
                version: 1,
                since: None,
            },
            &["notify-fact-told"],
        ),
        (
            Fact::DriftConfirmed {
                project: project(),
                incident: "i".into(),
            },
            &["notify-fact-told", "training-asked-for"],
        ),
        (
            Fact::DriftRefused {
                project: project(),
                incident: "i".into(),
                reason: "nothing new".into(),
            },
            &["notify-fact-told"],
        ),
        (
            Fact::DriftOver {
                project: project(),
                incident: "i".into(),
            },
            &["notify-fact-told"],
        ),
        (
            Fact::ApprovalAgeing {
                project: project(),
                version: 2,
                waiting_h: 24,
            },
            &["notify-fact-told"],
        ),
        (Fact::LettersDue { project: project() }, &["notify-fact-told"]),
        (
            Fact::DigestDue {
                project: project(),
                week: "2013-W14".into(),
            },
            &["notify-fact-told"],
        ),
        (
            Fact::Retired {
                project: project(),
                what: vec![],
            },
            &["notify-fact-told"],
        ),
    ]
}

#[test]
fn every_fact_is_heard_by_who_should_hear_it_and_nobody_else() {
    let mut platform = platform();
    for (fact, expected) in facts() {
        let said = serde_json::to_value(&fact).unwrap();
        let detail_type = said["detail-type"].as_str().unwrap();
        assert_eq!(
            platform.woken_by(SOURCE, detail_type, &said["detail"]).unwrap(),
            expected,
            "{said}"
        );
        // Whoever else may say the same: it is not our fact.
        assert!(
            platform
                .woken_by("somebody.else", detail_type, &said["detail"])
                .unwrap()
                .is_empty()
        );
    }
}

fn execution(pipeline: &str, status: &str) -> Value {
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{pipeline}");
    json!({
        "pipelineArn": arn,
        "pipelineExecutionArn": format!("{arn}/execution/abcdefghijkl"),
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": "Executing",
    })
}

#[test]
fn a_runs_end_wakes_who_waits_for_it() {
    let mut platform = platform();
    let mut check = |pipeline: &str, status: &str, expected: &[&str]| {
        let detail_type = "SageMaker Model Building Pipeline Execution Status Change";
        let woken = platform
            .woken_by("aws.sagemaker", detail_type, &execution(pipeline, status))
            .unwrap();
        assert_eq!(woken, expected, "{pipeline} {status}");
    };
    for status in ["Succeeded", "Failed", "Stopped", "CompletedWithFailures"] {
        check(
            "windsock-flight-delay-training",
            status,
            &["notify-run-ended", "training-ended"],
        );
        check("somebodys-training", status, &[]);
    }
    check(
        "windsock-flight-delay-inference",
        "Failed",
        &["inference-ended", "notify-run-ended"],
    );
    let ended_well = ["inference-ended", "notify-run-ended", "publish-drift-inference-ended"];
    check("windsock-flight-delay-inference", "Succeeded", &ended_well);
    check("windsock-flight-delay-training", "Executing", &[]);
    check("windsock-flight-delay-training", "Stopping", &[]);
}

#[test]
fn only_drift_alarms_are_answered() {
    let mut platform = platform();
    let mut check = |alarm: &str, expected: &[&str]| {
        let detail = json!({ "alarmName": alarm, "state": { "value": "ALARM" } });
        let woken = platform
            .woken_by("aws.cloudwatch", "CloudWatch Alarm State Change", &detail)
            .unwrap();
        assert_eq!(woken, expected, "{alarm}");
    };
    check(
        &layout::alarm_name("windsock", PROJECT),
        &["respond-to-drift-alarm-changed"],
    );
    check("windsock-dead-letters", &[]);
    check("windsock-publish-drift-errors", &[]);
    check("windsock-respond-to-drift-errors", &[]);
    check("windsock-training-hints-dead-letters", &[]);
    check("windsock-inference-hints-dead-letters", &[]);
    check("somebodys-drift", &[]);
}

#[test]
fn only_our_groups_versions_are_promoted() {
    let mut platform = platform();
    let mut check = |group: &str, expected: &[&str]| {
        let detail =
            json!({ "ModelPackageGroupName": group, "ModelPackageVersion": 1, "ModelApprovalStatus": "Approved" });
        let woken = platform
            .woken_by("aws.sagemaker", "SageMaker Model Package State Change", &detail)
            .unwrap();
        assert_eq!(woken, expected, "{group}");
    };
    let ours = ["notify-model-package-changed", "promote-model-package-changed"];
    check(&layout::group_name("windsock", PROJECT), &ours);
    check("somebodys-models", &[]);
}
