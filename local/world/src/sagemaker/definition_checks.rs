//! What a pipeline definition must satisfy as a whole: names that exist, arguments of the right shape, no circles.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    check, condition,
    definition::{Definition, Step, StepKind},
    definition_members::only,
    paths::Segment,
    reference::Reference,
    shapes_jobs, shapes_registry, shapes_transform,
};

pub(super) fn whole(definition: &Definition) -> Result<(), String> {
    unique(definition.steps.iter().map(|step| step.name.as_str()), "step")?;
    unique(
        definition.parameters.iter().map(|parameter| parameter.name.as_str()),
        "parameter",
    )?;
    for step in &definition.steps {
        arguments(step)?;
        for need in &step.needs {
            if definition.step(need).is_none() {
                return Err(format!(
                    "step '{}' refers to the step '{need}', which does not exist",
                    step.name
                ));
            }
        }
        for reference in step.references()? {
            refers(definition, step, &reference)?;
        }
    }
    no_circle(definition)
}

fn unique<'a>(names: impl Iterator<Item = &'a str>, what: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("the {what} '{name}' is defined twice"));
        }
    }
    Ok(())
}

/// Whether the arguments have the members of the call that the step will make.
fn arguments(step: &Step) -> Result<(), String> {
    let given = &step.arguments;
    let verdict = match step.kind {
        StepKind::Processing => check::arguments(given, shapes_jobs::CREATE_PROCESSING_JOB, &["ProcessingJobName"]),
        StepKind::Training => check::arguments(given, shapes_jobs::CREATE_TRAINING_JOB, &["TrainingJobName"]),
        StepKind::Transform => check::arguments(given, shapes_transform::CREATE_TRANSFORM_JOB, &["TransformJobName"]),
        StepKind::Model => check::arguments(given, shapes_registry::CREATE_MODEL, &["ModelName"]),
        StepKind::RegisterModel => check::arguments(given, shapes_registry::CREATE_PACKAGE, &[]),
        StepKind::Condition => return condition::check(given).map_err(|problem| of(step, &problem)),
        StepKind::Fail => {
            let members = given.as_object().into_iter().flat_map(|members| members.keys());
            return only(&format!("step '{}'", step.name), members, &["ErrorMessage"]);
        }
    };
    verdict.map_err(|error| of(step, &error.message))
}

fn of(step: &Step, problem: &str) -> String {
    format!("step '{}': {problem}", step.name)
}

fn refers(definition: &Definition, step: &Step, reference: &Reference) -> Result<(), String> {
    match reference {
        Reference::Execution(_) => Ok(()),
        Reference::Parameter(name) => {
            if definition.parameters.iter().any(|parameter| parameter.name == *name) {
                return Ok(());
            }
            Err(of(step, &format!("the parameter '{name}' does not exist")))
        }
        Reference::PropertyFile { step: other, file } => {
            let files = definition
                .step(other)
                .map(|other| other.property_files.as_slice())
                .unwrap_or_default();
            if files.iter().any(|known| known.name == *file) {
                return Ok(());
            }
            Err(of(step, &format!("step '{other}' has no property file '{file}'")))
        }
        Reference::Property { step: other, path } => {
            let Some(other) = definition.step(other) else {
                return Ok(());
            };
            let root = match path.first() {
                Some(Segment::Name(root)) => root.as_str(),
                _ => "",
            };
            if properties(other.kind).contains(&root) {
                return Ok(());
            }
            let kind = other.kind.name();
            Err(of(
                step,
                &format!("step '{}' of type {kind} has no property '{root}'", other.name),
            ))
        }
    }
}

/// The properties that a step has once it has run.
fn properties(kind: StepKind) -> &'static [&'static str] {
    match kind {
        StepKind::Processing => &[
            "ProcessingJobName",
            "ProcessingJobArn",
            "ProcessingJobStatus",
            "ProcessingInputs",
            "ProcessingOutputConfig",
            "ProcessingResources",
            "StoppingCondition",
            "AppSpecification",
            "Environment",
            "NetworkConfig",
            "RoleArn",
            "ExitMessage",
            "CreationTime",
            "ProcessingStartTime",
            "ProcessingEndTime",
        ],
        StepKind::Training => &[
            "TrainingJobName",
            "TrainingJobArn",
            "TrainingJobStatus",
            "ModelArtifacts",
            "FinalMetricDataList",
            "HyperParameters",
            "AlgorithmSpecification",
            "InputDataConfig",
            "OutputDataConfig",
            "ResourceConfig",
            "StoppingCondition",
            "Environment",
            "RoleArn",
            "CreationTime",
            "TrainingStartTime",
            "TrainingEndTime",
            "TrainingTimeInSeconds",
            "BillableTimeInSeconds",
        ],
        StepKind::Transform => &[
            "TransformJobName",
            "TransformJobArn",
            "TransformJobStatus",
            "ModelName",
            "TransformInput",
            "TransformOutput",
            "TransformResources",
            "DataProcessing",
            "Environment",
            "CreationTime",
            "TransformStartTime",
            "TransformEndTime",
        ],
        StepKind::Model => &[
            "ModelName",
            "ModelArn",
            "PrimaryContainer",
            "Containers",
            "ExecutionRoleArn",
        ],
        StepKind::RegisterModel => &[
            "ModelPackageArn",
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "InferenceSpecification",
            "CreationTime",
        ],
        StepKind::Condition => &["Outcome"],
        StepKind::Fail => &[],
    }
}

/// Refuse steps that wait for each other: take away what can run until nothing is left or nothing can.
fn no_circle(definition: &Definition) -> Result<(), String> {
    let mut waiting: Vec<&Step> = definition.steps.iter().collect();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|step| step.name.as_str()).collect();
        let blocked = |step: &&Step| {
            let parent = step
                .branch
                .as_ref()
                .is_some_and(|(condition, _)| names.contains(condition.as_str()));
            parent || step.needs.iter().any(|need| names.contains(need.as_str()))
        };
        let left: Vec<&Step> = waiting.iter().copied().filter(blocked).collect();
        if left.len() == waiting.len() {
            let names: Vec<_> = left.iter().map(|step| step.name.as_str()).collect();
            return Err(format!("the steps {} wait for each other", names.join(", ")));
        }
        waiting = left;
    }
    Ok(())
}

/// What a value is called in an error: a few characters of it.
pub(super) fn shown(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}
