//! STS: who somebody is, and taking on a role. Whether the role lets them was decided before the call arrives here.

use serde_json::{Value, json};

use crate::{
    ApiError, Caller, Millis, World,
    input::{Members, seconds, unknown_operation},
};

/// How long credentials from AssumeRole say they last; nothing here checks.
const SESSION_MS: Millis = 3_600_000;

impl World {
    pub(crate) fn sts_call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        match operation {
            "GetCallerIdentity" => {
                let (key, _) = self.credentials(&caller.arn);
                Ok(json!({ "Account": self.account(), "Arn": session_arn(&caller.arn, "local"), "UserId": key }))
            }
            "AssumeRole" => {
                let members = Members::of(input);
                let (arn, session) = (members.required("RoleArn")?, members.required("RoleSessionName")?);
                // Nobody is told whether a role that they may not take on exists.
                if self.iam.role_of(arn).is_none() {
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

/// A role's session, as STS names it; a person is itself.
pub(crate) fn session_arn(arn: &str, session: &str) -> String {
    match arn.split_once(":role/") {
        Some((account, path)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            format!("{}:assumed-role/{name}/{session}", account.replace(":iam:", ":sts:"))
        }
        None => arn.to_owned(),
    }
}
