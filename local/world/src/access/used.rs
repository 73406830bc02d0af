//! Which statements decided something: least privilege has two sides, and this is the report of what is too much.

use std::collections::{BTreeMap, BTreeSet};

use windsock_policy::{Decision, Document, Effect, StatementId};

use crate::World;

/// The actions that each statement decided, since the world was made or opened.
#[derive(Debug, Default, Clone)]
pub(super) struct Used(BTreeMap<StatementId, BTreeSet<String>>);

/// One statement of a policy that somebody or something has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementUse {
    /// Its policy is named with its owner: `windsock-notify/notify`, `bucket windsock-work-...`, `windsock-notify/trust`.
    pub statement: StatementId,
    pub effect: Effect,
    /// The actions that it speaks of, as written: some may have a wildcard.
    pub listed: Vec<String>,
    /// The actions that it allowed or denied. None: nobody ever needed it.
    pub actions: BTreeSet<String>,
}

impl Used {
    pub(super) fn note(&mut self, decision: &Decision, action: &str) {
        for statement in &decision.by {
            match self.0.get_mut(statement) {
                Some(actions) if actions.contains(action) => {}
                Some(actions) => drop(actions.insert(action.to_owned())),
                None => drop(self.0.insert(statement.clone(), BTreeSet::from([action.to_owned()]))),
            }
        }
    }
}

impl World {
    /// Every statement of every policy that there is now, with what it decided. Only an enforcing world decides.
    pub fn statements(&self) -> Vec<StatementUse> {
        let used = self.access.used.borrow();
        let mut statements = Vec::new();
        let mut tell = |document: &Document| {
            for (statement, effect, listed) in document.statements() {
                let actions = used.0.get(&statement).cloned().unwrap_or_default();
                statements.push(StatementUse {
                    statement,
                    effect,
                    listed: listed.iter().map(ToString::to_string).collect(),
                    actions,
                });
            }
        };
        self.iam.documents().for_each(|document| tell(document));
        let of_resources = self.s3.policies().chain(self.sqs.policies());
        let of_resources = of_resources.chain(self.sns.policies()).chain(self.lambda.policies());
        of_resources.for_each(|document| tell(&document));
        statements
    }

    /// Statements that allow what nobody did. A deny that was never needed is no excess.
    pub fn statements_never_used(&self) -> Vec<StatementUse> {
        let mut statements = self.statements();
        statements.retain(|statement| statement.effect == Effect::Allow && statement.actions.is_empty());
        statements
    }
}
