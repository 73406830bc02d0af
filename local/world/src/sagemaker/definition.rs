//! A pipeline definition, read and checked when the pipeline is created, as the service does it.
//!
//! The steps inside a condition are listed beside the others, with the branch they stand in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    definition_checks,
    definition_members::{PropertyFile, list, only, property_files},
    parameters::Parameter,
    pattern::Pattern,
    reference::{self, Reference},
    retries::{self, RetryPolicy},
};
use crate::ApiError;

#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    pub(super) parameters: Vec<Parameter>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) kind: StepKind,
    /// Of a condition: its `Conditions` alone.
    pub(super) arguments: Value,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    /// The steps that must have succeeded: those of `DependsOn` and those that its arguments refer to.
    pub(super) needs: BTreeSet<String>,
    /// The condition it belongs to, and whether it runs when that is true.
    pub(super) branch: Option<(String, bool)>,
    pub(super) property_files: Vec<PropertyFile>,
    pub(super) retries: Vec<RetryPolicy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    Processing,
    Training,
    Transform,
    Model,
    RegisterModel,
    Condition,
    Fail,
}

/// Step types of the language that this world does not run.
const NOT_RUN: [&str; 15] = [
    "QualityCheck",
    "ClarifyCheck",
    "Callback",
    "Lambda",
    "EMR",
    "EMRServerless",
    "Tuning",
    "AutoML",
    "Endpoint",
    "EndpointConfig",
    "InferenceComponent",
    "Athena",
    "Job",
    "HubContent",
    "MonitorBatchTransform",
];

const STEP_MEMBERS: [&str; 9] = [
    "Name",
    "Type",
    "Arguments",
    "DependsOn",
    "PropertyFiles",
    "RetryPolicies",
    "CacheConfig",
    "DisplayName",
    "Description",
];

const TOP_MEMBERS: [&str; 5] = ["Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps"];

impl StepKind {
    fn parse(step: &str, name: &str) -> Result<Self, String> {
        Ok(match name {
            "Processing" => Self::Processing,
            "Training" => Self::Training,
            "Transform" => Self::Transform,
            "Model" | "CreateModel" => Self::Model,
            "RegisterModel" => Self::RegisterModel,
            "Condition" => Self::Condition,
            "Fail" => Self::Fail,
            name if NOT_RUN.contains(&name) => {
                return Err(format!("step '{step}' has the type {name}, which is not run locally"));
            }
            name => return Err(format!("step '{step}' has the unknown type {name}")),
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Processing => "Processing",
            Self::Training => "Training",
            Self::Transform => "Transform",
            Self::Model => "Model",
            Self::RegisterModel => "RegisterModel",
            Self::Condition => "Condition",
            Self::Fail => "Fail",
        }
    }
}

impl Definition {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        Self::read(text)
            .map_err(|problem| ApiError::validation(format!("Unable to parse pipeline definition. {problem}")))
    }

    fn read(text: &str) -> Result<Self, String> {
        let whole: Value = serde_json::from_str(text).map_err(|error| format!("It is no JSON: {error}"))?;
        let members = whole.as_object().ok_or("It is no JSON object")?;
        only("the definition", members.keys(), &TOP_MEMBERS)?;
        match whole["Version"].as_str() {
            Some("2020-12-01") => {}
            _ => return Err(format!("Version must be \"2020-12-01\", not {}", whole["Version"])),
        }
        let mut definition = Self::default();
        for parameter in list(&whole, "Parameters", "the definition")? {
            definition.parameters.push(Parameter::read(parameter)?);
        }
        definition.read_steps(list(&whole, "Steps", "the definition")?, None)?;
        if definition.steps.is_empty() {
            return Err("Steps must have at least one step".into());
        }
        definition_checks::whole(&definition)?;
        Ok(definition)
    }

    fn read_steps(&mut self, steps: &[Value], branch: Option<&(String, bool)>) -> Result<(), String> {
        for value in steps {
            let step = Step::read(value, branch)?;
            let (name, kind) = (step.name.clone(), step.kind);
            self.steps.push(step);
            if kind == StepKind::Condition {
                let arguments = &value["Arguments"];
                self.read_steps(list(arguments, "IfSteps", &name)?, Some(&(name.clone(), true)))?;
                self.read_steps(list(arguments, "ElseSteps", &name)?, Some(&(name, false)))?;
            }
        }
        Ok(())
    }

    pub(super) fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl Step {
    fn read(value: &Value, branch: Option<&(String, bool)>) -> Result<Self, String> {
        let members = value
            .as_object()
            .ok_or_else(|| format!("a step is no JSON object: {value}"))?;
        let name = value["Name"].as_str().ok_or("a step has no Name")?.to_owned();
        if !(1..=64).contains(&name.len()) || !Pattern::StepName.matches(&name) {
            return Err(format!("step '{name}' must have 1 to 64 letters, digits, - and _"));
        }
        let kind = StepKind::parse(&name, value["Type"].as_str().unwrap_or_default())?;
        only(&format!("step '{name}'"), members.keys(), &STEP_MEMBERS)?;
        let mut arguments = value["Arguments"].clone();
        if !arguments.is_object() {
            return Err(format!("step '{name}' has no Arguments"));
        }
        if kind == StepKind::Condition {
            let members = arguments.as_object().into_iter().flat_map(|members| members.keys());
            only(
                &format!("step '{name}'"),
                members,
                &["Conditions", "IfSteps", "ElseSteps"],
            )?;
            arguments = serde_json::json!({"Conditions": list(&arguments, "Conditions", &name)?});
        }
        let mut step = Self {
            kind,
            arguments,
            display_name: value["DisplayName"].as_str().map(str::to_owned),
            description: value["Description"].as_str().map(str::to_owned),
            needs: BTreeSet::new(),
            branch: branch.cloned(),
            property_files: property_files(value, &name)?,
            retries: retries::read(value, &name, kind)?,
            name,
        };
        step.needs = step.find_needs(value)?;
        Ok(step)
    }

    fn find_needs(&self, value: &Value) -> Result<BTreeSet<String>, String> {
        let mut needs = BTreeSet::new();
        for need in list(value, "DependsOn", &self.name)? {
            let need = need
                .as_str()
                .ok_or_else(|| format!("DependsOn of step '{}' must hold names", self.name))?;
            needs.insert(need.to_owned());
        }
        needs.extend(self.references()?.iter().filter_map(Reference::step).map(str::to_owned));
        Ok(needs)
    }

    pub(super) fn references(&self) -> Result<Vec<Reference>, String> {
        let mut found = Vec::new();
        reference::all(&self.arguments, &mut found).map_err(|problem| format!("step '{}': {problem}", self.name))?;
        Ok(found)
    }
}
