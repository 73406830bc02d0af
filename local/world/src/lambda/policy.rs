//! A function's own policy, which is made statement by statement: who may invoke it, and on whose behalf.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use windsock_policy::{Document, Kind};

use super::{Function, invalid};
use crate::{
    ApiError,
    input::{Members, unknown_operation},
};

impl Function {
    pub(super) fn permission_call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "AddPermission" => {
                let id = members.required("StatementId")?;
                if self.permissions.contains_key(id) {
                    let message = format!("The statement id ({id}) provided already exists.");
                    return Err(ApiError::new(409, "ResourceConflictException", message));
                }
                let statement = self.statement(id, members)?;
                self.permissions.insert(id.into(), statement.clone());
                if let Err(refusal) = self.read_policy() {
                    self.permissions.remove(id);
                    return Err(refusal);
                }
                Ok(json!({ "Statement": statement.to_string() }))
            }
            "RemovePermission" => {
                self.permissions.remove(members.required("StatementId")?);
                self.read_policy()?;
                Ok(json!({}))
            }
            "GetPolicy" => Ok(json!({ "Policy": self.whole_policy().to_string() })),
            _ => Err(unknown_operation("lambda", operation)),
        }
    }

    /// A principal with a dot is a service; another is an account or somebody of it.
    fn statement(&self, id: &str, members: Members) -> Result<Value, ApiError> {
        let principal = members.required("Principal")?;
        let principal = match principal {
            "*" => json!("*"),
            service if service.ends_with(".amazonaws.com") => json!({ "Service": service }),
            other => json!({ "AWS": other }),
        };
        let mut statement = json!({
            "Sid": id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": members.required("Action")?,
            "Resource": self.arn,
        });
        let mut conditions = Map::new();
        if let Some(account) = members.text("SourceAccount")? {
            conditions.insert("StringEquals".into(), json!({ "AWS:SourceAccount": account }));
        }
        if let Some(arn) = members.text("SourceArn")? {
            conditions.insert("ArnLike".into(), json!({ "AWS:SourceArn": arn }));
        }
        if !conditions.is_empty() {
            statement["Condition"] = Value::Object(conditions);
        }
        Ok(statement)
    }

    fn whole_policy(&self) -> Value {
        let statements: Vec<_> = self.permissions.values().collect();
        json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements })
    }

    fn read_policy(&mut self) -> Result<(), ApiError> {
        self.policy = if self.permissions.is_empty() {
            None
        } else {
            let name = format!("function {}", self.name);
            let read = Document::parse(&name, Kind::Resource, &self.whole_policy());
            Some(Arc::new(read.map_err(|malformed| invalid(malformed.to_string()))?))
        };
        Ok(())
    }
}
