//! Roles: who may take them on, what they may do, and the boundary around that.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_policy::{Document, Kind};

use super::{no_such_policy, no_such_role, read, unknown};
use crate::{
    ApiError, World,
    input::{Members, seconds},
};

#[derive(Debug, Clone)]
pub(super) struct Role {
    /// The members of a Role as the API shows them.
    pub(super) shown: Value,
    pub(super) arn: String,
    /// Inline policies as they were given.
    policies: BTreeMap<String, Value>,
    /// The same, read.
    pub(super) documents: BTreeMap<String, Arc<Document>>,
    pub(super) trust: Option<Arc<Document>>,
    /// ARNs of managed policies.
    pub(super) attached: Vec<String>,
    /// ARN of the managed policy that is the role's boundary.
    pub(super) boundary: Option<String>,
}

impl World {
    pub(super) fn create_role(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("RoleName")?;
        if self.iam.roles.contains_key(name) {
            let message = format!("Role with name {name} already exists.");
            return Err(ApiError::new(409, "EntityAlreadyExists", message));
        }
        let path = members.text("Path")?.unwrap_or("/");
        let arn = self.iam_arn("role", path, name);
        let boundary = members.text("PermissionsBoundary")?.map(str::to_owned);
        if let Some(boundary) = &boundary {
            self.check_managed(boundary)?;
        }
        let trust = trust(name, members.get("AssumeRolePolicyDocument"))?;
        let mut shown = json!({
            "RoleName": name,
            "Path": path,
            "Arn": arn,
            "RoleId": format!("AROA{}", self.new_id("role")[..17].to_uppercase()),
            "CreateDate": seconds(self.now),
            "AssumeRolePolicyDocument": members.get("AssumeRolePolicyDocument"),
            "Description": members.get("Description"),
            "Tags": members.get("Tags"),
        });
        show_boundary(&mut shown, boundary.as_deref());
        let role = Role {
            shown: shown.clone(),
            arn: arn.clone(),
            policies: BTreeMap::new(),
            documents: BTreeMap::new(),
            trust,
            attached: Vec::new(),
            boundary,
        };
        self.iam.roles.insert(name.into(), role);
        self.give_keys(arn);
        Ok(json!({ "Role": shown }))
    }

    pub(super) fn delete_role(&mut self, name: &str) -> Result<Value, ApiError> {
        let role = self.iam.roles.get(name).ok_or_else(|| no_such_role(name))?;
        if !role.policies.is_empty() || !role.attached.is_empty() {
            let message = "Cannot delete entity, must delete policies first.";
            return Err(ApiError::new(409, "DeleteConflict", message));
        }
        let arn = role.arn.clone();
        self.iam.keys.retain(|_, owner| *owner != arn);
        self.iam.roles.remove(name);
        Ok(json!({}))
    }
}

impl Role {
    fn name(&self) -> String {
        self.shown["RoleName"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "GetRole" => return Ok(json!({ "Role": self.shown })),
            "ListRolePolicies" => {
                return Ok(json!({ "PolicyNames": self.policies.keys().collect::<Vec<_>>(), "IsTruncated": false }));
            }
            "ListAttachedRolePolicies" => {
                let named = |arn: &String| json!({ "PolicyArn": arn, "PolicyName": arn.rsplit('/').next().unwrap_or_default() });
                let attached: Vec<_> = self.attached.iter().map(named).collect();
                return Ok(json!({ "AttachedPolicies": attached, "IsTruncated": false }));
            }
            "GetRolePolicy" => {
                let name = members.required("PolicyName")?;
                let policy = self.policies.get(name).ok_or_else(|| no_such_policy(name))?;
                let role = &self.shown["RoleName"];
                return Ok(json!({ "RoleName": role, "PolicyName": name, "PolicyDocument": policy }));
            }
            "UpdateAssumeRolePolicy" => {
                let document = members.get("PolicyDocument");
                self.trust = trust(&self.name(), document)?;
                self.shown["AssumeRolePolicyDocument"] = json!(document);
            }
            "UpdateRole" => self.shown["Description"] = json!(members.get("Description")),
            "TagRole" => self.shown["Tags"] = json!(members.get("Tags")),
            _ => return self.policy_call(operation, members),
        }
        Ok(json!({}))
    }

    fn policy_call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "PutRolePolicy" => {
                let document = members.get("PolicyDocument").cloned();
                let document = document.ok_or_else(|| ApiError::validation("PolicyDocument is required"))?;
                let name = members.required("PolicyName")?;
                let parsed = read(&format!("{}/{name}", self.name()), Kind::Identity, &document)?;
                self.documents.insert(name.into(), parsed);
                self.policies.insert(name.into(), document);
            }
            "DeleteRolePolicy" => {
                let name = members.required("PolicyName")?;
                self.policies.remove(name).ok_or_else(|| no_such_policy(name))?;
                self.documents.remove(name);
            }
            "AttachRolePolicy" => {
                let arn = members.required("PolicyArn")?.to_owned();
                if !self.attached.contains(&arn) {
                    self.attached.push(arn);
                }
            }
            "DetachRolePolicy" => {
                let arn = members.required("PolicyArn")?;
                self.attached.retain(|attached| attached != arn);
            }
            "PutRolePermissionsBoundary" => self.bound(Some(members.required("PermissionsBoundary")?)),
            "DeleteRolePermissionsBoundary" => self.bound(None),
            _ => return Err(unknown(operation)),
        }
        Ok(json!({}))
    }

    fn bound(&mut self, boundary: Option<&str>) {
        self.boundary = boundary.map(str::to_owned);
        show_boundary(&mut self.shown, boundary);
    }
}

fn show_boundary(shown: &mut Value, boundary: Option<&str>) {
    match (boundary, shown.as_object_mut()) {
        (Some(arn), Some(shown)) => {
            let boundary = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
            shown.insert("PermissionsBoundary".into(), boundary);
        }
        (None, Some(shown)) => drop(shown.remove("PermissionsBoundary")),
        _ => {}
    }
}

/// Who may take a role on. Without a document, nobody.
fn trust(role: &str, document: Option<&Value>) -> Result<Option<Arc<Document>>, ApiError> {
    let name = format!("{role}/trust");
    document.map(|document| read(&name, Kind::Trust, document)).transpose()
}
