//! The form of the services' tables: what IAM action an operation needs, on which resources, with which keys.
//!
//! They follow AWS's Service Authorization Reference. Each stands beside its service's model, as `permissions.rs`.

use std::borrow::Cow;

use serde_json::Value;

use crate::World;

/// Condition keys of a call, with their values.
pub(crate) type Keys = Vec<(Cow<'static, str>, Vec<String>)>;

/// One operation.
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    /// Empty: the service's action of the operation's own name.
    action: &'static str,
    /// ARNs, each of which the action is needed on; `*` where the action knows no resource.
    resources: fn(&World, &Value) -> Vec<String>,
    keys: fn(&World, &Value) -> Keys,
    /// Other actions that the same call needs, such as `iam:PassRole`.
    also: &'static [fn(&World, &Value) -> Vec<Need>],
}

/// One action on one resource that somebody has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) action: Cow<'static, str>,
    pub(crate) resource: String,
    pub(crate) keys: Keys,
}

pub(crate) const fn row(operation: &'static str, resources: fn(&World, &Value) -> Vec<String>) -> Row {
    Row {
        operation,
        action: "",
        resources,
        keys: no_keys,
        also: &[],
    }
}

impl Row {
    /// An action that is not called like the operation.
    pub(crate) const fn by(mut self, action: &'static str) -> Self {
        self.action = action;
        self
    }

    pub(crate) const fn keys(mut self, keys: fn(&World, &Value) -> Keys) -> Self {
        self.keys = keys;
        self
    }

    pub(crate) const fn also(mut self, also: &'static [fn(&World, &Value) -> Vec<Need>]) -> Self {
        self.also = also;
        self
    }

    pub(crate) fn needs(&self, world: &World, service: &str, input: &Value) -> Vec<Need> {
        let action = if self.action.is_empty() {
            Cow::Owned(format!("{service}:{}", self.operation))
        } else {
            Cow::Borrowed(self.action)
        };
        let mut keys = (self.keys)(world, input);
        keys.extend(request_tags(input));
        let resources = (self.resources)(world, input).into_iter();
        let mut needs: Vec<Need> = resources
            .map(|resource| Need {
                action: action.clone(),
                resource,
                keys: keys.clone(),
            })
            .collect();
        needs.extend(self.also.iter().flat_map(|also| also(world, input)));
        needs
    }
}

impl Need {
    pub(crate) fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            keys: Keys::new(),
        }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.keys.push((key.into(), vec![value.into()]));
        self
    }
}

/// For actions that are not about any resource.
pub(crate) fn anything(_: &World, _: &Value) -> Vec<String> {
    vec!["*".into()]
}

/// For calls whose needs are all in `also`.
pub(crate) fn nothing(_: &World, _: &Value) -> Vec<String> {
    Vec::new()
}

fn no_keys(_: &World, _: &Value) -> Keys {
    Keys::new()
}

/// A key from a member of the input, if it is given.
pub(crate) fn key_of(input: &Value, key: &'static str, member: &str) -> Keys {
    let value = input[member].as_str();
    value
        .map(|value| (key.into(), vec![value.to_owned()]))
        .into_iter()
        .collect()
}

/// Handing a role to a service, which takes it on.
pub(crate) fn pass_role(role: &Value, service: &'static str) -> Vec<Need> {
    let role = role.as_str().filter(|role| !role.is_empty());
    role.map(|role| Need::new("iam:PassRole", role).with("iam:PassedToService", service))
        .into_iter()
        .collect()
}

/// Tags that a request sets, as lists of Key and Value or as a map.
fn request_tags(input: &Value) -> Keys {
    let given = ["Tags", "tags"].iter().find_map(|member| input.get(*member));
    let tags: Vec<(String, String)> = match given {
        Some(Value::Array(tags)) => {
            let text = |tag: &Value, member: &str| tag[member].as_str().unwrap_or_default().to_owned();
            tags.iter().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect()
        }
        Some(Value::Object(tags)) => tags
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        _ => return Keys::new(),
    };
    let names = tags.iter().map(|(key, _)| key.clone()).collect();
    let each = tags
        .iter()
        .map(|(key, value)| (Cow::Owned(format!("aws:RequestTag/{key}")), vec![value.clone()]));
    let mut keys: Keys = each.collect();
    keys.push(("aws:TagKeys".into(), names));
    keys
}

/// The table of a service; `None` where this world has no such service. Objects of S3 have `s3::object_needs`.
pub(crate) fn table(service: &str) -> Option<&'static [Row]> {
    match service {
        "s3" => Some(crate::s3::PERMISSIONS),
        "sqs" => Some(crate::sqs::PERMISSIONS),
        "sns" => Some(crate::sns::PERMISSIONS),
        "events" => Some(crate::events::PERMISSIONS),
        "scheduler" => Some(crate::scheduler::PERMISSIONS),
        "cloudwatch" => Some(crate::cloudwatch::PERMISSIONS),
        "lambda" => Some(crate::lambda::PERMISSIONS),
        "iam" => Some(crate::iam::PERMISSIONS),
        "sts" => Some(crate::iam::STS_PERMISSIONS),
        "logs" => Some(crate::logs::PERMISSIONS),
        "sagemaker" => Some(crate::sagemaker::PERMISSIONS),
        "cloudformation" => Some(crate::cloudformation::PERMISSIONS),
        "cloudtrail" => Some(crate::cloudtrail::PERMISSIONS),
        _ => None,
    }
}

/// What a call needs; `None` when its service or operation has no row.
pub(crate) fn needs(world: &World, service: &str, operation: &str, input: &Value) -> Option<Vec<Need>> {
    let mut rows = table(service)?.iter();
    let row = rows.find(|row| row.operation == operation)?;
    Some(row.needs(world, service, input))
}
