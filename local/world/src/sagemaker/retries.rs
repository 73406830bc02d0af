//! Retry policies of a step: which failures are tried again, how often and after how long.

use serde_json::Value;

use super::{
    definition::StepKind,
    definition_members::{list, only},
};
use crate::Millis;

#[derive(Debug, Clone)]
pub(super) struct RetryPolicy {
    exceptions: Vec<String>,
    interval_s: f64,
    backoff: f64,
    attempts_max: u32,
    expire_after_ms: Option<Millis>,
}

/// The waiting time grows to this at most, in seconds.
const INTERVAL_MAX_S: f64 = 43_200.0;
/// Default and greatest number of attempts.
const ATTEMPTS: u32 = 5;
const ATTEMPTS_MAX: u64 = 20;
const EXPIRE_MAX_MIN: u64 = 14_400;

const OF_STEPS: [&str; 2] = ["Step.SERVICE_FAULT", "Step.THROTTLING"];
const OF_JOBS: [&str; 3] = [
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
];

pub(super) fn read(step: &Value, name: &str, kind: StepKind) -> Result<Vec<RetryPolicy>, String> {
    let policies = list(step, "RetryPolicies", name)?;
    if !policies.is_empty() && matches!(kind, StepKind::Condition | StepKind::Fail) {
        return Err(format!("step '{name}' of type {} takes no RetryPolicies", kind.name()));
    }
    policies.iter().map(|policy| one(policy, name, kind)).collect()
}

fn one(policy: &Value, name: &str, kind: StepKind) -> Result<RetryPolicy, String> {
    let members = policy
        .as_object()
        .ok_or_else(|| format!("a retry policy of step '{name}' is no JSON object"))?;
    let known = [
        "ExceptionType",
        "IntervalSeconds",
        "BackoffRate",
        "MaxAttempts",
        "ExpireAfterMin",
    ];
    only(&format!("a retry policy of step '{name}'"), members.keys(), &known)?;
    let mut exceptions = Vec::new();
    for exception in list(policy, "ExceptionType", name)? {
        let exception = exception.as_str().unwrap_or_default();
        let of_jobs = OF_JOBS.contains(&exception)
            && matches!(kind, StepKind::Processing | StepKind::Training | StepKind::Transform);
        if !of_jobs && !OF_STEPS.contains(&exception) {
            return Err(format!(
                "a retry policy of step '{name}' has the ExceptionType '{exception}'"
            ));
        }
        exceptions.push(exception.to_owned());
    }
    if policy.get("MaxAttempts").is_some() && policy.get("ExpireAfterMin").is_some() {
        return Err(format!(
            "a retry policy of step '{name}' has both MaxAttempts and ExpireAfterMin"
        ));
    }
    let whole = |member: &str, max: u64| match policy.get(member) {
        None => Ok(None),
        Some(value) => match value.as_u64().filter(|number| (1..=max).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(format!(
                "{member} of a retry policy of step '{name}' must be 1 to {max}, not {value}"
            )),
        },
    };
    let attempts = whole("MaxAttempts", ATTEMPTS_MAX)?.and_then(|attempts| u32::try_from(attempts).ok());
    let expire = whole("ExpireAfterMin", EXPIRE_MAX_MIN)?.and_then(|minutes| Millis::try_from(minutes).ok());
    Ok(RetryPolicy {
        exceptions,
        interval_s: policy["IntervalSeconds"].as_f64().unwrap_or(1.0),
        backoff: policy["BackoffRate"].as_f64().unwrap_or(2.0),
        // A policy that expires by time has no number of attempts.
        attempts_max: attempts.unwrap_or(if expire.is_some() { u32::MAX } else { ATTEMPTS }),
        expire_after_ms: expire.map(|minutes| minutes * 60_000),
    })
}

/// How long to wait before the next attempt, or `None` when the failure is final.
pub(super) fn wait(policies: &[RetryPolicy], reason: &str, attempts: u32, since_first_ms: Millis) -> Option<Millis> {
    let exception = exception(reason)?;
    let policy = policies
        .iter()
        .find(|policy| policy.exceptions.iter().any(|known| known == exception))?;
    let expired = policy.expire_after_ms.is_some_and(|limit| since_first_ms >= limit);
    if attempts > policy.attempts_max || expired {
        return None;
    }
    let times = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = (policy.interval_s * policy.backoff.powi(times)).min(INTERVAL_MAX_S);
    #[expect(clippy::cast_possible_truncation, reason = "at most half a day, in milliseconds")]
    let wait = (seconds * 1000.0).round() as Millis;
    Some(wait)
}

/// The kind of failure that a reason tells of. What a job's own code did wrong is none of them.
fn exception(reason: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 6] = [
        ("InternalServerError", "SageMaker.JOB_INTERNAL_ERROR"),
        ("CapacityError", "SageMaker.CAPACITY_ERROR"),
        ("ResourceLimitExceeded", "SageMaker.RESOURCE_LIMIT"),
        ("ThrottlingException", "Step.THROTTLING"),
        ("ServiceUnavailable", "Step.SERVICE_FAULT"),
        ("InternalFailure", "Step.SERVICE_FAULT"),
    ];
    KINDS
        .iter()
        .find(|(word, _)| reason.contains(word))
        .map(|(_, exception)| *exception)
}
