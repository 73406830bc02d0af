//! EventBridge rules with their targets.

use serde_json::{Value, json};

use super::{
    Kind, Maker, Properties,
    properties::{as_text, with},
    told,
};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const RULE: Kind = Kind {
    name: "AWS::Events::Rule",
    known: &[
        "Name",
        "Description",
        "EventBusName",
        "EventPattern",
        "ScheduleExpression",
        "State",
        "Targets",
    ],
    fixed: &["Name", "EventBusName"],
    put,
    delete,
};

fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("Name")?),
    };
    let rule = properties.input(&["Description", "EventBusName", "ScheduleExpression", "State"]);
    let pattern = properties
        .get("EventPattern")
        .map(|pattern| ("EventPattern", json!(as_text(pattern))));
    let rule = with(rule, [("Name", json!(name))].into_iter().chain(pattern));
    let arn = told(&maker.call("events", "PutRule", &rule)?, "RuleArn")?;
    let targets = properties.list("Targets")?;
    remove_targets(maker, &name, before, |id| {
        targets.iter().all(|target| target["Id"].as_str() != Some(id))
    })?;
    if !targets.is_empty() {
        put_targets(maker, &name, targets)?;
    }
    Ok(Made::named(&name).with("Arn", arn))
}

/// An answer that names refused targets is a failure here.
fn put_targets(maker: &mut Maker<'_>, rule: &str, targets: &[Value]) -> Result<(), ApiError> {
    let answer = maker.call("events", "PutTargets", &json!({ "Rule": rule, "Targets": targets }))?;
    match answer["FailedEntries"].as_array().and_then(|failed| failed.first()) {
        Some(failed) => Err(ApiError::validation(format!(
            "PutTargets of rule {rule} failed: {failed}"
        ))),
        None => Ok(()),
    }
}

fn remove_targets(
    maker: &mut Maker<'_>,
    rule: &str,
    before: Option<&Held>,
    gone: impl Fn(&str) -> bool,
) -> Result<(), ApiError> {
    let before = before
        .and_then(|held| held.properties.get("Targets"))
        .and_then(Value::as_array);
    let ids = before.into_iter().flatten().filter_map(|target| target["Id"].as_str());
    let ids: Vec<&str> = ids.filter(|id| gone(id)).collect();
    if !ids.is_empty() {
        maker.call("events", "RemoveTargets", &json!({ "Rule": rule, "Ids": ids }))?;
    }
    Ok(())
}

/// A rule with targets cannot be deleted.
fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let name = held.made.physical_id.clone();
    remove_targets(maker, &name, Some(held), |_| true)?;
    maker.call("events", "DeleteRule", &json!({ "Name": name })).map(|_| ())
}
