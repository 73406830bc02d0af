//! What IAM's and STS's operations need.

use serde_json::Value;

use crate::{
    World,
    access::{Keys, Row, anything, key_of, nothing, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreateRole", role).keys(boundary),
    row("ListRoles", anything),
    row("ListUsers", anything),
    row("DeleteRole", role),
    row("GetRole", role),
    row("UpdateRole", role),
    row("UpdateAssumeRolePolicy", role),
    row("TagRole", role),
    row("PutRolePolicy", role),
    row("GetRolePolicy", role),
    row("DeleteRolePolicy", role),
    row("ListRolePolicies", role),
    row("AttachRolePolicy", role).keys(attached),
    row("DetachRolePolicy", role).keys(attached),
    row("ListAttachedRolePolicies", role),
    row("PutRolePermissionsBoundary", role).keys(boundary),
    row("DeleteRolePermissionsBoundary", role),
    row("CreatePolicy", policy),
    row("GetPolicy", policy),
    row("DeletePolicy", policy),
    row("ListPolicies", anything),
    row("CreatePolicyVersion", policy),
    row("GetPolicyVersion", policy),
    row("DeletePolicyVersion", policy),
    row("ListPolicyVersions", policy),
];

pub(crate) const STS_PERMISSIONS: &[Row] = &[
    // Whoever has credentials may ask whose they are.
    row("GetCallerIdentity", nothing),
    row("AssumeRole", |_, input| {
        vec![input["RoleArn"].as_str().unwrap_or_default().to_owned()]
    })
    .keys(session),
];

fn role(world: &World, input: &Value) -> Vec<String> {
    let name = input["RoleName"].as_str().unwrap_or_default();
    let path = input["Path"].as_str().unwrap_or("/");
    vec![
        world
            .role_arn(name)
            .unwrap_or_else(|| world.iam_arn("role", path, name)),
    ]
}

fn policy(world: &World, input: &Value) -> Vec<String> {
    let name = input["PolicyName"].as_str().unwrap_or_default();
    let path = input["Path"].as_str().unwrap_or("/");
    vec![match input["PolicyArn"].as_str() {
        Some(arn) => arn.to_owned(),
        None => world.iam_arn("policy", path, name),
    }]
}

fn boundary(_: &World, input: &Value) -> Keys {
    key_of(input, "iam:PermissionsBoundary", "PermissionsBoundary")
}

fn attached(_: &World, input: &Value) -> Keys {
    key_of(input, "iam:PolicyARN", "PolicyArn")
}

fn session(_: &World, input: &Value) -> Keys {
    let mut keys = key_of(input, "sts:RoleSessionName", "RoleSessionName");
    keys.extend(key_of(input, "sts:ExternalId", "ExternalId"));
    keys
}
