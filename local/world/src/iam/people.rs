//! The people who exist from the start. The operator may do everything, as whoever owns an account may; the others may
//! take on the roles that stacks make for them, and nothing else.

use std::sync::Arc;

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::managed;
use crate::World;

/// `operator` first.
const PEOPLE: [&str; 3] = ["operator", "data-scientist", "approver"];
/// The access key (and its secret) that tools for local AWS use by habit; it is the operator's.
pub(super) const HABITUAL_KEY: &str = "test";

impl World {
    pub(crate) fn create_people(&mut self) {
        for name in PEOPLE {
            let arn = self.person(name);
            let document = if name == PEOPLE[0] {
                managed::administrator()
            } else {
                self.takes_on_a_role(name)
            };
            self.iam.people.insert(arn.clone(), vec![document]);
            self.give_keys(arn);
        }
        let operator = self.person(PEOPLE[0]);
        self.iam.keys.insert(HABITUAL_KEY.into(), operator);
    }

    fn person(&self, name: &str) -> String {
        self.iam_arn("user", "/", name)
    }

    /// Roles called after the person's part, whatever their prefix.
    fn takes_on_a_role(&self, name: &str) -> Arc<Document> {
        let document = json!({ "Version": "2012-10-17", "Statement": {
            "Sid": "TakeOnRole",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": self.iam_arn("role", "/", &format!("*-{name}")),
        } });
        let parsed = Document::parse(&format!("{name}/take-on-role"), Kind::Identity, &document);
        Arc::new(parsed.expect("the policy above is well formed"))
    }

    pub(super) fn list_users(&self) -> Value {
        let users = PEOPLE
            .iter()
            .map(|name| json!({ "UserName": name, "Arn": self.person(name) }));
        json!({ "Users": users.collect::<Vec<_>>(), "IsTruncated": false })
    }
}
