//! How Lambda functions are invoked: from queues, how often again, and by whom.

use serde_json::json;

use super::{Kind, Maker, Properties, properties::with, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const EVENT_SOURCE_MAPPING: Kind = Kind {
    name: "AWS::Lambda::EventSourceMapping",
    known: &[
        "EventSourceArn",
        "FunctionName",
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "FunctionResponseTypes",
        "ScalingConfig",
        "Enabled",
    ],
    fixed: &["EventSourceArn"],
    put: put_mapping,
    delete: delete_mapping,
};

pub(super) const EVENT_INVOKE_CONFIG: Kind = Kind {
    name: "AWS::Lambda::EventInvokeConfig",
    known: &[
        "FunctionName",
        "Qualifier",
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "DestinationConfig",
    ],
    fixed: &["FunctionName", "Qualifier"],
    put: put_config,
    delete: delete_config,
};

pub(super) const PERMISSION: Kind = Kind {
    name: "AWS::Lambda::Permission",
    known: &["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount"],
    // A permission cannot be changed, only replaced.
    fixed: &["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount"],
    put: put_permission,
    delete: delete_permission,
};

const MAPPING: [&str; 6] = [
    "FunctionName",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "Enabled",
];

fn put_mapping(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let members = properties.input(&MAPPING);
    if let Some(held) = before {
        let input = with(members, [("UUID", json!(held.made.physical_id))]);
        maker.call("lambda", "UpdateEventSourceMapping", &input)?;
        return Ok(held.made.clone());
    }
    let source = properties.required("EventSourceArn")?.clone();
    let answer = maker.call(
        "lambda",
        "CreateEventSourceMapping",
        &with(members, [("EventSourceArn", source)]),
    )?;
    let id = told(&answer, "UUID")?;
    Ok(Made::named(&id).with("Id", id))
}

fn delete_mapping(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call(
            "lambda",
            "DeleteEventSourceMapping",
            &json!({ "UUID": held.made.physical_id }),
        )
        .map(|_| ())
}

fn put_config(maker: &mut Maker<'_>, properties: &Properties<'_>, _before: Option<&Held>) -> Result<Made, ApiError> {
    let function = properties.required_text("FunctionName")?;
    let qualifier = properties.required_text("Qualifier")?;
    let names = [
        "FunctionName",
        "Qualifier",
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "DestinationConfig",
    ];
    maker.call(
        "lambda",
        "PutFunctionEventInvokeConfig",
        &json!(properties.input(&names)),
    )?;
    Ok(Made::named(format!("{function}|{qualifier}")))
}

fn delete_config(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let of = Properties::of(EVENT_INVOKE_CONFIG.name, &held.properties).input(&["FunctionName", "Qualifier"]);
    maker
        .call("lambda", "DeleteFunctionEventInvokeConfig", &json!(of))
        .map(|_| ())
}

fn put_permission(
    maker: &mut Maker<'_>,
    properties: &Properties<'_>,
    _before: Option<&Held>,
) -> Result<Made, ApiError> {
    let id = maker.generated_name();
    let members = properties.input(PERMISSION.known);
    maker.call("lambda", "AddPermission", &with(members, [("StatementId", json!(id))]))?;
    Ok(Made::named(id))
}

fn delete_permission(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let of = Properties::of(PERMISSION.name, &held.properties).input(&["FunctionName"]);
    let input = with(of, [("StatementId", json!(held.made.physical_id))]);
    maker.call("lambda", "RemovePermission", &input).map(|_| ())
}
