//! Who is meant: every AWS service answers on one address, so the request itself has to say.

use std::net::IpAddr;

use bytes::Bytes;
use http::{Request, header};

use crate::inbound::Inbound;

/// A protocol, and what it can already say about the call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// AWS JSON 1.0 and 1.1; `service` is `None` for a target prefix that nobody here has.
    Json {
        service: Option<&'static str>,
        operation: String,
    },
    /// Smithy RPC v2 CBOR.
    Cbor {
        service: Option<&'static str>,
        operation: String,
    },
    /// Forms in, XML out. Which service is in the form, which may be packed.
    Query,
    /// Scheduler and Lambda.
    Rest {
        service: &'static str,
    },
    S3,
}

/// Prefixes of X-Amz-Target, which are also the service names of RPC v2 CBOR paths.
const TARGETS: [(&str, &str); 6] = [
    ("SageMaker", "sagemaker"),
    ("AmazonSQS", "sqs"),
    ("AWSEvents", "events"),
    ("GraniteServiceVersion20100801", "cloudwatch"),
    ("Logs_20140328", "logs"),
    // The one service whose prefix has dots.
    ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "cloudtrail"),
];

pub(crate) fn route(inbound: &Inbound) -> Route {
    let scope = inbound.scope().map(|scope| scope.service).unwrap_or_default();
    // What was signed for S3 is S3's, whatever its key looks like: an object may be called `schedules/x`.
    if scope == "s3" {
        return Route::S3;
    }
    if let Some(target) = inbound.header("x-amz-target") {
        let (prefix, operation) = target.rsplit_once('.').unwrap_or((target, ""));
        return Route::Json {
            service: by_target(prefix),
            operation: operation.to_owned(),
        };
    }
    if let Some((service, operation)) = cbor_path(inbound) {
        return Route::Cbor {
            service: by_target(&service),
            operation,
        };
    }
    if is_query(inbound) {
        return Route::Query;
    }
    match scope.as_str() {
        "scheduler" => Route::Rest { service: "scheduler" },
        "lambda" => Route::Rest { service: "lambda" },
        _ => by_path(&inbound.path),
    }
}

fn by_target(prefix: &str) -> Option<&'static str> {
    TARGETS
        .iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, service)| *service)
}

/// `/service/{service}/operation/{operation}` at the end of the path.
fn cbor_path(inbound: &Inbound) -> Option<(String, String)> {
    inbound
        .header("smithy-protocol")
        .filter(|protocol| protocol.eq_ignore_ascii_case("rpc-v2-cbor"))?;
    let mut parts = inbound.path.rsplit('/');
    let (operation, _, service) = (
        parts.next()?,
        parts.next().filter(|word| *word == "operation")?,
        parts.next()?,
    );
    parts.next().filter(|word| *word == "service")?;
    Some((service.to_owned(), operation.to_owned()))
}

fn is_query(inbound: &Inbound) -> bool {
    let form = inbound.media_type() == "application/x-www-form-urlencoded";
    form || (inbound.path == "/" && inbound.query_value("Action").is_some())
}

fn by_path(path: &str) -> Route {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "schedules" | "schedule-groups" => Route::Rest { service: "scheduler" },
        "2015-03-31" => Route::Rest { service: "lambda" },
        _ => Route::S3,
    }
}

/// Refuse what a web page could send to a developer's machine: a name that was rebound to this address, or a page of
/// another origin. The sentence says what would be right.
pub(crate) fn guard(request: &Request<Bytes>) -> Result<(), String> {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if !is_loopback(host) {
        return Err(format!(
            "Host {host:?} is not this endpoint. Use http://127.0.0.1, http://localhost or http://[::1] with its port, \
             and path-style addresses for buckets."
        ));
    }
    for origin in request.headers().get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        if !is_loopback(host) {
            return Err(format!(
                "Origin {origin:?} may not call this endpoint: only pages of this machine may."
            ));
        }
    }
    Ok(())
}

/// `host` or `host:port`, where the host is this machine by number or by the name `localhost`.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if port.is_empty() || is_port(port) => return is_loopback_address(address),
        Some(_) => return false,
        None => match authority.split_once(':') {
            Some((host, port)) if is_port(&format!(":{port}")) => host,
            Some(_) => return false,
            None => authority,
        },
    };
    host.eq_ignore_ascii_case("localhost") || is_loopback_address(host)
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|digits| digits.parse::<u16>().is_ok())
}

fn is_loopback_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
