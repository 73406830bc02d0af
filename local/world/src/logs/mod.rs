//! CloudWatch Logs: log groups and how long they keep. What functions print goes to the journal.

mod permissions;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use permissions::PERMISSIONS;

use crate::{
    ApiError, Caller, Millis, World,
    access::{Actor, Need},
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Clone)]
struct Group {
    created_at: Millis,
    retention_days: Option<i64>,
    kms_key: Option<String>,
}

impl World {
    /// Whether a function's lines arrive in its log group.
    pub(crate) fn may_log(&self, function: &str) -> bool {
        if !self.enforces() {
            return true;
        }
        let Some((role, group)) = self.lambda.role_and_log_group(function) else {
            return true;
        };
        let stream = self.arn("logs", &format!("log-group:{group}:log-stream:local"));
        let mut actions = ["logs:CreateLogStream", "logs:PutLogEvents"].into_iter();
        actions.all(|action| self.may(&Actor::role(role), Need::new(action, stream.clone())).is_ok())
    }

    pub(crate) fn logs_call(&mut self, _caller: &Caller, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let members = Members::of(input);
        if operation == "DescribeLogGroups" {
            return self.describe_log_groups(members.text("logGroupNamePrefix")?.unwrap_or_default());
        }
        let name = members.required("logGroupName")?;
        if operation == "CreateLogGroup" {
            if self.logs.groups.contains_key(name) {
                let message = "The specified log group already exists";
                return Err(ApiError::new(400, "ResourceAlreadyExistsException", message));
            }
            self.logs.groups.insert(
                name.into(),
                Group {
                    created_at: self.now,
                    retention_days: None,
                    kms_key: members.text("kmsKeyId")?.map(str::to_owned),
                },
            );
            return Ok(json!({}));
        }
        let missing = || {
            ApiError::new(
                400,
                "ResourceNotFoundException",
                format!("The specified log group does not exist: {name}"),
            )
        };
        let group = self.logs.groups.get_mut(name).ok_or_else(missing)?;
        match operation {
            "PutRetentionPolicy" => group.retention_days = members.number("retentionInDays")?,
            "DeleteRetentionPolicy" => group.retention_days = None,
            "AssociateKmsKey" => group.kms_key = Some(members.required("kmsKeyId")?.to_owned()),
            "DisassociateKmsKey" => group.kms_key = None,
            "DeleteLogGroup" => {
                self.logs.groups.remove(name);
            }
            _ => return Err(unknown_operation("logs", operation)),
        }
        Ok(json!({}))
    }

    fn describe_log_groups(&self, prefix: &str) -> Result<Value, ApiError> {
        let groups = self.logs.groups.iter().filter(|(name, _)| name.starts_with(prefix));
        let groups: Vec<_> = groups
            .map(|(name, group)| {
                json!({
                    "logGroupName": name,
                    "arn": self.arn("logs", &format!("log-group:{name}:*")),
                    // This API gives milliseconds, unlike the others.
                    "creationTime": group.created_at,
                    "retentionInDays": group.retention_days,
                    "kmsKeyId": group.kms_key,
                })
            })
            .collect();
        Ok(json!({ "logGroups": groups }))
    }
}
