//! The query protocol: SNS, CloudFormation, STS and IAM speak nothing else, older clients of CloudWatch neither.
//!
//! A form comes in (`form`), the answer goes out as XML (`xml`).

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use windsock_world::ApiError;

use crate::{
    Backend,
    body::document,
    errors::{fault, query_code, status},
    inbound::{Inbound, call, is_operation_name},
    wire::respond,
};

mod form;
mod types;
mod xml;

/// A service of this protocol. The API version in the form tells them apart.
#[derive(Clone, Copy)]
pub(crate) struct Service {
    name: &'static str,
    version: &'static str,
    namespace: &'static str,
}

const SERVICES: [Service; 5] = [
    Service {
        name: "sns",
        version: "2010-03-31",
        namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    },
    Service {
        name: "cloudwatch",
        version: "2010-08-01",
        namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    },
    Service {
        name: "cloudformation",
        version: "2010-05-15",
        namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    },
    Service {
        name: "sts",
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    Service {
        name: "iam",
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    },
];

/// Parts of a signed address that are not members of the call.
const SIGNATURE_PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

pub(crate) fn answer(backend: &Arc<dyn Backend>, inbound: &Inbound) -> Response<Bytes> {
    let mut service = None;
    match perform(backend, inbound, &mut service) {
        Ok(body) => respond(StatusCode::OK, "text/xml", body),
        Err(error) => refusal(service, inbound, &error),
    }
}

/// `service` is filled in as soon as it is known, so that a refusal can be said in its words.
fn perform(backend: &Arc<dyn Backend>, inbound: &Inbound, service: &mut Option<Service>) -> Result<String, ApiError> {
    let caller = inbound.caller(backend, "InvalidClientTokenId")?;
    let mut pairs = inbound.query.clone();
    pairs.retain(|(name, _)| !SIGNATURE_PARAMETERS.contains(&name.as_str()));
    let document = document(inbound, "MalformedInput")?;
    pairs.extend(form_urlencoded::parse(&document).into_owned());

    let version = take(&mut pairs, "Version").unwrap_or_default();
    let known = SERVICES.iter().find(|service| service.version == version).copied();
    let known = known.ok_or_else(|| unknown_version(&version))?;
    *service = Some(known);
    let operation = take(&mut pairs, "Action").unwrap_or_default();
    if !is_operation_name(&operation) {
        return Err(ApiError::new(
            400,
            "InvalidAction",
            format!("The Action {operation:?} is not valid"),
        ));
    }
    let input = form::to_json(known.name, pairs)?;
    let output = call(backend, caller, known.name, &operation, input)?;
    Ok(xml::result(
        known.name,
        known.namespace,
        &operation,
        &output,
        &inbound.request_id,
    ))
}

fn take(pairs: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let at = pairs.iter().position(|(key, _)| key == name)?;
    Some(pairs.remove(at).1)
}

fn unknown_version(version: &str) -> ApiError {
    let message = match version {
        "2012-11-05" => "SQS is spoken in AWS JSON 1.0 here; update the client".to_owned(),
        "" => "The form has no Version, which says which service is meant".to_owned(),
        other => format!("No service of this endpoint has the API version {other:?} in the query protocol"),
    };
    ApiError::new(400, "InvalidAction", message)
}

fn refusal(service: Option<Service>, inbound: &Inbound, error: &ApiError) -> Response<Bytes> {
    let (name, namespace) = service.map_or(("", ""), |service| (service.name, service.namespace));
    let code = query_code(name, &error.code);
    let body = xml::error(namespace, fault(error), code, &error.message, &inbound.request_id);
    respond(status(error), "text/xml", body)
}

#[cfg(test)]
mod tests;
