//! IAM and STS: roles and their policies, kept as given; people; and who is behind an access key.
//!
//! Policies are not evaluated here. Every role that was created, and every person, has one pair of credentials, which
//! is a function of the account and the ARN alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    ApiError, Caller, Millis, World,
    input::{Members, seconds, unknown_operation},
};

/// People who exist from the start.
const PEOPLE: [&str; 3] = ["operator", "data-scientist", "approver"];
/// The access key (and its secret) that tools for local AWS use by habit; it is the operator's.
const HABITUAL_KEY: &str = "test";
/// How long credentials from AssumeRole say they last; nothing here checks.
const SESSION_MS: Millis = 3_600_000;

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    roles: BTreeMap<String, Role>,
    /// Access key id to ARN.
    keys: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Role {
    /// The members of a Role as the API shows them.
    shown: Value,
    arn: String,
    policies: BTreeMap<String, Value>,
    attached: Vec<String>,
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
    pub(crate) fn create_people(&mut self) {
        for name in PEOPLE {
            let arn = self.person(name);
            self.give_keys(arn);
        }
        let operator = self.person(PEOPLE[0]);
        self.iam.keys.insert(HABITUAL_KEY.into(), operator);
    }

    fn person(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:user/{name}", self.account())
    }

    fn give_keys(&mut self, arn: String) {
        let (key, _) = self.credentials(&arn);
        self.iam.keys.insert(key, arn);
    }

    /// The identity behind an access key id, and its secret. Roles of functions, of jobs, and people each have one.
    pub fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        let arn = self.iam.keys.get(access_key_id)?.clone();
        let secret = match access_key_id {
            HABITUAL_KEY => HABITUAL_KEY.to_owned(),
            _ => self.credentials(&arn).1,
        };
        Some((Caller { arn }, secret))
    }

    /// The credentials (access key id, secret) for a role's or person's ARN; deterministic.
    pub fn credentials(&self, arn: &str) -> (String, String) {
        credentials_of(self.account(), arn)
    }

    pub(crate) fn iam_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        match operation {
            "CreateRole" => return self.create_role(members),
            "ListRoles" => {
                let roles: Vec<_> = self.iam.roles.values().map(|role| &role.shown).collect();
                return Ok(json!({ "Roles": roles, "IsTruncated": false }));
            }
            "ListUsers" => {
                let users = PEOPLE
                    .iter()
                    .map(|name| json!({ "UserName": name, "Arn": self.person(name) }));
                return Ok(json!({ "Users": users.collect::<Vec<_>>(), "IsTruncated": false }));
            }
            _ => {}
        }
        let name = members.required("RoleName")?;
        if operation == "DeleteRole" {
            return self.delete_role(name);
        }
        let role = self.iam.roles.get_mut(name).ok_or_else(|| no_such_role(name))?;
        role.call(operation, members)
    }

    fn create_role(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members.required("RoleName")?;
        if self.iam.roles.contains_key(name) {
            let message = format!("Role with name {name} already exists.");
            return Err(ApiError::new(409, "EntityAlreadyExists", message));
        }
        let path = members.text("Path")?.unwrap_or("/");
        let arn = format!("arn:aws:iam::{}:role{path}{name}", self.account());
        let shown = json!({
            "RoleName": name,
            "Path": path,
            "Arn": arn,
            "RoleId": format!("AROA{}", self.new_id("role")[..17].to_uppercase()),
            "CreateDate": seconds(self.now),
            "AssumeRolePolicyDocument": members.get("AssumeRolePolicyDocument"),
            "Description": members.get("Description"),
            "Tags": members.get("Tags"),
        });
        let role = Role {
            shown: shown.clone(),
            arn: arn.clone(),
            policies: BTreeMap::new(),
            attached: Vec::new(),
        };
        self.iam.roles.insert(name.into(), role);
        self.give_keys(arn);
        Ok(json!({ "Role": shown }))
    }

    fn delete_role(&mut self, name: &str) -> Result<Value, ApiError> {
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

    pub(crate) fn sts_call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        match operation {
            "GetCallerIdentity" => {
                let (key, _) = self.credentials(&caller.arn);
                Ok(json!({ "Account": self.account(), "Arn": session_arn(&caller.arn, "local"), "UserId": key }))
            }
            "AssumeRole" => {
                let members = Members::of(input);
                let (arn, session) = (members.required("RoleArn")?, members.required("RoleSessionName")?);
                if !self.iam.roles.values().any(|role| role.arn == arn) {
                    let message = format!(
                        "User: {} is not authorized to perform: sts:AssumeRole on {arn}",
                        caller.arn
                    );
                    return Err(ApiError::new(403, "AccessDenied", message));
                }
                let (key, secret) = self.credentials(arn);
                Ok(json!({
                    "Credentials": {
                        "AccessKeyId": key,
                        "SecretAccessKey": secret,
                        "SessionToken": key,
                        "Expiration": seconds(self.now + SESSION_MS),
                    },
                    "AssumedRoleUser": { "Arn": session_arn(arn, session), "AssumedRoleId": format!("{key}:{session}") },
                }))
            }
            _ => Err(unknown_operation("sts", operation)),
        }
    }
}

impl Role {
    fn call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
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
                self.shown["AssumeRolePolicyDocument"] = json!(members.get("PolicyDocument"));
            }
            "UpdateRole" => self.shown["Description"] = json!(members.get("Description")),
            "TagRole" => self.shown["Tags"] = json!(members.get("Tags")),
            "PutRolePolicy" => {
                let document = members.get("PolicyDocument").cloned();
                let document = document.ok_or_else(|| ApiError::validation("PolicyDocument is required"))?;
                self.policies.insert(members.required("PolicyName")?.into(), document);
            }
            "DeleteRolePolicy" => {
                let name = members.required("PolicyName")?;
                self.policies.remove(name).ok_or_else(|| no_such_policy(name))?;
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
            _ => return Err(unknown_operation("iam", operation)),
        }
        Ok(json!({}))
    }
}

/// A role's session, as STS names it; a person is itself.
fn session_arn(arn: &str, session: &str) -> String {
    match arn.split_once(":role/") {
        Some((account, path)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            format!("{}:assumed-role/{name}/{session}", account.replace(":iam:", ":sts:"))
        }
        None => arn.to_owned(),
    }
}

fn no_such_role(name: &str) -> ApiError {
    ApiError::new(
        404,
        "NoSuchEntity",
        format!("The role with name {name} cannot be found."),
    )
}

fn no_such_policy(name: &str) -> ApiError {
    ApiError::new(
        404,
        "NoSuchEntity",
        format!("The role policy with name {name} cannot be found."),
    )
}
