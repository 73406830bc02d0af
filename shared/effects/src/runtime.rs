//! The frame around every function: its now, its plans, and the loop of the Lambda runtime.

use anyhow::Context as _;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tracing::info;
use windsock_decisions::{Plan, plan::Named};

use crate::{Config, failure};

/// The only clock: when this invocation began, by whoever runs Lambda.
pub fn now(context: &Context, config: &Config) -> anyhow::Result<Timestamp> {
    let deadline_ms = i64::try_from(context.deadline).context("read the invocation's deadline")?;
    let timeout_ms = i64::try_from(config.timeout_s.saturating_mul(1000)).context("read the function's time-out")?;
    let began_ms = deadline_ms.saturating_sub(timeout_ms);
    Timestamp::from_millisecond(began_ms).with_context(|| format!("read the time {began_ms} ms"))
}

/// One line per decision, with fields to search for.
pub fn log_plan<A: Named>(function: &str, project: &str, plan: &Plan<A>) {
    match plan {
        Plan::Act(actions) => {
            for action in actions {
                let action = action.name();
                info!(
                    event = "plan",
                    function, project, action, "{function}: {action} for {project}"
                );
            }
        }
        Plan::StandDown(reason) => {
            let stand_down = reason.name();
            info!(
                event = "plan",
                function, project, stand_down, "{function}: {stand_down} for {project}"
            );
        }
        Plan::AskAgain { reason, at } => {
            let (stand_down, due) = (reason.name(), at.to_string());
            info!(
                event = "plan",
                function, project, stand_down, due, "{function}: {stand_down} for {project} until {due}"
            );
        }
    }
}

/// What a function answers: the plan of each project it looked at, its actions by name.
pub fn plans<A: Named>(plans: &[(String, Plan<A>)]) -> Value {
    let plans: Vec<Value> = plans
        .iter()
        .map(|(project, plan)| json!({ "project": project, "plan": by_name(plan) }))
        .collect();
    json!({ "plans": plans })
}

fn by_name<A: Named>(plan: &Plan<A>) -> Plan<&'static str> {
    match plan {
        Plan::Act(actions) => Plan::Act(actions.iter().map(Named::name).collect()),
        Plan::StandDown(reason) => Plan::StandDown(*reason),
        Plan::AskAgain { reason, at } => Plan::AskAgain {
            reason: *reason,
            at: *at,
        },
    }
}

/// Serves invocations until the runtime ends. A failure is logged here, once, and fails the invocation: the sender
/// retries, and the dead-letter queue has the last word.
pub async fn run<H>(config: &Config, handler: H) -> anyhow::Result<()>
where
    H: AsyncFn(Value, Timestamp) -> anyhow::Result<Value>,
{
    let (config, handler) = (&config, &handler);
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let answer = match now(&event.context, config) {
            // Boxed, because the future of a whole handler is nested deeper than the compiler likes.
            Ok(now) => Box::pin(handler(event.payload, now)).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| Diagnostic {
            error_type: "WindsockError".to_owned(),
            error_message: failure(&error),
        })
    });
    lambda_runtime::run(service)
        .await
        .map_err(|error| anyhow::anyhow!("run the Lambda runtime: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_the_deadline_minus_the_time_out() {
        let variable = |name: &str| Some(if name == "WINDSOCK_TIMEOUT_S" { "60" } else { "x" }.to_owned());
        let config = Config::from_variables(variable).unwrap();
        let mut context = Context::default();
        context.deadline = 1_364_796_060_000;
        assert_eq!(now(&context, &config).unwrap().to_string(), "2013-04-01T06:00:00Z");
    }
}
