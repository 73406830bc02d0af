//! The values of expressions in an execution: parameters, variables, properties of steps, joins, property files.

use serde_json::{Map, Value};

use super::{
    definition_checks::shown,
    executions::Execution,
    paths::{self, Segment},
    pattern::s3_uri,
    reference::Reference,
};
use crate::{World, input::rfc3339};

/// Where an expression stands: in an execution, in a step that will start a job of this name.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) world: &'a World,
    pub(super) execution: &'a Execution,
    pub(super) job_name: &'a str,
}

impl Scope<'_> {
    /// The value with every expression in it resolved. An error says why the step cannot run.
    pub(super) fn evaluate(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.evaluate(item)).collect(),
            Value::Object(members) => match members.iter().next() {
                Some((name, Value::String(get))) if name == "Get" && members.len() == 1 => self.get(get),
                Some((name, join)) if name == "Std:Join" && members.len() == 1 => self.join(join),
                Some((name, query)) if name == "Std:JsonGet" && members.len() == 1 => self.json_get(query),
                _ => self.members(members),
            },
            other => Ok(other.clone()),
        }
    }

    fn members(&self, members: &Map<String, Value>) -> Result<Value, String> {
        let members = members
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.evaluate(value)?)));
        members.collect::<Result<_, String>>().map(Value::Object)
    }

    fn get(&self, get: &str) -> Result<Value, String> {
        match Reference::parse(get)? {
            Reference::Parameter(name) => {
                let value = self.execution.parameters.get(&name);
                value
                    .cloned()
                    .ok_or_else(|| format!("the parameter '{name}' does not exist"))
            }
            Reference::Execution(name) => Ok(Value::String(self.variable(&name))),
            Reference::Property { step, path } => {
                let properties = self.execution.step(&step).map(|step| &step.properties);
                let value = properties.and_then(|properties| paths::pick(properties, &path));
                value
                    .cloned()
                    .ok_or_else(|| format!("'{get}' has no value: the step '{step}' has no such property"))
            }
            Reference::PropertyFile { .. } => Err(format!("'{get}' is a file, and can only be read with Std:JsonGet")),
        }
    }

    fn variable(&self, name: &str) -> String {
        let execution = self.execution;
        match name {
            "PipelineName" => execution.pipeline.clone(),
            "PipelineArn" => execution.pipeline_arn.clone(),
            "PipelineExecutionId" => execution.id.clone(),
            "PipelineExecutionArn" => execution.arn.clone(),
            "StartDateTime" => rfc3339(execution.created),
            "CurrentDateTime" => rfc3339(self.world.now),
            _ => self.job_name.to_owned(),
        }
    }

    fn join(&self, join: &Value) -> Result<Value, String> {
        let on = join["On"].as_str().unwrap_or_default();
        let parts = join["Values"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| match self.evaluate(part)? {
                Value::String(text) => Ok(text),
                other @ (Value::Number(_) | Value::Bool(_)) => Ok(other.to_string()),
                other => Err(format!("Std:Join cannot join {}", shown(&other))),
            });
        Ok(Value::String(parts.collect::<Result<Vec<_>, String>>()?.join(on)))
    }

    /// A value in a JSON file in S3: a property file of a step, or any object.
    fn json_get(&self, query: &Value) -> Result<Value, String> {
        let uri = match query.get("PropertyFile") {
            Some(file) => self.property_file(file)?,
            None => match self.evaluate(&query["S3Uri"])? {
                Value::String(uri) => uri,
                other => return Err(format!("Std:JsonGet cannot read {}", shown(&other))),
            },
        };
        let path = query["Path"].as_str().ok_or("Std:JsonGet has no Path")?;
        let (bucket, key) = s3_uri(&uri).ok_or_else(|| format!("Std:JsonGet cannot read '{uri}'"))?;
        let bytes = self.world.read_object(bucket, key);
        let bytes = bytes.ok_or_else(|| format!("Unable to read the property file {uri}: it does not exist"))?;
        let whole: Value = serde_json::from_slice(&bytes)
            .map_err(|error| format!("Unable to parse the property file {uri}: {error}"))?;
        let found = paths::pick(&whole, &paths::parse(path)?).cloned();
        found.ok_or_else(|| format!("The path '{path}' does not exist in the property file {uri}"))
    }

    fn property_file(&self, file: &Value) -> Result<String, String> {
        let get = file["Get"]
            .as_str()
            .ok_or_else(|| format!("Std:JsonGet has the PropertyFile {}", shown(file)))?;
        let Reference::PropertyFile { step, file } = Reference::parse(get)? else {
            return Err(format!("'{get}' is no property file"));
        };
        let defined = self
            .execution
            .definition
            .step(&step)
            .into_iter()
            .flat_map(|step| &step.property_files);
        let declared = defined.into_iter().find(|known| known.name == file);
        let declared = declared.ok_or_else(|| format!("the step '{step}' has no property file '{file}'"))?;
        let output = [
            Segment::Name("ProcessingOutputConfig".into()),
            Segment::Name("Outputs".into()),
            Segment::Name(declared.output.clone()),
            Segment::Name("S3Output".into()),
            Segment::Name("S3Uri".into()),
        ];
        let properties = self.execution.step(&step).map(|step| &step.properties);
        let folder = properties
            .and_then(|properties| paths::pick(properties, &output))
            .and_then(Value::as_str);
        let folder = folder.ok_or_else(|| format!("the step '{step}' has no output '{}'", declared.output))?;
        Ok(format!("{}/{}", folder.trim_end_matches('/'), declared.path))
    }
}
