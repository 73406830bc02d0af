//! Who makes a request, and whom a resource's or a role's own policy speaks of.

use serde_json::Value;

use crate::Malformed;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A user, or a role through one of its sessions.
    Identity {
        /// `arn:aws:iam::<account>:role/<name>` or `...:user/<name>`.
        arn: String,
        /// The session's ARN for a role; the user's own for a user.
        session: String,
        account: String,
    },
    /// A service on its own account, e.g. `events.amazonaws.com`.
    Service(String),
}

impl Caller {
    pub(crate) fn is_role(&self) -> bool {
        matches!(self, Self::Identity { arn, .. } if arn.contains(":role/"))
    }

    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Identity { account, .. } => Some(account),
            Self::Service(_) => None,
        }
    }
}

/// How a statement names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    No,
    /// By the account alone: the account's own policies say who of it.
    Account,
    Directly,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Principals {
    listed: Vec<Principal>,
    /// NotPrincipal: everybody but these.
    negated: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Principal {
    Everybody,
    Account(String),
    Arn(String),
    Service(String),
    /// Of a kind that nobody here is: federated and canonical users.
    Other,
}

impl Principals {
    pub(crate) fn read(value: &Value, negated: bool) -> Result<Self, Malformed> {
        let wrong = || {
            Malformed::new(format!(
                "the principal {value} is not `*`, nor an object of AWS, Service, Federated or CanonicalUser"
            ))
        };
        if value == "*" {
            let listed = vec![Principal::Everybody];
            return Ok(Self { listed, negated });
        }
        let kinds = value.as_object().filter(|kinds| !kinds.is_empty()).ok_or_else(wrong)?;
        let mut listed = Vec::new();
        for (kind, names) in kinds {
            let names: Vec<&Value> = match names {
                Value::Array(names) if !names.is_empty() => names.iter().collect(),
                name @ Value::String(_) => vec![name],
                _ => return Err(wrong()),
            };
            for name in names {
                listed.push(read_one(kind, name.as_str().ok_or_else(wrong)?)?);
            }
        }
        Ok(Self { listed, negated })
    }

    pub(crate) fn name(&self, caller: &Caller) -> Named {
        let named = self
            .listed
            .iter()
            .map(|one| one.name(caller))
            .max()
            .unwrap_or(Named::No);
        match (self.negated, named) {
            (false, named) => named,
            (true, Named::No) => Named::Directly,
            (true, _) => Named::No,
        }
    }
}

impl Principal {
    fn name(&self, caller: &Caller) -> Named {
        match (self, caller) {
            (Self::Everybody, _) => Named::Directly,
            (Self::Account(wanted), Caller::Identity { account, .. }) if wanted == account => Named::Account,
            (Self::Arn(wanted), Caller::Identity { arn, session, .. }) if wanted == arn || wanted == session => {
                Named::Directly
            }
            (Self::Service(wanted), Caller::Service(name)) if wanted == name => Named::Directly,
            _ => Named::No,
        }
    }
}

fn read_one(kind: &str, name: &str) -> Result<Principal, Malformed> {
    match kind {
        "AWS" => aws(name),
        "Service" if name.ends_with(".amazonaws.com") && !name.contains('*') => Ok(Principal::Service(name.to_owned())),
        "Service" => Err(Malformed::new(format!(
            "the service principal `{name}` is no service's name such as `events.amazonaws.com`"
        ))),
        "Federated" | "CanonicalUser" => Ok(Principal::Other),
        _ => Err(Malformed::new(format!(
            "the principal kind `{kind}` is not AWS, Service, Federated or CanonicalUser"
        ))),
    }
}

fn aws(name: &str) -> Result<Principal, Malformed> {
    if name == "*" {
        return Ok(Principal::Everybody);
    }
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account(name) {
        return Ok(Principal::Account(name.to_owned()));
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] if is_account(account) => Ok(Principal::Account((*account).to_owned())),
        ["arn", _, "iam" | "sts", "", account, resource]
            if is_account(account) && resource.contains('/') && !name.contains(['*', '?']) =>
        {
            Ok(Principal::Arn(name.to_owned()))
        }
        _ => Err(Malformed::new(format!(
            "the AWS principal `{name}` is not `*`, an account's number, nor the whole ARN of an account's root, a \
             user, a role or a session (a principal takes no wildcard inside it)"
        ))),
    }
}
