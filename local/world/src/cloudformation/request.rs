//! What CreateStack and UpdateStack are asked for: a template, parameters, and the capabilities acknowledged.

use indexmap::IndexMap;
use serde_json::Value;
use windsock_cloudformation::Template;

use super::{stack::Stack, validation_error};
use crate::{ApiError, input::Members};

pub(super) struct Request {
    pub(super) name: String,
    pub(super) template_body: String,
    /// With transforms applied.
    pub(super) template: Template,
    /// As given; defaults are in `bound`.
    pub(super) parameters: IndexMap<String, String>,
    /// What `Ref` gives for each parameter.
    pub(super) bound: IndexMap<String, Value>,
    pub(super) tags: Vec<Value>,
    pub(super) capabilities: Vec<String>,
}

const MEMBERS: [&str; 12] = [
    "StackName",
    "TemplateBody",
    "UsePreviousTemplate",
    "Parameters",
    "Capabilities",
    "Tags",
    // These have no effect in a world that creates at once and asks nobody.
    "ClientRequestToken",
    "TimeoutInMinutes",
    "OnFailure",
    "DisableRollback",
    "EnableTerminationProtection",
    "NotificationARNs",
];

impl Request {
    pub(super) fn read(members: Members, previous: Option<&Stack>) -> Result<Self, ApiError> {
        members
            .only(&MEMBERS)
            .map_err(|error| validation_error(error.message))?;
        let name = stack_name(members, previous)?;
        let template_body = match (members.text("TemplateBody")?, previous) {
            (Some(body), _) => body.to_owned(),
            (None, Some(stack)) if members.flag("UsePreviousTemplate")? == Some(true) => stack.template_body.clone(),
            (None, _) => {
                return Err(validation_error(
                    "Either Template URL or Template Body must be specified.",
                ));
            }
        };
        let format_error =
            |error: windsock_cloudformation::Error| validation_error(format!("Template format error: {error}"));
        let written = Template::parse(&template_body).map_err(format_error)?;
        let template = written.expanded().map_err(format_error)?;
        let capabilities = members.texts("Capabilities")?;
        check_capabilities(&capabilities_needed(&written, &template), &capabilities)?;
        let parameters = parameters(members, previous)?;
        let bound = template
            .bind(&parameters)
            .map_err(|error| validation_error(error.message))?;
        let tags = members.list("Tags")?.to_vec();
        Ok(Self {
            name,
            template_body,
            template,
            parameters,
            bound,
            tags,
            capabilities,
        })
    }
}

fn stack_name(members: Members, previous: Option<&Stack>) -> Result<String, ApiError> {
    if let Some(stack) = previous {
        return Ok(stack.name.clone());
    }
    let name = members
        .required("StackName")
        .map_err(|error| validation_error(error.message))?;
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins_well && name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(name.to_owned());
    }
    Err(validation_error(format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

fn parameters(members: Members, previous: Option<&Stack>) -> Result<IndexMap<String, String>, ApiError> {
    let mut given = IndexMap::new();
    for parameter in members.list("Parameters")? {
        let parameter = Members::of(parameter).only(&["ParameterKey", "ParameterValue", "UsePreviousValue"])?;
        let key = parameter.required("ParameterKey")?;
        let value = match (parameter.text("ParameterValue")?, previous) {
            (Some(value), _) => Some(value.to_owned()),
            (None, Some(stack)) if parameter.flag("UsePreviousValue")? == Some(true) => {
                // A parameter that had its default has it still.
                stack.parameters.get(key).cloned()
            }
            (None, _) => return Err(validation_error(format!("Parameter {key} has no ParameterValue"))),
        };
        given.extend(value.map(|value| (key.to_owned(), value)));
    }
    Ok(given)
}

/// What a person must acknowledge before this template is created.
pub(super) fn capabilities_needed(written: &Template, expanded: &Template) -> Vec<&'static str> {
    let mut needed = Vec::new();
    let mut roles = expanded
        .resources
        .values()
        .filter(|resource| resource.kind.starts_with("AWS::IAM::"))
        .peekable();
    if roles.peek().is_some() {
        let named = |name: &str| name == "RoleName" || name == "ManagedPolicyName";
        let named = roles.any(|role| role.properties.keys().any(|name| named(name)));
        needed.push(if named {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        });
    }
    if !written.transform.is_empty() {
        needed.push("CAPABILITY_AUTO_EXPAND");
    }
    needed
}

fn check_capabilities(needed: &[&str], given: &[String]) -> Result<(), ApiError> {
    let has = |capability: &str| given.iter().any(|given| given == capability);
    let acknowledged = |needed: &str| match needed {
        // CAPABILITY_NAMED_IAM includes CAPABILITY_IAM.
        "CAPABILITY_IAM" => has("CAPABILITY_IAM") || has("CAPABILITY_NAMED_IAM"),
        other => has(other),
    };
    let lacking: Vec<&str> = needed.iter().copied().filter(|needed| !acknowledged(needed)).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let message = format!("Requires capabilities : [{}]", lacking.join(", "));
    Err(ApiError::new(400, "InsufficientCapabilitiesException", message))
}
