//! Targets of rules.

use serde_json::{Value, json};

use super::transform::InputOf;
use crate::{ApiError, World, input::Members};

#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) arn: String,
    pub(super) input: InputOf,
    pub(super) dead_letters: Option<String>,
    pub(super) shown: Value,
}

const TARGETS_MAX: usize = 5;
const MEMBERS: [&str; 8] = [
    "Id",
    "Arn",
    "RoleArn",
    "Input",
    "InputPath",
    "InputTransformer",
    "DeadLetterConfig",
    "RetryPolicy",
];
const SERVICES: [&str; 3] = ["lambda", "sqs", "sns"];
/// Longest constant input, in characters.
const INPUT_CHARS_MAX: usize = 8192;

impl World {
    pub(super) fn put_targets(&mut self, members: Members) -> Result<Value, ApiError> {
        let rule = members.required("Rule")?;
        let mut targets = self.rule(rule)?.targets.clone();
        for target in members.list("Targets")? {
            let id = Members::of(target).required("Id")?.to_owned();
            targets.insert(id, read(Members::of(target))?);
        }
        if targets.len() > TARGETS_MAX {
            let message = format!("The requested resource exceeds the maximum number allowed: {TARGETS_MAX} targets.");
            return Err(ApiError::new(400, "LimitExceededException", message));
        }
        self.rule_mut(rule)?.targets = targets;
        Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
    }
}

fn read(target: Members) -> Result<Target, ApiError> {
    let target = target.only(&MEMBERS)?;
    let arn = target.required("Arn")?;
    if !arn.split(':').nth(2).is_some_and(|service| SERVICES.contains(&service)) {
        let message =
            format!("Parameter Arn is not valid. Reason: {arn} is no Lambda function, SQS queue or SNS topic.");
        return Err(ApiError::validation(message));
    }
    if target
        .text("Input")?
        .is_some_and(|input| input.chars().count() > INPUT_CHARS_MAX)
    {
        return Err(ApiError::validation(format!(
            "Input has at most {INPUT_CHARS_MAX} characters"
        )));
    }
    let dead_letters = target.get("DeadLetterConfig").and_then(|config| config["Arn"].as_str());
    Ok(Target {
        arn: arn.into(),
        input: InputOf::read(target)?,
        dead_letters: dead_letters.map(str::to_owned),
        shown: target.all.clone(),
    })
}
