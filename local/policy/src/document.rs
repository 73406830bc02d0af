//! Policy documents: read once, checked as IAM checks them, and named so that a decision can name them.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use crate::{Effect, Malformed, StatementId, statement::Statement};

/// What a document belongs to, which says what its statements must and must not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person's or role's: what they may do. Permissions boundaries are of this kind too.
    Identity,
    /// A bucket's, queue's, topic's or function's: who may do what with it.
    Resource,
    /// A role's: who may assume it.
    Trust,
}

/// A policy document that can be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    name: Arc<str>,
    kind: Kind,
    pub(crate) statements: Vec<Statement>,
}

/// The version whose documents know policy variables.
const VERSION: &str = "2012-10-17";
const OLD_VERSION: &str = "2008-10-17";

impl Document {
    /// Reads a document that is called `name` in what decisions say.
    pub fn parse(name: &str, kind: Kind, document: &Value) -> Result<Self, Malformed> {
        let members = document
            .as_object()
            .ok_or_else(|| Malformed::new(format!("The policy {name} is no JSON object")))?;
        let unknown = |member: &&String| !["Version", "Id", "Statement"].contains(&member.as_str());
        if let Some(unknown) = members.keys().find(unknown) {
            return Err(Malformed::new(format!(
                "The policy {name} has a member `{unknown}` that is none of Version, Id, Statement"
            )));
        }
        let variables = match members.get("Version") {
            None => false,
            Some(version) if version == OLD_VERSION => false,
            Some(version) if version == VERSION => true,
            Some(other) => {
                return Err(Malformed::new(format!(
                    "The policy {name} has the Version {other}, which is neither \"{VERSION}\" nor \"{OLD_VERSION}\""
                )));
            }
        };
        let listed = match members.get("Statement") {
            Some(Value::Array(listed)) if !listed.is_empty() => listed.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            _ => {
                return Err(Malformed::new(format!(
                    "The policy {name} needs a Statement, or a list of at least one"
                )));
            }
        };
        let mut statements = Vec::with_capacity(listed.len());
        for (index, statement) in listed.iter().enumerate() {
            let read = Statement::read(kind, statement, variables);
            statements.push(read.map_err(|Malformed(reason)| {
                let called = called(statement["Sid"].as_str(), index);
                Malformed::new(format!("{called} of the policy {name}: {reason}"))
            })?);
        }
        let mut sids = BTreeSet::new();
        let mut named = statements.iter().filter_map(|statement| statement.sid.as_deref());
        if let Some(twice) = named.find(|sid| !sids.insert(*sid)) {
            return Err(Malformed::new(format!(
                "The policy {name} has two statements with the Sid `{twice}`"
            )));
        }
        let name = name.into();
        Ok(Self { name, kind, statements })
    }

    /// The same for a document that is a text of JSON.
    pub fn parse_text(name: &str, kind: Kind, text: &str) -> Result<Self, Malformed> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| Malformed::new(format!("The policy {name} is not JSON: {error}")))?;
        Self::parse(name, kind, &document)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every statement with its effect and its actions as written, in order.
    pub fn statements(&self) -> impl Iterator<Item = (StatementId, Effect, &[Arc<str>])> + '_ {
        let statements = self.statements.iter().enumerate();
        statements.map(|(index, statement)| (self.id(index), statement.effect, statement.listed.as_slice()))
    }

    /// What a decision calls one of the statements.
    pub(crate) fn id(&self, index: usize) -> StatementId {
        let sid = self.statements.get(index).and_then(|statement| statement.sid.clone());
        StatementId {
            policy: self.name.clone(),
            index,
            sid,
        }
    }
}

fn called(sid: Option<&str>, index: usize) -> String {
    match sid {
        Some(sid) if !sid.is_empty() => format!("Statement {} (Sid `{sid}`)", index + 1),
        _ => format!("Statement {}", index + 1),
    }
}
