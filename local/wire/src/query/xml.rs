//! Answers in XML: lists as `<member>`, maps as `<entry>`, times in ISO 8601.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;
use serde_json::{Map, Value};

use crate::members::{is_timestamp, iso8601};

/// IAM gives policies percent-encoded (RFC 3986), and clients decode them.
const POLICY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn result(service: &str, namespace: &str, operation: &str, output: &Value, request_id: &str) -> String {
    let empty = Map::new();
    let members = output.as_object().unwrap_or(&empty);
    let mut text = format!("<{operation}Response xmlns=\"{namespace}\"><{operation}Result>");
    write_members(&mut text, service, members);
    text.push_str(&format!(
        "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    ));
    text
}

pub(crate) fn error(namespace: &str, fault: &str, code: &str, message: &str, request_id: &str) -> String {
    let namespace = if namespace.is_empty() {
        String::new()
    } else {
        format!(" xmlns=\"{namespace}\"")
    };
    let (code, message) = (text_of(code), text_of(message));
    format!(
        "<ErrorResponse{namespace}><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>"
    )
}

fn write_members(out: &mut String, service: &str, members: &Map<String, Value>) {
    for (name, value) in members {
        write(out, service, name, name, value);
    }
}

/// `element` is the tag; `member` the name under which the value's type is known.
fn write(out: &mut String, service: &str, element: &str, member: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    out.push_str(&format!("<{element}>"));
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| write(out, service, "member", member, item)),
        Value::Object(entries) if is_map(service, member) => entries.iter().for_each(|(key, value)| {
            out.push_str(&format!("<entry><key>{}</key>", text_of(key)));
            write(out, service, "value", "", value);
            out.push_str("</entry>");
        }),
        Value::Object(members) => write_members(out, service, members),
        Value::Number(number) if is_timestamp(member) => {
            let time = number.as_f64().and_then(iso8601);
            out.push_str(&time.unwrap_or_else(|| number.to_string()));
        }
        Value::String(text) if service == "iam" && is_policy(member) => {
            out.extend(utf8_percent_encode(text, POLICY));
        }
        Value::String(text) => out.push_str(&text_of(text)),
        Value::Number(_) | Value::Bool(_) => out.push_str(&value.to_string()),
        Value::Null => {}
    }
    out.push_str(&format!("</{element}>"));
}

fn is_map(service: &str, member: &str) -> bool {
    match service {
        "sns" => matches!(member, "Attributes" | "attributes"),
        "cloudwatch" => matches!(
            member,
            "ExtendedStatistics" | "ContributorAttributes" | "AlarmContributorAttributes"
        ),
        "cloudformation" => member == "ResourceIdentifier",
        "iam" => matches!(
            member,
            "SummaryMap" | "Properties" | "EvalDecisionDetails" | "Certifications"
        ),
        _ => false,
    }
}

fn is_policy(member: &str) -> bool {
    matches!(member, "AssumeRolePolicyDocument" | "PolicyDocument" | "Document")
}

/// Escaped, and without the control characters that XML 1.0 cannot carry even escaped.
fn text_of(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text = match text.chars().all(allowed) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(
            text.chars()
                .map(|c| if allowed(c) { c } else { '\u{fffd}' })
                .collect::<String>(),
        ),
    };
    // A parser turns a bare carriage return into a line feed.
    escape(text.as_ref()).replace('\r', "&#13;")
}
