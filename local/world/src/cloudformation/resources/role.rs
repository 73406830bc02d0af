//! IAM roles with their policies.

use serde_json::{Value, json};

use super::{Kind, Maker, Properties, properties::as_text, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const ROLE: Kind = Kind {
    name: "AWS::IAM::Role",
    known: &[
        "RoleName",
        "Description",
        "Path",
        "PermissionsBoundary",
        "AssumeRolePolicyDocument",
        "Policies",
        "ManagedPolicyArns",
        "PermissionsBoundary",
        "Tags",
    ],
    fixed: &["RoleName", "Path"],
    put,
    delete,
};

fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let trust = as_text(properties.required("AssumeRolePolicyDocument")?);
    let policies = policies(properties)?;
    let managed = properties.texts("ManagedPolicyArns")?;
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("RoleName")?),
    };
    let made = match before {
        Some(held) => {
            maker.call(
                "iam",
                "UpdateAssumeRolePolicy",
                &json!({ "RoleName": name, "PolicyDocument": trust }),
            )?;
            let description = properties.text("Description")?;
            maker.call(
                "iam",
                "UpdateRole",
                &json!({ "RoleName": name, "Description": description }),
            )?;
            let kept: Vec<&str> = policies.iter().map(|(name, _)| *name).collect();
            take_away(maker, held, |policy| {
                !kept.contains(&policy) && !managed.contains(&policy)
            })?;
            bound(maker, &name, properties.text("PermissionsBoundary")?, held)?;
            held.made.clone()
        }
        None => {
            let input = json!({
                "RoleName": name,
                "Path": properties.text("Path")?.unwrap_or("/"),
                "Description": properties.text("Description")?,
                "AssumeRolePolicyDocument": trust,
                "PermissionsBoundary": properties.text("PermissionsBoundary")?,
                "Tags": properties.list("Tags")?,
            });
            let answer = maker.call("iam", "CreateRole", &input)?;
            let role = &answer["Role"];
            Made::named(&name)
                .with("Arn", told(role, "Arn")?)
                .with("RoleId", told(role, "RoleId")?)
        }
    };
    for (policy, document) in policies {
        let input = json!({ "RoleName": name, "PolicyName": policy, "PolicyDocument": document });
        maker.call("iam", "PutRolePolicy", &input)?;
    }
    for arn in managed {
        maker.call(
            "iam",
            "AttachRolePolicy",
            &json!({ "RoleName": name, "PolicyArn": arn }),
        )?;
    }
    Ok(made)
}

/// Sets the boundary that a role shall have, or takes away the one that it had.
fn bound(maker: &mut Maker<'_>, role: &str, boundary: Option<&str>, held: &Held) -> Result<(), ApiError> {
    let (operation, input) = match boundary {
        Some(arn) => (
            "PutRolePermissionsBoundary",
            json!({ "RoleName": role, "PermissionsBoundary": arn }),
        ),
        None if held.properties.contains_key("PermissionsBoundary") => {
            ("DeleteRolePermissionsBoundary", json!({ "RoleName": role }))
        }
        None => return Ok(()),
    };
    maker.call("iam", operation, &input).map(|_| ())
}

/// Inline policies: name and document.
fn policies<'a>(properties: &Properties<'a>) -> Result<Vec<(&'a str, String)>, ApiError> {
    let policy = |policy: &'a Value| {
        let name = policy["PolicyName"].as_str();
        let document = policy.get("PolicyDocument").map(as_text);
        name.zip(document)
            .ok_or_else(|| ApiError::validation("a policy of AWS::IAM::Role needs PolicyName and PolicyDocument"))
    };
    properties.list("Policies")?.iter().map(policy).collect()
}

/// Removes the inline and managed policies that a role had and `gone` says it no longer has.
fn take_away(maker: &mut Maker<'_>, held: &Held, gone: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    let role = &held.made.physical_id;
    let before = Properties::of(ROLE.name, &held.properties);
    for (policy, _) in policies(&before)? {
        if gone(policy) {
            maker.call(
                "iam",
                "DeleteRolePolicy",
                &json!({ "RoleName": role, "PolicyName": policy }),
            )?;
        }
    }
    for arn in before.texts("ManagedPolicyArns")? {
        if gone(arn) {
            maker.call(
                "iam",
                "DetachRolePolicy",
                &json!({ "RoleName": role, "PolicyArn": arn }),
            )?;
        }
    }
    Ok(())
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    take_away(maker, held, |_| true)?;
    maker
        .call("iam", "DeleteRole", &json!({ "RoleName": held.made.physical_id }))
        .map(|_| ())
}
