//! The checker: what must hold, checked on the journal and the stored bytes alone after every entry, and at the end.
//!
//! It knows nothing of the model's or the handlers' own structures: records are read as JSON, keys as text.

pub mod again;
pub mod history;
pub mod liveness;
mod rules_letters;
mod rules_models;
mod rules_runs;
mod rules_safety;

use std::collections::BTreeMap;

use windsock_world::{Entry, World};

pub use history::History;

/// The bytes as they lie in the buckets.
pub trait Stored {
    fn bytes(&self, bucket: &str, key: &str) -> Option<Vec<u8>>;
}

impl Stored for World {
    fn bytes(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.stored(bucket, key)
    }
}

impl Stored for BTreeMap<(String, String), Vec<u8>> {
    fn bytes(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.get(&(bucket.to_owned(), key.to_owned())).cloned()
    }
}

/// One thing that must hold after every entry.
pub struct Rule {
    pub name: &'static str,
    /// In reliability's numbering.
    pub invariant: &'static str,
    pub sentence: &'static str,
    check: fn(&History, &Entry, &mut Vec<String>),
}

/// Every rule, in the order of ARCHITECTURE.md.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all: [&'static [Rule]; 4] = [
        &rules_runs::RULES,
        &rules_models::RULES,
        &rules_letters::RULES,
        &rules_safety::RULES,
    ];
    all.into_iter().flatten()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: &'static str,
    pub what: String,
    pub at: i64,
}

#[derive(Default)]
pub struct Checker {
    pub history: History,
    pub violations: Vec<Violation>,
}

impl Checker {
    pub fn observe(&mut self, entry: &Entry, stored: &dyn Stored) {
        self.history.take(entry, stored);
        let mut broken = Vec::new();
        for rule in rules() {
            (rule.check)(&self.history, entry, &mut broken);
            let at = entry.at;
            let name = rule.name;
            self.violations
                .extend(broken.drain(..).map(|what| Violation { rule: name, what, at }));
        }
    }

    pub fn is_broken(&self) -> bool {
        !self.violations.is_empty()
    }
}
