//! IAM and STS: people, roles with their policies, and who is behind an access key.
//!
//! Every role that was created, and every person, has one pair of credentials, which is a function of the account and
//! the ARN alone. Documents are read when they arrive, so that what cannot be read is refused then; what they allow is
//! decided in `access`.

mod customer_managed;
mod managed;
mod people;
mod permissions;
mod roles;
mod sts;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use windsock_policy::{Document, Kind};

pub(crate) use permissions::{PERMISSIONS, STS_PERMISSIONS};
pub(crate) use sts::session_arn;

use crate::{
    ApiError, Caller, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    roles: BTreeMap<String, roles::Role>,
    /// What people may do, by their ARN.
    people: BTreeMap<String, Vec<Arc<Document>>>,
    managed: customer_managed::Policies,
    /// Access key id to ARN.
    keys: BTreeMap<String, String>,
}

impl State {
    /// The policies of a person or a role, and the boundary around them.
    pub(crate) fn policies_of(&self, arn: &str) -> (Vec<Arc<Document>>, Option<Arc<Document>>) {
        if let Some(own) = self.people.get(arn) {
            return (own.clone(), None);
        }
        let Some(role) = self.role_of(arn) else {
            return (Vec::new(), None);
        };
        let attached = role.attached.iter().filter_map(|arn| self.managed_document(arn));
        let own = role.documents.values().cloned().chain(attached).collect();
        // A boundary that nobody knows lets nothing through.
        let boundary = role.boundary.as_deref();
        (
            own,
            boundary.map(|arn| self.managed_document(arn).unwrap_or_else(managed::nothing)),
        )
    }

    pub(crate) fn trust_of(&self, arn: &str) -> Option<&Arc<Document>> {
        self.role_of(arn)?.trust.as_ref()
    }

    /// Every document there is, for the report of what was used.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        let of_roles = self.roles.values();
        let of_roles = of_roles.flat_map(|role| role.documents.values().chain(role.trust.as_ref()));
        self.people
            .values()
            .flatten()
            .chain(of_roles)
            .chain(self.managed.documents())
    }

    fn is_attached(&self, policy: &str) -> bool {
        let mut attached = self.roles.values().flat_map(|role| &role.attached);
        attached.any(|arn| arn == policy)
    }

    fn role_of(&self, arn: &str) -> Option<&roles::Role> {
        let (_, path) = arn.split_once(":role/")?;
        let role = self.roles.get(path.rsplit('/').next()?)?;
        (role.arn == arn).then_some(role)
    }
}

/// The credentials (access key id, secret) of a role or person in an account: whoever knows both knows them, and
/// they open nothing but a local AWS.
pub fn credentials_of(account: &str, arn: &str) -> (String, String) {
    let digest = hex::encode(Sha256::digest(format!("credentials/{account}/{arn}")));
    let kind = if arn.contains(":user/") { "AKIA" } else { "ASIA" };
    (
        format!("{kind}{}", digest[..16].to_uppercase()),
        digest[16..56].to_owned(),
    )
}

impl World {
    fn give_keys(&mut self, arn: String) {
        let (key, _) = self.credentials(&arn);
        self.iam.keys.insert(key, arn);
    }

    /// The identity behind an access key id, and its secret. Roles of functions, of jobs, and people each have one.
    pub fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        let arn = self.iam.keys.get(access_key_id)?.clone();
        let secret = match access_key_id {
            people::HABITUAL_KEY => people::HABITUAL_KEY.to_owned(),
            _ => self.credentials(&arn).1,
        };
        Some((Caller { arn }, secret))
    }

    /// The credentials (access key id, secret) for a role's or person's ARN; deterministic.
    pub fn credentials(&self, arn: &str) -> (String, String) {
        credentials_of(self.account(), arn)
    }

    /// `arn:aws:iam::<account>:<kind><path><name>`.
    pub(crate) fn iam_arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{}:{kind}{path}{name}", self.account())
    }

    /// The ARN of a role that there is.
    pub(crate) fn role_arn(&self, name: &str) -> Option<String> {
        self.iam.roles.get(name).map(|role| role.arn.clone())
    }

    pub(crate) fn iam_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "CreateRole" => return self.create_role(members),
            "ListRoles" => {
                let roles: Vec<_> = self.iam.roles.values().map(|role| &role.shown).collect();
                return Ok(json!({ "Roles": roles, "IsTruncated": false }));
            }
            "ListUsers" => return Ok(self.list_users()),
            _ if customer_managed::OPERATIONS.contains(&operation) => {
                return self.managed_policy_call(operation, members);
            }
            "AttachRolePolicy" => self.check_managed(members.required("PolicyArn")?)?,
            "PutRolePermissionsBoundary" => self.check_managed(members.required("PermissionsBoundary")?)?,
            _ => {}
        }
        let name = members.required("RoleName")?;
        if operation == "DeleteRole" {
            return self.delete_role(name);
        }
        let role = self.iam.roles.get_mut(name).ok_or_else(|| no_such_role(name))?;
        role.call(operation, members)
    }
}

/// A document of a call, which is a text of JSON or the object itself.
fn read(name: &str, kind: Kind, document: &Value) -> Result<Arc<Document>, ApiError> {
    let read = match document {
        Value::String(text) => Document::parse_text(name, kind, text),
        other => Document::parse(name, kind, other),
    };
    read.map(Arc::new)
        .map_err(|malformed| ApiError::new(400, "MalformedPolicyDocument", malformed.to_string()))
}

fn unknown(operation: &str) -> ApiError {
    unknown_operation("iam", operation)
}

fn no_such_entity(what: &str, name: &str) -> ApiError {
    ApiError::new(
        404,
        "NoSuchEntity",
        format!("The {what} with name {name} cannot be found."),
    )
}

fn no_such_role(name: &str) -> ApiError {
    no_such_entity("role", name)
}

fn no_such_policy(name: &str) -> ApiError {
    no_such_entity("role policy", name)
}
