//! Managed policies that stacks and people make: documents of their own that roles have attached, in versions.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::{read, unknown};
use crate::{
    ApiError, Millis, World,
    input::{Members, seconds},
};

/// A policy keeps its five newest versions.
const VERSIONS_MAX: usize = 5;

/// What is asked of managed policies rather than of roles.
pub(super) const OPERATIONS: [&str; 8] = [
    "CreatePolicy",
    "GetPolicy",
    "DeletePolicy",
    "ListPolicies",
    "CreatePolicyVersion",
    "GetPolicyVersion",
    "DeletePolicyVersion",
    "ListPolicyVersions",
];

#[derive(Debug, Default, Clone)]
pub(super) struct Policies {
    /// By ARN.
    by_arn: BTreeMap<String, Policy>,
}

impl Policies {
    /// What a policy says in its default version.
    pub(super) fn document(&self, arn: &str) -> Option<&Arc<Document>> {
        let policy = self.by_arn.get(arn)?;
        policy.versions.get(&policy.default).map(|version| &version.read)
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.by_arn.keys().filter_map(|arn| self.document(arn))
    }
}

#[derive(Debug, Clone)]
struct Policy {
    name: String,
    path: String,
    id: String,
    description: Option<String>,
    created_at: Millis,
    /// By number.
    versions: BTreeMap<u32, Version>,
    default: u32,
}

#[derive(Debug, Clone)]
struct Version {
    document: Value,
    read: Arc<Document>,
    created_at: Millis,
}

impl World {
    pub(super) fn managed_policy_call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "CreatePolicy" => return self.create_policy(members),
            "ListPolicies" => {
                let policies = self.iam.managed.by_arn.iter();
                let policies: Vec<_> = policies.map(|(arn, policy)| policy.shown(arn)).collect();
                return Ok(json!({ "Policies": policies, "IsTruncated": false }));
            }
            _ => {}
        }
        let arn = members.required("PolicyArn")?;
        if operation == "DeletePolicy" {
            return self.delete_policy(arn);
        }
        let now = self.now;
        let policy = self.iam.managed.by_arn.get_mut(arn);
        policy
            .ok_or_else(|| no_such_policy(arn))?
            .call(arn, operation, members, now)
    }

    fn create_policy(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("PolicyName")?;
        let first = version(name, members, self.now)?;
        let path = members.text("Path")?.unwrap_or("/");
        let arn = self.iam_arn("policy", path, name);
        if self.iam.managed.by_arn.contains_key(&arn) {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(ApiError::new(409, "EntityAlreadyExists", message));
        }
        let policy = Policy {
            name: name.into(),
            path: path.into(),
            id: format!("ANPA{}", self.new_id("policy")[..17].to_uppercase()),
            description: members.text("Description")?.map(str::to_owned),
            created_at: self.now,
            versions: BTreeMap::from([(1, first)]),
            default: 1,
        };
        let shown = policy.shown(&arn);
        self.iam.managed.by_arn.insert(arn, policy);
        Ok(json!({ "Policy": shown }))
    }

    fn delete_policy(&mut self, arn: &str) -> Result<Value, ApiError> {
        if self.iam.is_attached(arn) {
            let message = "Cannot delete a policy attached to entities.";
            return Err(ApiError::new(409, "DeleteConflict", message));
        }
        let policy = self.iam.managed.by_arn.get(arn);
        let policy = policy.ok_or_else(|| no_such_policy(arn))?;
        if policy.versions.len() > 1 {
            let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
            return Err(ApiError::new(409, "DeleteConflict", message));
        }
        self.iam.managed.by_arn.remove(arn);
        Ok(json!({}))
    }
}

impl Policy {
    fn call(&mut self, arn: &str, operation: &str, members: Members, now: Millis) -> Result<Value, ApiError> {
        match operation {
            "GetPolicy" => Ok(json!({ "Policy": self.shown(arn) })),
            "GetPolicyVersion" => {
                let number = self.number(members)?;
                Ok(json!({ "PolicyVersion": self.version(number, true) }))
            }
            "ListPolicyVersions" => {
                let newest_first = self.versions.keys().rev();
                let versions: Vec<_> = newest_first.map(|number| self.version(*number, false)).collect();
                Ok(json!({ "Versions": versions, "IsTruncated": false }))
            }
            "CreatePolicyVersion" => self.add_version(members, now),
            "DeletePolicyVersion" => {
                let number = self.number(members)?;
                if number == self.default {
                    let message = "Cannot delete the default version of a policy.";
                    return Err(ApiError::new(409, "DeleteConflict", message));
                }
                self.versions.remove(&number);
                Ok(json!({}))
            }
            _ => Err(unknown(operation)),
        }
    }

    fn add_version(&mut self, members: Members, now: Millis) -> Result<Value, ApiError> {
        let next = version(&self.name, members, now)?;
        if self.versions.len() == VERSIONS_MAX {
            let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
            return Err(ApiError::new(409, "LimitExceeded", message));
        }
        let number = self.versions.keys().next_back().map_or(1, |newest| newest + 1);
        self.versions.insert(number, next);
        if members.flag("SetAsDefault")? == Some(true) {
            self.default = number;
        }
        Ok(json!({ "PolicyVersion": self.version(number, false) }))
    }

    /// `v2` is number 2.
    fn number(&self, members: Members) -> Result<u32, ApiError> {
        let id = members.required("VersionId")?;
        let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
        number
            .filter(|number| self.versions.contains_key(number))
            .ok_or_else(|| {
                let message = format!("Policy {} version {id} does not exist or is not attachable.", self.name);
                ApiError::new(404, "NoSuchEntity", message)
            })
    }

    fn version(&self, number: u32, whole: bool) -> Value {
        let version = &self.versions[&number];
        json!({
            "VersionId": format!("v{number}"),
            "IsDefaultVersion": number == self.default,
            "CreateDate": seconds(version.created_at),
            "Document": whole.then_some(&version.document),
        })
    }

    fn shown(&self, arn: &str) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": arn,
            "Path": self.path,
            "Description": self.description,
            "DefaultVersionId": format!("v{}", self.default),
            "IsAttachable": true,
            "CreateDate": seconds(self.created_at),
        })
    }
}

fn version(policy: &str, members: Members, now: Millis) -> Result<Version, ApiError> {
    let document = members.get("PolicyDocument").cloned();
    let document = document.ok_or_else(|| ApiError::validation("PolicyDocument is required"))?;
    Ok(Version {
        read: read(policy, Kind::Identity, &document)?,
        document,
        created_at: now,
    })
}

fn no_such_policy(arn: &str) -> ApiError {
    ApiError::new(
        404,
        "NoSuchEntity",
        format!("Policy {arn} does not exist or is not attachable."),
    )
}
