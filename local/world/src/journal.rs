//! What the world did, in order: the only source of reports, timelines and invariant checks.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Millis;

/// One line of `journal.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Millis,
    #[serde(flatten)]
    pub record: Record,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// The endpoint received a call. `error` is the error code if it was refused.
    Call {
        service: String,
        operation: String,
        caller: String,
        target: String,
        error: Option<String>,
    },
    /// An object became current.
    ObjectCreated {
        bucket: String,
        key: String,
        etag: String,
        size: u64,
        caller: String,
    },
    ObjectDeleted {
        bucket: String,
        key: String,
        caller: String,
    },
    /// An event reached the bus. `matched` names the rules.
    Event {
        id: String,
        source: String,
        detail_type: String,
        detail: Value,
        matched: Vec<String>,
    },
    InvocationStarted {
        id: String,
        function: String,
        attempt: u32,
        payload: Value,
    },
    /// `outcome` is `returned`, `failed`, `timed-out` or `crashed`; `answer` the function's answer or error text.
    InvocationEnded {
        id: String,
        function: String,
        outcome: String,
        answer: Value,
    },
    /// Status of an execution changed. `parameters` are those of the start.
    Execution {
        arn: String,
        pipeline: String,
        display_name: String,
        status: String,
        failure: Option<String>,
        parameters: Value,
    },
    /// Status of a step changed.
    Step {
        execution: String,
        step: String,
        step_type: String,
        status: String,
        job: Option<String>,
        failure: Option<String>,
    },
    ModelPackage {
        arn: String,
        group: String,
        version: u64,
        approval: String,
        status: String,
        caller: String,
    },
    Metric {
        namespace: String,
        name: String,
        dimensions: Value,
        value: f64,
    },
    Alarm {
        name: String,
        state: String,
        previous: String,
        reason: String,
    },
    /// SNS delivered a message to one endpoint.
    Letter {
        topic: String,
        protocol: String,
        endpoint: String,
        subject: String,
        body: String,
        attributes: Value,
    },
    DeadLetter {
        queue: String,
        function: String,
        error: String,
        event: Value,
    },
    /// A policy refused somebody something. The caller was told `reason` and no more.
    Denied {
        caller: String,
        action: String,
        resource: String,
        /// As AWS gives it, e.g. `because no identity-based policy allows the s3:GetObject action`.
        reason: String,
        /// The statements that deny it, if one does.
        by: Vec<String>,
        /// A statement that would allow it, to paste into the policy that lacks it.
        would_allow: Option<Value>,
        /// Statements that speak of it and failed by a condition.
        near_misses: Vec<String>,
    },
    /// A JSON line that a function printed.
    Log { function: String, line: Value },
}
