//! What an expression of a pipeline definition refers to, and every reference that a value holds.

use serde_json::Value;

use super::paths::{self, Segment};

/// What `{"Get": "..."}` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Parameter(String),
    Execution(String),
    /// A property of a step, known once the step has run.
    Property {
        step: String,
        path: Vec<Segment>,
    },
    PropertyFile {
        step: String,
        file: String,
    },
}

/// The variables of an execution.
pub(super) const EXECUTION: [&str; 8] = [
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
    "ProcessingJobName",
];

/// Functions of the language that are interpreted.
const FUNCTIONS: [&str; 2] = ["Std:Join", "Std:JsonGet"];

impl Reference {
    pub(super) fn parse(get: &str) -> Result<Self, String> {
        if let Some(name) = get.strip_prefix("Parameters.") {
            return Ok(Self::Parameter(name.to_owned()));
        }
        if let Some(name) = get.strip_prefix("Execution.") {
            return match EXECUTION.contains(&name) {
                true => Ok(Self::Execution(name.to_owned())),
                false => Err(format!(
                    "`{get}` is no variable of an execution; there are {}",
                    EXECUTION.join(", ")
                )),
            };
        }
        let Some((step, path)) = get.strip_prefix("Steps.").and_then(|rest| rest.split_once('.')) else {
            return Err(format!(
                "`{get}` refers to neither a parameter, nor the execution, nor a property of a step"
            ));
        };
        let step = step.to_owned();
        if let Some(file) = path.strip_prefix("PropertyFiles.") {
            return Ok(Self::PropertyFile {
                step,
                file: file.to_owned(),
            });
        }
        Ok(Self::Property {
            step,
            path: paths::parse(path)?,
        })
    }

    /// The step that must have run before this can be known.
    pub(super) fn step(&self) -> Option<&str> {
        match self {
            Self::Property { step, .. } | Self::PropertyFile { step, .. } => Some(step),
            Self::Parameter(_) | Self::Execution(_) => None,
        }
    }
}

/// Every reference in a value, however deep. Functions that are not interpreted are refused by name.
pub(super) fn all(value: &Value, found: &mut Vec<Reference>) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| all(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if name.starts_with("Std:") && !FUNCTIONS.contains(&name.as_str()) {
                    return Err(format!(
                        "{name} is not run locally; there are {}",
                        FUNCTIONS.join(" and ")
                    ));
                }
                match (name.as_str(), member, members.len()) {
                    ("Get", Value::String(get), 1) => found.push(Reference::parse(get)?),
                    _ => all(member, found)?,
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
