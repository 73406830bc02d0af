//! The API of event source mappings, with the checks that AWS makes.

use serde_json::{Value, json};

use super::{LambdaTimer, Mapping, function_name, invalid};
use crate::{
    ApiError, World,
    input::{Members, seconds, unknown_operation},
    sqs::queue_name,
    world::Timer,
};

const MEMBERS: [&str; 9] = [
    "EventSourceArn",
    "FunctionName",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "Enabled",
    "UUID",
    "Tags",
];
/// What the function's role has to be allowed on the queue.
const READS: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/// Without a window a batch has at most this many messages.
const BATCH_WITHOUT_WINDOW_MAX: usize = 10;

impl World {
    pub(super) fn mapping_call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "CreateEventSourceMapping" => return self.create_mapping(members),
            "ListEventSourceMappings" => return self.list_mappings(members),
            _ => {}
        }
        let uuid = members.required("UUID")?;
        let mapping = self.lambda.mappings.get(uuid).cloned();
        let missing = || {
            ApiError::new(
                404,
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
            )
        };
        let mut mapping = mapping.ok_or_else(missing)?;
        match operation {
            "GetEventSourceMapping" => Ok(self.show_mapping(&mapping)),
            "UpdateEventSourceMapping" => {
                self.read_mapping(members, &mut mapping)?;
                self.put_mapping(mapping)
            }
            "DeleteEventSourceMapping" => {
                self.lambda.mappings.remove(uuid);
                self.cancel_timer(&Timer::Lambda(LambdaTimer::Window {
                    mapping: uuid.to_owned(),
                }));
                self.watch_queue(&mapping.queue);
                Ok(self.show_mapping(&mapping))
            }
            _ => Err(unknown_operation("lambda", operation)),
        }
    }

    fn create_mapping(&mut self, members: Members) -> Result<Value, ApiError> {
        let function = function_name(members.required("FunctionName")?).to_owned();
        self.function(&function)?;
        let source = members.required("EventSourceArn")?;
        if source.split(':').nth(2) != Some("sqs") || self.queue(queue_name(source)).is_err() {
            return Err(invalid(format!(
                "Error occurred while calling SQS GetQueueAttributes: no queue {source}"
            )));
        }
        let queue = queue_name(source).to_owned();
        if self
            .lambda
            .mappings
            .values()
            .any(|old| old.queue == queue && old.function == function)
        {
            let message =
                format!("An event source mapping with SQS arn {source} and function {function} already exists.");
            return Err(ApiError::new(409, "ResourceConflictException", message));
        }
        let mut mapping = Mapping {
            uuid: self.new_uuid(),
            function,
            queue,
            batch_size: 10,
            window: 0,
            reports_failures: false,
            concurrency_max: None,
            enabled: true,
            collecting: false,
            modified_at: self.now,
        };
        self.read_mapping(members, &mut mapping)?;
        for action in READS {
            if !self.may_read(&mapping, &[action]) {
                let action = action.trim_start_matches("sqs:");
                let message = format!("The provided execution role does not have permissions to call {action} on SQS");
                return Err(invalid(message));
            }
        }
        self.put_mapping(mapping)
    }

    fn put_mapping(&mut self, mapping: Mapping) -> Result<Value, ApiError> {
        let (shown, queue) = (self.show_mapping(&mapping), mapping.queue.clone());
        self.lambda.mappings.insert(mapping.uuid.clone(), mapping);
        self.queue_changed(&queue);
        Ok(shown)
    }

    fn read_mapping(&self, members: Members, mapping: &mut Mapping) -> Result<(), ApiError> {
        let members = members.only(&MEMBERS)?;
        if let Some(size) = members.number("BatchSize")? {
            mapping.batch_size = usize::try_from(size)
                .ok()
                .filter(|size| (1..=10_000).contains(size))
                .ok_or_else(|| invalid(format!("BatchSize must be between 1 and 10000, not {size}")))?;
        }
        if let Some(window) = members.number("MaximumBatchingWindowInSeconds")? {
            if !(0..=300).contains(&window) {
                return Err(invalid(format!(
                    "MaximumBatchingWindowInSeconds must be between 0 and 300, not {window}"
                )));
            }
            mapping.window = window * 1000;
        }
        if mapping.batch_size > BATCH_WITHOUT_WINDOW_MAX && mapping.window == 0 {
            let message =
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10";
            return Err(invalid(message));
        }
        if members.get("FunctionResponseTypes").is_some() {
            let types = members.texts("FunctionResponseTypes")?;
            mapping.reports_failures = types.iter().any(|kind| kind == "ReportBatchItemFailures");
        }
        if let Some(scaling) = members.get("ScalingConfig") {
            let most = Members::of(scaling).number("MaximumConcurrency")?;
            if most.is_some_and(|most| !(2..=1000).contains(&most)) {
                return Err(invalid("ScalingConfig.MaximumConcurrency must be between 2 and 1000"));
            }
            mapping.concurrency_max = most.and_then(|most| usize::try_from(most).ok());
        }
        mapping.enabled = members.flag("Enabled")?.unwrap_or(mapping.enabled);
        mapping.modified_at = self.now;
        let (hidden, timeout) = (
            self.queue(&mapping.queue)?.period("VisibilityTimeout"),
            self.function(&mapping.function)?.timeout_s,
        );
        if hidden < timeout * 1000 {
            return Err(invalid(format!(
                "Queue visibility timeout: {} seconds is less than Function timeout: {timeout} seconds",
                hidden / 1000
            )));
        }
        Ok(())
    }

    fn list_mappings(&self, members: Members) -> Result<Value, ApiError> {
        let function = members.text("FunctionName")?.map(function_name);
        let queue = members.text("EventSourceArn")?.map(queue_name);
        let mappings = self.lambda.mappings.values().filter(|mapping| {
            function.is_none_or(|name| name == mapping.function) && queue.is_none_or(|name| name == mapping.queue)
        });
        let shown: Vec<_> = mappings.map(|mapping| self.show_mapping(mapping)).collect();
        Ok(json!({ "EventSourceMappings": shown }))
    }

    fn show_mapping(&self, mapping: &Mapping) -> Value {
        let mut shown = json!({
            "UUID": mapping.uuid,
            "EventSourceArn": self.arn("sqs", &mapping.queue),
            "FunctionArn": self.arn("lambda", &format!("function:{}", mapping.function)),
            "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": mapping.window / 1000,
            "State": if mapping.enabled { "Enabled" } else { "Disabled" },
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": seconds(mapping.modified_at),
            "FunctionResponseTypes": if mapping.reports_failures { json!(["ReportBatchItemFailures"]) } else { json!([]) },
        });
        if let Some(most) = mapping.concurrency_max {
            shown["ScalingConfig"] = json!({ "MaximumConcurrency": most });
        }
        shown
    }
}
