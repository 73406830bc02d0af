//! IAM's policy language: documents are read and checked, requests are decided, and a refusal says what would allow it.
//!
//! A [`Document`] is read once ([`Document::parse`] refuses what IAM would refuse, with a sentence) and then asked as
//! often as one likes: [`evaluate`] follows AWS's order of evaluation. It only decides. Who has which policies, and
//! what a call of a service needs, is for whoever holds the resources (`local/world`).

mod action;
mod arn;
mod condition;
mod context;
mod decision;
mod document;
mod evaluate;
mod operand;
mod principal;
mod statement;
mod wildcard;

pub use context::Context;
pub use decision::{Decision, Denial, NearMiss, StatementId};
pub use document::{Document, Kind};
pub use evaluate::{Policies, Request, evaluate};
pub use principal::Caller;
pub use statement::Effect;
pub use wildcard::Pattern;

/// Why a document is refused: one sentence that names the statement and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
