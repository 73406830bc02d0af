//! Lambda functions.

use serde_json::{Map, Value, json};

use super::{Kind, Maker, Properties, properties::with, told};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const FUNCTION: Kind = Kind {
    name: "AWS::Lambda::Function",
    known: &[
        "FunctionName",
        "Description",
        "Code",
        "Handler",
        "Runtime",
        "Role",
        "MemorySize",
        "Timeout",
        "Environment",
        "Architectures",
        "LoggingConfig",
        "DeadLetterConfig",
        "KmsKeyArn",
        "TracingConfig",
        "VpcConfig",
        "Tags",
    ],
    fixed: &["FunctionName"],
    put,
    delete,
};

/// What CreateFunction and UpdateFunctionConfiguration take under the same name.
const CONFIGURATION: [&str; 11] = [
    "Description",
    "Handler",
    "Runtime",
    "Role",
    "MemorySize",
    "Timeout",
    "Environment",
    "LoggingConfig",
    "DeadLetterConfig",
    "TracingConfig",
    "VpcConfig",
];

fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let mut configuration = properties.input(&CONFIGURATION);
    // Templates spell it in another way than the API.
    configuration.extend(
        properties
            .get("KmsKeyArn")
            .map(|key| ("KMSKeyArn".to_owned(), key.clone())),
    );
    let code = code(properties)?;
    if let Some(held) = before {
        let name = ("FunctionName", json!(held.made.physical_id));
        let cleared = cleared(properties, held);
        maker.call(
            "lambda",
            "UpdateFunctionConfiguration",
            &with(configuration, cleared.chain([name.clone()])),
        )?;
        maker.call(
            "lambda",
            "UpdateFunctionCode",
            &with(Map::new(), [name, ("Code", code)]),
        )?;
        return Ok(held.made.clone());
    }
    let name = maker.name(properties.text("FunctionName")?);
    let mut members = vec![
        ("FunctionName", json!(name)),
        ("Code", code),
        ("Tags", tags(properties)?),
    ];
    members.extend(
        properties
            .get("Architectures")
            .map(|value| ("Architectures", value.clone())),
    );
    let arn = told(
        &maker.call("lambda", "CreateFunction", &with(configuration, members))?,
        "FunctionArn",
    )?;
    Ok(Made::named(&name).with("Arn", arn))
}

/// What the function had and no longer says: a missing member would leave it as it was.
fn cleared<'a>(properties: &Properties<'_>, held: &Held) -> impl Iterator<Item = (&'a str, Value)> {
    let empty = [
        ("Description", json!("")),
        ("MemorySize", json!(128)),
        ("Timeout", json!(3)),
        ("Environment", json!({ "Variables": {} })),
        ("DeadLetterConfig", json!({ "TargetArn": "" })),
        ("KMSKeyArn", json!("")),
        ("TracingConfig", json!({ "Mode": "PassThrough" })),
        ("VpcConfig", json!({ "SubnetIds": [], "SecurityGroupIds": [] })),
    ];
    let gone = empty.map(|(name, value)| {
        let property = if name == "KMSKeyArn" { "KmsKeyArn" } else { name };
        let is_gone = held.properties.contains_key(property) && properties.get(property).is_none();
        is_gone.then_some((name, value))
    });
    gone.into_iter().flatten()
}

fn tags(properties: &Properties<'_>) -> Result<Value, ApiError> {
    let tag = |tag: &Value| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone()));
    Ok(Value::Object(properties.list("Tags")?.iter().filter_map(tag).collect()))
}

/// The code as it was written, before an upload (the host knows where the program of that name lies), or as
/// `sam deploy` and `aws cloudformation package` leave it: an archive in S3.
fn code(properties: &Properties<'_>) -> Result<Value, ApiError> {
    let code = properties.required("Code")?;
    if code.is_string() || code["S3Key"].is_string() {
        return Ok(code.clone());
    }
    Err(ApiError::validation(format!(
        "AWS::Lambda::Function Code must be a local folder here, such as target/lambda/sweep/, or an archive in S3, not {code}"
    )))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call(
            "lambda",
            "DeleteFunction",
            &json!({ "FunctionName": held.made.physical_id }),
        )
        .map(|_| ())
}
