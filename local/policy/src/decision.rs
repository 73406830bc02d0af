//! What was decided, by which statements, and what would have to change.

use std::{fmt, sync::Arc};

use serde_json::{Value, json};

use crate::{Kind, Request};

/// The outcome of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// `None`: the request is allowed.
    pub denial: Option<Denial>,
    /// The statements that decided: those that allow it, or those that deny it.
    pub by: Vec<StatementId>,
    /// Statements that would have allowed it, had one of their conditions held.
    pub near_misses: Vec<NearMiss>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it, in a policy of this kind.
    Explicit(Kind),
    /// The permissions boundary has a statement that denies it.
    ExplicitInBoundary,
    /// Nothing allows it, and a policy of this kind would have to.
    Implicit(Kind),
    /// The caller's policies allow it, and their permissions boundary does not.
    OutsideBoundary,
}

/// One statement of one policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId {
    pub policy: Arc<str>,
    /// Among the policy's statements, from 0.
    pub index: usize,
    pub sid: Option<Arc<str>>,
}

/// A condition that stood between the request and a statement that speaks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    pub statement: StatementId,
    pub operator: String,
    pub key: String,
    /// The statement's values.
    pub wanted: Value,
    /// The request's values; `None` when it has no such key.
    pub present: Option<Vec<String>>,
}

impl Decision {
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// The statement that would allow the request, ready to paste into a policy of the kind that lacks it. `None`
    /// when it is allowed, or when a statement that denies it would have to go.
    pub fn would_allow(&self, request: &Request<'_>) -> Option<Value> {
        let kind = match self.denial? {
            Denial::Explicit(_) | Denial::ExplicitInBoundary => return None,
            Denial::Implicit(kind) => kind,
            Denial::OutsideBoundary => Kind::Identity,
        };
        let mut statement = json!({ "Effect": "Allow" });
        if kind != Kind::Identity {
            statement["Principal"] = match request.caller {
                crate::Caller::Service(service) => json!({ "Service": service }),
                crate::Caller::Identity { arn, .. } => json!({ "AWS": arn }),
            };
        }
        statement["Action"] = json!(request.action);
        if kind != Kind::Trust {
            statement["Resource"] = json!(request.resource);
        }
        let guard = |key: &str| Some((key.to_owned(), json!(request.context.single(key)?)));
        let guards = ["aws:SourceArn", "aws:SourceAccount"].into_iter().filter_map(guard);
        let guards: serde_json::Map<_, _> = guards.collect();
        // A service acts for anybody who asks it to, so who asked belongs into the statement.
        if kind != Kind::Identity && matches!(request.caller, crate::Caller::Service(_)) && !guards.is_empty() {
            statement["Condition"] = json!({ "StringEquals": guards });
        }
        Some(statement)
    }
}

impl Denial {
    /// How AWS ends the sentence that a caller is not authorized.
    pub fn because(self, action: &str) -> String {
        match self {
            Self::Explicit(kind) => format!("with an explicit deny in {}", one(kind)),
            Self::ExplicitInBoundary => "with an explicit deny in a permissions boundary".into(),
            Self::Implicit(kind) => format!("because no {} policy allows the {action} action", name(kind)),
            Self::OutsideBoundary => format!("because no permissions boundary allows the {action} action"),
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "identity-based",
        Kind::Resource => "resource-based",
        Kind::Trust => "role trust",
    }
}

fn one(kind: Kind) -> String {
    let article = if kind == Kind::Identity { "an" } else { "a" };
    format!("{article} {} policy", name(kind))
}

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "{} of {}", sid, self.policy),
            None => write!(f, "statement {} of {}", self.index + 1, self.policy),
        }
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            statement,
            operator,
            key,
            wanted,
            present,
        } = self;
        write!(f, "{statement} would, but for {operator} {key} {wanted}: ")?;
        match present {
            Some(values) => write!(f, "the request has {}", json!(values)),
            None => write!(f, "the request has no {key}"),
        }
    }
}
