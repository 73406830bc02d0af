//! Nothing that we write wakes what starts runs: a rule on objects, and what our roles may write, never meet. Whoever could
//! write what wakes him would run for ever.

use serde_json::Value;

use super::{
    Broken, PLATFORM, Rule, View,
    view::{allows, texts},
};
use crate::platform::{DATA, WORK, many};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "no rule's pattern can match an object that we write, but the monitor's report",
    check: nothing_written_wakes,
    broken: &[
        Broken {
            template: PLATFORM,
            sound: "          object: {key: [{prefix: training/}]}\n",
            broken: "",
        },
        Broken {
            template: PLATFORM,
            sound: "object: {key: [{wildcard: \"jobs/*/monitor/drift.json\"}]}",
            broken: "object: {key: [{wildcard: \"jobs/*.json\"}]}",
        },
        Broken {
            template: PLATFORM,
            sound: "object: {key: [{wildcard: \"jobs/*/monitor/drift.json\"}]}",
            broken: "object: {key: [{prefix: state/}]}",
        },
        Broken {
            template: PLATFORM,
            sound: "                Resource: !Sub \"${WorkBucket.Arn}/state/*/champion.json\"\n",
            broken: "                Resource: !Sub \"arn:aws:s3:::${NamePrefix}-data-${AWS::AccountId}-${AWS::Region}/training/*\"\n",
        },
    ],
}];

/// The one object of ours that wakes: written once per run, by its monitor, and publish-drift starts nothing.
const REPORT: (&str, &str) = ("PublishDriftFunctionReportWritten", "jobs/*/monitor/drift.json");

fn nothing_written_wakes(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let written = written(view);
    for (id, rule) in view.of_kind("AWS::Events::Rule") {
        let pattern = view.property(rule, "EventPattern");
        if !texts(&pattern["source"]).contains(&"aws.s3".to_owned()) {
            continue;
        }
        let buckets = texts(&pattern["detail"]["bucket"]["name"]);
        let keys = many(&pattern["detail"]["object"]["key"]);
        if buckets.is_empty() || keys.is_empty() {
            wrong.push(format!("{id} hears of every object"));
        }
        for key in &keys {
            let Some(wakes) = glob(key) else {
                wrong.push(format!("{id} hears of {key}, which this rule cannot follow"));
                continue;
            };
            if (id.as_str(), wakes.as_str()) == REPORT && buckets == [WORK] {
                continue;
            }
            let meet = |(bucket, written): &&(String, String)| buckets.contains(bucket) && may_meet(&wakes, written);
            wrong.extend(
                written
                    .iter()
                    .filter(meet)
                    .map(|(bucket, written)| format!("{id} hears of s3://{bucket}/{written}, which we write")),
            );
        }
    }
    wrong
}

/// Buckets and keys (with `*`) that roles of this template may write, and that a project's jobs write, which are another
/// template's. A role that people take is theirs.
fn written(view: &View) -> Vec<(String, String)> {
    let mut written = vec![(WORK.to_owned(), "jobs/*".to_owned())];
    for (id, statement) in view.granted() {
        if !allows(&statement, "s3:PutObject") || PEOPLE.contains(&id.as_str()) {
            continue;
        }
        for resource in texts(&statement["Resource"]) {
            let (bucket, key) = resource.split_once('/').unwrap_or((&resource, "*"));
            let bucket = match bucket {
                "WorkBucket.Arn" => WORK,
                "DataBucket.Arn" => DATA,
                other => other.rsplit(':').next().unwrap_or(other),
            };
            written.push((bucket.to_owned(), key.to_owned()));
        }
    }
    written
}

/// Roles and policies of people, who write what wakes us.
const PEOPLE: [&str; 1] = ["DataScientistPolicy"];

/// A condition on a key as one text with `*`, where it can be said so.
fn glob(condition: &Value) -> Option<String> {
    if let Some(literal) = condition.as_str() {
        return Some(literal.to_owned());
    }
    let text = |operator: &str| condition[operator].as_str();
    let prefix = text("prefix").map(|prefix| format!("{prefix}*"));
    let suffix = text("suffix").map(|suffix| format!("*{suffix}"));
    prefix.or(suffix).or_else(|| text("wildcard").map(str::to_owned))
}

/// Whether one text can fit both.
pub(super) fn may_meet(left: &str, right: &str) -> bool {
    bytes_may_meet(left.as_bytes(), right.as_bytes())
}

fn bytes_may_meet(left: &[u8], right: &[u8]) -> bool {
    match (left.split_first(), right.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) | (None, Some((b'*', rest))) => bytes_may_meet(rest, &[]),
        (None, Some(_)) | (Some(_), None) => false,
        (Some((b'*', left_rest)), Some((_, right_rest))) => {
            bytes_may_meet(left_rest, right) || bytes_may_meet(left, right_rest)
        }
        (Some((_, left_rest)), Some((b'*', right_rest))) => {
            bytes_may_meet(left, right_rest) || bytes_may_meet(left_rest, right)
        }
        (Some((one, left_rest)), Some((other, right_rest))) => one == other && bytes_may_meet(left_rest, right_rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_meet_where_one_text_fits_both() {
        for (left, right, expected) in [
            ("training/*", "state/*", false),
            ("jobs/*/monitor/drift.json", "jobs/a/*/drift.json", true),
            ("*.json", "state/*/champion.json", true),
            ("*.json", "state/*", true),
            ("a*b", "b*a", false),
            ("*", "", true),
            ("a*", "*b", true),
            ("state/*/letters/*", "state/*/runs/*", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(may_meet(left, right), expected, "{left} {right}");
            assert_eq!(may_meet(right, left), expected, "{right} {left}");
        }
    }
}
