//! What is set about one function beside its configuration: retries, destinations, concurrency, permissions.

use serde_json::{Value, json};

use super::{Function, invalid};
use crate::{ApiError, Millis, input::Members};

/// What becomes of asynchronous events.
#[derive(Debug, Clone)]
pub(super) struct InvokeConfig {
    pub(super) retries: u32,
    pub(super) age_max: Millis,
    pub(super) on_failure: Option<String>,
    pub(super) on_success: Option<String>,
}

impl Default for InvokeConfig {
    fn default() -> Self {
        Self {
            retries: 2,
            age_max: 21_600_000,
            on_failure: None,
            on_success: None,
        }
    }
}

impl Function {
    /// Operations on a function that exists, but those that need the rest of the world.
    pub(super) fn call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "GetFunction" => Ok(json!({
                "Configuration": self.shown,
                "Code": { "RepositoryType": "S3", "Location": self.code.location() },
                "Tags": self.tags,
                "Concurrency": { "ReservedConcurrentExecutions": self.reserved_concurrency },
            })),
            "GetFunctionConfiguration" => Ok(self.shown.clone()),
            "PutFunctionConcurrency" => {
                let reserved = members.number("ReservedConcurrentExecutions")?;
                self.reserved_concurrency = reserved.map(|reserved| usize::try_from(reserved).unwrap_or(0));
                Ok(json!({ "ReservedConcurrentExecutions": self.reserved_concurrency }))
            }
            "GetFunctionConcurrency" => Ok(json!({ "ReservedConcurrentExecutions": self.reserved_concurrency })),
            "DeleteFunctionConcurrency" => {
                self.reserved_concurrency = None;
                Ok(json!({}))
            }
            "PutFunctionEventInvokeConfig" => {
                self.invoke_config = InvokeConfig::default();
                self.set_invoke_config(members)
            }
            "UpdateFunctionEventInvokeConfig" => self.set_invoke_config(members),
            "GetFunctionEventInvokeConfig" => Ok(self.show_invoke_config()),
            "DeleteFunctionEventInvokeConfig" => {
                self.invoke_config = InvokeConfig::default();
                Ok(json!({}))
            }
            _ => self.permission_call(operation, members),
        }
    }

    fn set_invoke_config(&mut self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&[
            "FunctionName",
            "Qualifier",
            "MaximumRetryAttempts",
            "MaximumEventAgeInSeconds",
            "DestinationConfig",
        ])?;
        let mut config = self.invoke_config.clone();
        if let Some(retries) = members.number("MaximumRetryAttempts")? {
            let retries = u32::try_from(retries).ok().filter(|retries| *retries <= 2);
            config.retries = retries.ok_or_else(|| invalid("MaximumRetryAttempts must be between 0 and 2"))?;
        }
        if let Some(age) = members.number("MaximumEventAgeInSeconds")? {
            if !(60..=21_600).contains(&age) {
                return Err(invalid("MaximumEventAgeInSeconds must be between 60 and 21600"));
            }
            config.age_max = age * 1000;
        }
        if let Some(destinations) = members.get("DestinationConfig") {
            let destination = |member: &str| destinations[member]["Destination"].as_str().map(str::to_owned);
            (config.on_failure, config.on_success) = (destination("OnFailure"), destination("OnSuccess"));
        }
        self.invoke_config = config;
        Ok(self.show_invoke_config())
    }

    fn show_invoke_config(&self) -> Value {
        let config = &self.invoke_config;
        let destination = |arn: &Option<String>| arn.as_ref().map_or(json!({}), |arn| json!({ "Destination": arn }));
        json!({
            "FunctionArn": format!("{}:$LATEST", self.arn),
            "MaximumRetryAttempts": config.retries,
            "MaximumEventAgeInSeconds": config.age_max / 1000,
            "DestinationConfig": {
                "OnFailure": destination(&config.on_failure),
                "OnSuccess": destination(&config.on_success),
            },
        })
    }
}
