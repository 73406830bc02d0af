//! One statement: whom, what and which resources it speaks of, and under which conditions.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    Context, Kind, Malformed, Pattern, action::Actions, condition::Condition, principal::Principals, wildcard::Reading,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    /// Only in the policies of resources and roles.
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Actions,
    /// Its Action as written; empty where it has a NotAction.
    pub(crate) listed: Vec<Arc<str>>,
    pub(crate) resources: Resources,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resources {
    /// `None`: the one resource that the policy belongs to.
    patterns: Option<Vec<Pattern>>,
    /// NotResource: all but these.
    negated: bool,
}

impl Resources {
    pub(crate) fn include(&self, arn: &str, context: &Context) -> bool {
        let Some(patterns) = &self.patterns else { return true };
        let among = patterns.iter().any(|pattern| pattern.matches_as_is(arn, context));
        among != self.negated
    }
}

const MEMBERS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Statement {
    /// `variables`: whether the document's version knows policy variables.
    pub(crate) fn read(kind: Kind, value: &Value, variables: bool) -> Result<Self, Malformed> {
        let members = value
            .as_object()
            .ok_or_else(|| Malformed::new(format!("is {value}, not an object")))?;
        if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(Malformed::new(format!(
                "has a member `{unknown}` that is none of {}",
                MEMBERS.join(", ")
            )));
        }
        let conditions = match members.get("Condition") {
            Some(conditions) => Condition::read_all(conditions, variables)?,
            None => Vec::new(),
        };
        Ok(Self {
            sid: sid(kind, members)?,
            effect: effect(members)?,
            principals: principals(kind, members)?,
            actions: actions(members)?,
            listed: listed(members),
            resources: resources(kind, members, variables)?,
            conditions,
        })
    }

    /// The first condition that does not hold.
    pub(crate) fn failing(&self, context: &Context) -> Option<&Condition> {
        self.conditions.iter().find(|condition| !condition.holds(context))
    }
}

fn listed(members: &Map<String, Value>) -> Vec<Arc<str>> {
    let texts = match members.get("Action") {
        Some(Value::Array(texts)) => texts.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    texts.iter().filter_map(Value::as_str).map(Into::into).collect()
}

fn sid(kind: Kind, members: &Map<String, Value>) -> Result<Option<Arc<str>>, Malformed> {
    let Some(sid) = members.get("Sid") else { return Ok(None) };
    let sid = sid
        .as_str()
        .ok_or_else(|| Malformed::new(format!("has the Sid {sid}, which is no text")))?;
    let plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if kind == Kind::Identity && !plain {
        return Err(Malformed::new(format!(
            "has the Sid `{sid}`; in policies of people and roles a Sid has letters and digits alone"
        )));
    }
    // An empty one names nothing.
    Ok(Some(sid).filter(|sid| !sid.is_empty()).map(Into::into))
}

fn effect(members: &Map<String, Value>) -> Result<Effect, Malformed> {
    match members.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err(Malformed::new("needs an Effect, which is Allow or Deny")),
    }
}

fn principals(kind: Kind, members: &Map<String, Value>) -> Result<Option<Principals>, Malformed> {
    match (either(members, "Principal", "NotPrincipal")?, kind) {
        (None, Kind::Identity) => Ok(None),
        (Some(_), Kind::Identity) => Err(Malformed::new(
            "names a Principal, which a policy of a person or role does not: it is whoever has the policy",
        )),
        (Some((value, negated)), _) => Principals::read(value, negated).map(Some),
        (None, _) => Err(Malformed::new("needs a Principal: who is allowed or denied")),
    }
}

fn actions(members: &Map<String, Value>) -> Result<Actions, Malformed> {
    let (value, negated) =
        either(members, "Action", "NotAction")?.ok_or_else(|| Malformed::new("needs an Action or a NotAction"))?;
    Actions::read(&texts("Action", value)?, negated)
}

fn resources(kind: Kind, members: &Map<String, Value>, variables: bool) -> Result<Resources, Malformed> {
    let reading = Reading {
        wildcards: true,
        variables,
        folded: false,
    };
    match (either(members, "Resource", "NotResource")?, kind) {
        (None, Kind::Trust) => Ok(Resources {
            patterns: None,
            negated: false,
        }),
        (Some(_), Kind::Trust) => Err(Malformed::new(
            "names a Resource, which a trust policy does not: it is the role that has the policy",
        )),
        (None, _) => Err(Malformed::new("needs a Resource or a NotResource")),
        (Some((value, negated)), _) => {
            let texts = texts("Resource", value)?;
            if let Some(wrong) = texts.iter().find(|text| **text != "*" && !text.starts_with("arn:")) {
                return Err(Malformed::new(format!(
                    "has the resource `{wrong}`, which is not `*` and no ARN"
                )));
            }
            let patterns = texts.into_iter().map(|text| Pattern::read(text, reading));
            Ok(Resources {
                patterns: Some(patterns.collect::<Result<_, _>>()?),
                negated,
            })
        }
    }
}

/// The one of two members that is there, and whether it is the second.
fn either<'a>(members: &'a Map<String, Value>, one: &str, other: &str) -> Result<Option<(&'a Value, bool)>, Malformed> {
    match (members.get(one), members.get(other)) {
        (Some(_), Some(_)) => Err(Malformed::new(format!(
            "has both {one} and {other}, of which one is right"
        ))),
        (Some(value), None) => Ok(Some((value, false))),
        (None, Some(value)) => Ok(Some((value, true))),
        (None, None) => Ok(None),
    }
}

/// A text, or a list of at least one.
fn texts<'a>(member: &str, value: &'a Value) -> Result<Vec<&'a str>, Malformed> {
    let listed = match value {
        Value::Array(listed) => listed.iter().map(Value::as_str).collect::<Option<Vec<_>>>(),
        Value::String(one) => Some(vec![one.as_str()]),
        _ => None,
    };
    listed
        .filter(|listed| !listed.is_empty())
        .ok_or_else(|| Malformed::new(format!("needs a text or a list of texts in {member}, not {value}")))
}
