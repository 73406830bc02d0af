//! Why a right is there that no story on the local AWS needs.

use super::Right;

pub struct Reason {
    /// As in [`Right`], or `*` for every policy.
    pub policy: &'static str,
    pub statement: &'static str,
    /// Or `*` for every action of the statement.
    pub action: &'static str,
    pub why: &'static str,
}

impl Reason {
    pub(super) fn is_of(&self, right: &Right) -> bool {
        let is = |wanted: &str, have: &str| wanted == "*" || wanted == have;
        is(self.policy, &right.policy) && is(self.statement, &right.statement) && is(self.action, &right.action)
    }
}

pub const REASONS: &[Reason] = &[];
