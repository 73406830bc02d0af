//! A stack: what it was asked for, what it holds, and what happened to it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use windsock_cloudformation::{DeletionPolicy, Values};

use super::{change_sets::ChangeSet, request::Request};
use crate::Millis;

#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) template_body: String,
    pub(super) description: Option<String>,
    pub(super) parameters: IndexMap<String, String>,
    /// Every parameter's value, defaults included, as DescribeStacks shows it.
    pub(super) shown_parameters: IndexMap<String, String>,
    pub(super) tags: Vec<Value>,
    pub(super) capabilities: Vec<String>,
    pub(super) status: Status,
    pub(super) reason: Option<String>,
    pub(super) created_at: Millis,
    pub(super) updated_at: Option<Millis>,
    pub(super) deleted_at: Option<Millis>,
    /// In the order they were made.
    pub(super) resources: IndexMap<String, Held>,
    pub(super) outputs: Vec<Value>,
    /// Oldest first.
    pub(super) events: Vec<Event>,
    /// By name.
    pub(super) change_sets: IndexMap<String, ChangeSet>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    ReviewInProgress,
    CreateComplete,
    CreateFailed,
    RollbackComplete,
    UpdateComplete,
    UpdateFailed,
    UpdateRollbackComplete,
    UpdateRollbackFailed,
    DeleteComplete,
    DeleteFailed,
    DeleteSkipped,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::CreateFailed => "CREATE_FAILED",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteSkipped => "DELETE_SKIPPED",
        }
    }

    pub(super) fn can_be_updated(self) -> bool {
        matches!(
            self,
            Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete
        )
    }
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) kind: String,
    pub(super) properties: Map<String, Value>,
    pub(super) made: Made,
    pub(super) deletion_policy: DeletionPolicy,
    pub(super) status: Status,
    pub(super) at: Millis,
}

/// What creating a resource gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Made {
    /// What `Ref` gives, and what the resource is called by.
    pub(super) physical_id: String,
    /// What `Fn::GetAtt` gives.
    pub(super) attributes: BTreeMap<String, Value>,
}

impl Made {
    pub(super) fn named(physical_id: impl Into<String>) -> Self {
        Self {
            physical_id: physical_id.into(),
            attributes: BTreeMap::new(),
        }
    }

    pub(super) fn with(mut self, attribute: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(attribute.to_owned(), value.into());
        self
    }
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) at: Millis,
    pub(super) logical_id: String,
    pub(super) physical_id: String,
    pub(super) kind: String,
    pub(super) status: Status,
    pub(super) reason: Option<String>,
}

impl Stack {
    pub(super) fn new(id: String, request: &Request, now: Millis) -> Self {
        let mut stack = Self {
            id,
            name: request.name.clone(),
            template_body: String::new(),
            description: None,
            parameters: IndexMap::new(),
            shown_parameters: IndexMap::new(),
            tags: Vec::new(),
            capabilities: Vec::new(),
            status: Status::CreateComplete,
            reason: None,
            created_at: now,
            updated_at: None,
            deleted_at: None,
            resources: IndexMap::new(),
            outputs: Vec::new(),
            events: Vec::new(),
            change_sets: IndexMap::new(),
        };
        stack.take(request);
        stack
    }

    /// Remember what was asked for.
    pub(super) fn take(&mut self, request: &Request) {
        self.template_body = request.template_body.clone();
        self.description = request.template.description.clone();
        self.parameters = request.parameters.clone();
        self.shown_parameters = request
            .bound
            .iter()
            .map(|(name, value)| (name.clone(), shown(value)))
            .collect();
        for (name, parameter) in &request.template.parameters {
            if parameter.secret {
                self.shown_parameters.insert(name.clone(), "****".to_owned());
            }
        }
        self.tags = request.tags.clone();
        self.capabilities = request.capabilities.clone();
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl Values for Stack {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        self.resources
            .get(logical_id)
            .map(|held| held.made.physical_id.clone().into())
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        self.resources.get(logical_id)?.made.attributes.get(attribute).cloned()
    }
}
