//! CloudWatch Logs groups.

use serde_json::json;

use super::{Kind, Maker, Properties};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const LOG_GROUP: Kind = Kind {
    name: "AWS::Logs::LogGroup",
    known: &["LogGroupName", "RetentionInDays", "KmsKeyId"],
    fixed: &["LogGroupName"],
    put,
    delete,
};

fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => {
            let name = maker.name(properties.text("LogGroupName")?);
            maker.call("logs", "CreateLogGroup", &json!({ "logGroupName": name }))?;
            name
        }
    };
    if let Some(key) = properties.get("KmsKeyId") {
        let input = json!({ "logGroupName": name, "kmsKeyId": key });
        maker.call("logs", "AssociateKmsKey", &input)?;
    } else if before.is_some() {
        maker.call("logs", "DisassociateKmsKey", &json!({ "logGroupName": name }))?;
    }
    if let Some(days) = properties.get("RetentionInDays") {
        maker.call(
            "logs",
            "PutRetentionPolicy",
            &json!({ "logGroupName": name, "retentionInDays": days }),
        )?;
    } else if before.is_some() {
        maker.call("logs", "DeleteRetentionPolicy", &json!({ "logGroupName": name }))?;
    }
    let arn = maker.world.arn("logs", &format!("log-group:{name}:*"));
    Ok(Made::named(name).with("Arn", arn))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    maker
        .call(
            "logs",
            "DeleteLogGroup",
            &json!({ "logGroupName": held.made.physical_id }),
        )
        .map(|_| ())
}
