//! Creating, changing and deleting functions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CONCURRENCY, Function, InvokeConfig, LambdaTimer, invalid};
use crate::{ApiError, Millis, World, input::Members, world::Timer};

const MEMBERS: [&str; 20] = [
    "FunctionName",
    "Role",
    "Code",
    "Runtime",
    "Handler",
    "Environment",
    "MemorySize",
    "Timeout",
    "DeadLetterConfig",
    "Architectures",
    "Description",
    "LoggingConfig",
    "TracingConfig",
    "VpcConfig",
    "KMSKeyArn",
    "EphemeralStorage",
    "Tags",
    "PackageType",
    "Publish",
    "ReservedConcurrentExecutions",
];
/// Members of the configuration that are only shown again.
const SHOWN: [&str; 11] = [
    "Runtime",
    "Handler",
    "Architectures",
    "Description",
    "LoggingConfig",
    "TracingConfig",
    "VpcConfig",
    "KMSKeyArn",
    "EphemeralStorage",
    "PackageType",
    "Layers",
];
const ENVIRONMENT_BYTES_MAX: usize = 4096;

impl World {
    pub(super) fn create_function(&mut self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&MEMBERS)?;
        let name = members.required("FunctionName")?;
        if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return Err(ApiError::validation(format!(
                "Value '{name}' at 'functionName' must have 1 to 64 of A-Za-z0-9-_"
            )));
        }
        if self.lambda.functions.contains_key(name) {
            return Err(ApiError::new(
                409,
                "ResourceConflictException",
                format!("Function already exist: {name}"),
            ));
        }
        let code = members.get("Code").ok_or_else(|| invalid("Code is required"))?;
        let code = self.code(name, code)?;
        let mut function = Function {
            name: name.into(),
            arn: self.arn("lambda", &format!("function:{name}")),
            role_arn: members.required("Role")?.into(),
            environment: BTreeMap::new(),
            memory_mb: 128,
            timeout_s: 3,
            reserved_concurrency: members
                .number("ReservedConcurrentExecutions")?
                .map(|n| usize::try_from(n).unwrap_or(0)),
            dead_letters: None,
            invoke_config: InvokeConfig::default(),
            waiting: BTreeMap::new(),
            permissions: BTreeMap::new(),
            policy: None,
            shown: json!({}),
            code,
            tags: members.get("Tags").cloned().unwrap_or_else(|| json!({})),
        };
        function.configure(members, self.now)?;
        self.may_take_on("lambda.amazonaws.com", &function.arn, &function.role_arn)
            .map_err(|_| invalid("The role defined for the function cannot be assumed by Lambda."))?;
        let shown = function.shown.clone();
        self.lambda.functions.insert(name.into(), function);
        Ok(shown)
    }

    pub(super) fn update_function(&mut self, name: &str, members: Members) -> Result<Value, ApiError> {
        let now = self.now;
        let function = self.function_mut(name)?;
        function.configure(members, now)?;
        Ok(function.shown.clone())
    }

    /// What runs goes on; what waits is forgotten, as in AWS.
    pub(super) fn delete_function(&mut self, name: &str) -> Result<Value, ApiError> {
        self.function(name)?;
        self.lambda.functions.remove(name);
        let resting = self.lambda.resting.extract_if(.., |_, (function, _)| function == name);
        let numbers: Vec<u64> = resting.map(|(number, _)| number).collect();
        for event in numbers {
            self.cancel_timer(&Timer::Lambda(LambdaTimer::Attempt { event }));
        }
        Ok(json!({}))
    }
}

impl Function {
    pub(super) fn concurrency(&self) -> usize {
        self.reserved_concurrency.unwrap_or(CONCURRENCY)
    }

    /// Take over the members that are there; check all before changing any.
    fn configure(&mut self, members: Members, now: Millis) -> Result<(), ApiError> {
        let timeout = members.number("Timeout")?.unwrap_or(self.timeout_s);
        if !(1..=900).contains(&timeout) {
            return Err(ApiError::validation(format!(
                "Value '{timeout}' at 'timeout' must be between 1 and 900"
            )));
        }
        let memory = members.number("MemorySize")?.unwrap_or(self.memory_mb.into());
        let memory = u32::try_from(memory)
            .ok()
            .filter(|memory| (128..=10_240).contains(memory));
        let memory = memory.ok_or_else(|| ApiError::validation("'MemorySize' must be between 128 and 10240"))?;
        let environment = match members.get("Environment") {
            Some(environment) => Members::of(environment).map("Variables")?,
            None => self.environment.clone(),
        };
        let size: usize = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > ENVIRONMENT_BYTES_MAX {
            return Err(invalid(
                "Lambda was unable to configure your environment variables because the environment variables you \
                 have provided exceeded the 4KB limit.",
            ));
        }
        if let Some(reserved) = environment.keys().find(|name| name.starts_with("AWS_")) {
            return Err(invalid(format!(
                "the environment variable {reserved} is reserved for Lambda"
            )));
        }
        self.role_arn = members.text("Role")?.unwrap_or(&self.role_arn).to_owned();
        if let Some(config) = members.get("DeadLetterConfig") {
            self.dead_letters = config["TargetArn"]
                .as_str()
                .filter(|arn| !arn.is_empty())
                .map(str::to_owned);
        }
        (self.timeout_s, self.memory_mb, self.environment) = (timeout, memory, environment);
        for member in SHOWN {
            if let Some(value) = members.get(member) {
                self.shown[member] = value.clone();
            }
        }
        self.show(now);
        Ok(())
    }

    fn show(&mut self, now: Millis) {
        let modified = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
        let shown = [
            ("FunctionName", json!(self.name)),
            ("FunctionArn", json!(self.arn)),
            ("Role", json!(self.role_arn)),
            ("Timeout", json!(self.timeout_s)),
            ("MemorySize", json!(self.memory_mb)),
            ("Environment", json!({ "Variables": self.environment })),
            ("DeadLetterConfig", json!({ "TargetArn": self.dead_letters })),
            (
                "LastModified",
                json!(modified.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()),
            ),
            ("Version", json!("$LATEST")),
            ("State", json!("Active")),
            ("LastUpdateStatus", json!("Successful")),
        ];
        for (member, value) in shown {
            self.shown[member] = value;
        }
        if self.dead_letters.is_none()
            && let Some(shown) = self.shown.as_object_mut()
        {
            shown.remove("DeadLetterConfig");
        }
    }
}
