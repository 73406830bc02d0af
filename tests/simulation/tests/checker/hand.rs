//! A journal that is written by hand, and what the checker says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use windsock_simulation::checker::{Checker, liveness};
use windsock_world::{Entry, Millis, Record};

pub const DATA: &str = "windsock-data-111122223333-us-east-1";
pub const WORK: &str = "windsock-work-111122223333-us-east-1";
pub const HOUR: Millis = 3_600_000;

/// A journal that is written by hand, with the bytes that its objects had when they were written.
#[derive(Default)]
pub struct Hand {
    pub checker: Checker,
    pub stored: BTreeMap<(String, String), Vec<u8>>,
    pub at: Millis,
}

impl Hand {
    pub fn new() -> Self {
        let at = 1_364_817_600_000;
        Self { at, ..Self::default() }
    }

    pub fn write(&mut self, record: Record) -> &mut Self {
        self.at += 1000;
        self.checker.observe(&Entry { at: self.at, record }, &self.stored);
        self
    }

    pub fn later(&mut self, span: Millis) -> &mut Self {
        self.at += span;
        self
    }

    pub fn object(&mut self, bucket: &str, key: &str, record: &Value) -> &mut Self {
        self.stored
            .insert((bucket.into(), key.into()), record.to_string().into_bytes());
        let size = record.to_string().len() as u64;
        let etag = format!("{:x}", record.to_string().len());
        self.write(Record::ObjectCreated {
            bucket: bucket.into(),
            key: key.into(),
            etag,
            size,
            caller: "somebody".into(),
        })
    }

    pub fn arrive(&mut self, key: &str, etag: &str) -> &mut Self {
        self.write(Record::ObjectCreated {
            bucket: DATA.into(),
            key: key.into(),
            etag: etag.into(),
            size: 3,
            caller: "a person".into(),
        })
    }

    pub fn freeze(&mut self, slot: &str, change: impl FnOnce(&mut Value)) -> &mut Self {
        let mut manifest = manifest(slot, self.at);
        change(&mut manifest);
        let (project, kind) = (text(&manifest["project"]["project"]), text(&manifest["pipeline"]));
        let key = format!("state/{project}/runs/{kind}/{slot}/manifest.json");
        self.object(WORK, &key, &manifest)
    }

    pub fn execution(&mut self, slot: &str, arn: &str, status: &str) -> &mut Self {
        let kind = self.checker.history.frozen.get(slot).map_or("training", |frozen| {
            if frozen.kind == "inference" {
                "inference"
            } else {
                "training"
            }
        });
        let manifest = format!("s3://{WORK}/state/a/runs/{kind}/{slot}/manifest.json");
        self.write(Record::Execution {
            arn: arn.into(),
            pipeline: format!("windsock-a-{kind}"),
            display_name: format!("windsock-{slot}"),
            status: status.into(),
            failure: None,
            parameters: json!({ "slot": slot, "manifest": manifest }),
        })
    }

    pub fn run(&mut self, slot: &str, arn: &str, ends: &str) -> &mut Self {
        self.execution(slot, arn, "Executing").execution(slot, arn, ends)
    }

    pub fn version(&mut self, version: u64, approval: &str) -> &mut Self {
        self.write(Record::ModelPackage {
            arn: format!("arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-a/{version}"),
            group: "windsock-a".into(),
            version,
            approval: approval.into(),
            status: "Completed".into(),
            caller: "somebody".into(),
        })
    }

    pub fn champion(&mut self, version: Option<u64>, history: &Value) -> &mut Self {
        let champion = version.map(|version| json!({ "version": version }));
        let since = format!("since {version:?}");
        self.object(
            WORK,
            "state/a/champion.json",
            &json!({ "champion": champion, "since": since, "reason": "approved", "history": history }),
        )
    }

    pub fn letter(&mut self, subject: &str, body: &str) -> &mut Self {
        self.write(Record::Letter {
            topic: "arn:aws:sns:us-east-1:111122223333:windsock-a".into(),
            protocol: "email".into(),
            endpoint: "m@example.com".into(),
            subject: subject.into(),
            body: body.into(),
            attributes: Value::Null,
        })
    }

    pub fn log(&mut self, function: &str, line: Value) -> &mut Self {
        self.write(Record::Log {
            function: function.into(),
            line,
        })
    }

    pub fn metric(&mut self, value: f64) -> &mut Self {
        self.write(Record::Metric {
            namespace: "Windsock".into(),
            name: "DriftScore".into(),
            dimensions: json!({ "Project": "a" }),
            value,
        })
    }

    /// The names of the rules that were broken.
    pub fn broken(&self) -> BTreeSet<&'static str> {
        self.checker.violations.iter().map(|violation| violation.rule).collect()
    }

    #[track_caller]
    pub fn breaks(&self, rule: &'static str) {
        assert!(
            self.broken().contains(rule),
            "{rule} is not broken, but {:?}",
            self.checker.violations
        );
    }

    #[track_caller]
    pub fn holds(&self) {
        assert_eq!(self.checker.violations, [], "this journal is good");
    }

    pub fn end(&self) -> BTreeSet<&'static str> {
        let projects = ["a".to_owned()];
        let scene = liveness::Scene {
            projects: &projects,
            work_bucket: WORK,
            stored: &self.stored,
        };
        liveness::check(&self.checker.history, &scene)
            .into_iter()
            .map(|(promise, _)| promise)
            .collect()
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn manifest(slot: &str, at: Millis) -> Value {
    let frozen_at = jiff::Timestamp::from_millisecond(at).unwrap().to_string();
    json!({
        "pipeline": "training", "slot": slot, "frozen_at": frozen_at, "cause": "first", "predecessor": "genesis",
        "failures_before": 0, "reads": [{ "key": format!("training/a/{slot}.csv"), "etag": "e", "size": 3 }], "champion": null,
        "project": {
            "project": "a",
            "training": { "cooldown_s": 3600, "per_day": 4, "retries": 2 },
            "inference": { "per_day": 4, "retries": 2 },
            "drift": { "cooldown_s": 7200 },
        },
    })
}
