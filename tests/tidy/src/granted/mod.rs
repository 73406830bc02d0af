//! Least privilege, seen from behind: which rights the templates grant, which of them some story needed, and for what
//! reason each of the others is there all the same.
//!
//! Local AWSs write down what every statement decided (`Records` in local/wire). Here all of that is added up, action by
//! action. A right that no story needs and that has no reason is one too many, or a story is missing; a reason for a right
//! that a story does need is out of date. Both are errors.

mod reasons;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
};

use anyhow::{Context, bail};
use regex::Regex;
use serde_json::Value;

pub use self::reasons::{REASONS, Reason};

/// One action of one statement of one policy, whatever the project is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// `windsock-sweep/sweep`, `windsock-PROJECT-jobs/jobs`, `queue windsock-training-hints`.
    pub policy: String,
    /// Its Sid; empty where it has none, as in the trust of a role.
    pub statement: String,
    pub action: String,
}

/// Every right of the platform and its projects, and whether anybody needed it.
#[derive(Debug, Default)]
pub struct Granted(BTreeMap<Right, bool>);

impl Granted {
    /// Adds up what every `*.statements` file of a folder has.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let names = Names::new()?;
        let mut granted = Self::default();
        let files = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "statements") {
                let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
                for line in text.lines() {
                    let line = serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()))?;
                    granted.add(&names, &line);
                }
            }
        }
        if granted.0.is_empty() {
            bail!(
                "no *.statements in {} tells of Windsock's policies: run the stories with WINDSOCK_RECORDS={0}",
                folder.display()
            );
        }
        Ok(granted)
    }

    fn add(&mut self, names: &Names, line: &Value) {
        let policy = line["policy"].as_str().unwrap_or_default();
        let Some(policy) = names.ours(policy).filter(|_| line["effect"] == "Allow") else {
            return;
        };
        let texts = |member: &str| {
            let texts = line[member].as_array().into_iter().flatten();
            texts
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<BTreeSet<_>>()
        };
        let statement = names.statement(line["sid"].as_str().unwrap_or_default());
        let actions = texts("actions");
        for action in texts("listed") {
            let needed = actions.iter().any(|done| done.eq_ignore_ascii_case(&action));
            let right = Right {
                policy: policy.clone(),
                statement: statement.clone(),
                action,
            };
            *self.0.entry(right).or_default() |= needed;
        }
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Rights that nobody needed, each with why it is there; and what is wrong, one sentence each.
    pub fn judge(&self, reasons: &[Reason]) -> (Vec<(&Right, &'static str)>, Vec<String>) {
        let (mut excused, mut wrong) = (Vec::new(), Vec::new());
        let mut used = vec![false; reasons.len()];
        for (right, _) in self.0.iter().filter(|(_, needed)| !**needed) {
            match reasons.iter().position(|reason| reason.is_of(right)) {
                Some(place) => {
                    used[place] = true;
                    excused.push((right, reasons[place].why));
                }
                None => wrong.push(format!(
                    "no story needs {right}: take it away, tell such a story, or say why it is there"
                )),
            }
        }
        for (reason, _) in reasons.iter().zip(used).filter(|(_, used)| !used) {
            wrong.push(format!(
                "{} of {} ({}) has a reason, and is needed or not there: take the reason away",
                reason.action, reason.statement, reason.policy
            ));
        }
        (excused, wrong)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statement = if self.statement.is_empty() {
            "the statement"
        } else {
            &self.statement
        };
        write!(f, "{} in {statement} of {}", self.action, self.policy)
    }
}

/// How policies are called apart from the names of projects, and what CloudFormation makes up.
struct Names {
    of_project: Regex,
    of_topic: Regex,
    made_up: Regex,
}

impl Names {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            of_project: Regex::new("^windsock-.+-(jobs|schedule)/")?,
            of_topic: Regex::new("^topic windsock-.+")?,
            made_up: Regex::new("^windsock-(.+)-[0-9A-F]{12}$")?,
        })
    }

    /// A policy's name, if it is one of ours.
    fn ours(&self, policy: &str) -> Option<String> {
        let kinds = ["", "bucket ", "queue ", "topic ", "function "];
        if !kinds.iter().any(|kind| policy.starts_with(&format!("{kind}windsock"))) {
            return None;
        }
        let policy = self.of_project.replace(policy, "windsock-PROJECT-$1/");
        Some(self.of_topic.replace(&policy, "topic windsock-PROJECT").into_owned())
    }

    fn statement(&self, sid: &str) -> String {
        self.made_up.replace(sid, "$1").into_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn granted(lines: &[Value]) -> Granted {
        let names = Names::new().unwrap();
        let mut granted = Granted::default();
        lines.iter().for_each(|line| granted.add(&names, line));
        granted
    }

    fn line(policy: &str, sid: &str, listed: &[&str], actions: &[&str]) -> Value {
        json!({ "policy": policy, "sid": sid, "effect": "Allow", "listed": listed, "actions": actions })
    }

    const REASON: Reason = Reason {
        policy: "windsock-sweep/sweep",
        statement: "ReadRuns",
        action: "sagemaker:Describe",
        why: "because",
    };

    #[test]
    fn a_right_needs_one_story_of_one_project() {
        let granted = granted(&[
            line(
                "windsock-a-jobs/jobs",
                "Read",
                &["s3:GetObject", "s3:ListBucket"],
                &["s3:GetObject"],
            ),
            line(
                "windsock-b-c-jobs/jobs",
                "Read",
                &["s3:GetObject", "s3:ListBucket"],
                &["s3:ListBucket"],
            ),
            line("caller/own", "Read", &["s3:GetObject"], &[]),
        ]);
        assert_eq!(granted.count(), 2);
        assert_eq!(granted.judge(&[]), (vec![], vec![]));
    }

    #[test]
    fn what_nobody_needs_has_a_reason_or_is_too_much() {
        let sweep = |actions| line("windsock-sweep/sweep", "ReadRuns", &["sagemaker:Describe"], actions);
        let idle = granted(&[sweep(&[])]);
        let (excused, wrong) = idle.judge(&[]);
        assert!(excused.is_empty());
        assert!(
            wrong[0].starts_with("no story needs sagemaker:Describe in ReadRuns of windsock-sweep/sweep"),
            "{wrong:?}"
        );
        let (excused, wrong) = idle.judge(&[REASON]);
        assert_eq!((excused.len(), wrong.len()), (1, 0));
    }

    #[test]
    fn a_reason_that_nobody_needs_any_more_is_out_of_date() {
        let busy = granted(&[line(
            "windsock-sweep/sweep",
            "ReadRuns",
            &["sagemaker:Describe"],
            &["sagemaker:Describe"],
        )]);
        let (_, wrong) = busy.judge(&[REASON]);
        assert!(wrong[0].ends_with("take the reason away"), "{wrong:?}");
    }

    #[test]
    fn what_cloudformation_makes_up_is_no_name() {
        let names = Names::new().unwrap();
        assert_eq!(
            names.statement("windsock-NotifyFunctionHintDuePermission-71BAD96D6581"),
            "NotifyFunctionHintDuePermission"
        );
        assert_eq!(
            names.ours("topic windsock-flight-delay").as_deref(),
            Some("topic windsock-PROJECT")
        );
        assert_eq!(
            names.ours("topic windsock_operations").as_deref(),
            Some("topic windsock_operations")
        );
        assert_eq!(names.ours("AdministratorAccess"), None);
    }
}
