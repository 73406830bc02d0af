//! Parts of answers that many operations share: errors, pages, times, and what an idempotency token promised.

use serde_json::{Map, Value, json};

use crate::{
    ApiError, Caller, Millis, World,
    input::{seconds, time_of},
};

/// Items on a page when the caller does not say.
const PAGE: usize = 10;

/// What was asked with an idempotency token, and what the answer was.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    asked: Value,
    answer: Value,
    at: Millis,
}

/// 400 ResourceNotFound, where the service's model has it. Many operations answer ValidationException instead.
pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ResourceNotFound", message)
}

pub(super) fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ConflictException", message)
}

/// A text of a checked input; empty when absent.
pub(super) fn said<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

/// A text of a checked input, if given.
pub(super) fn maybe(input: &Value, member: &str) -> Option<String> {
    input[member].as_str().map(str::to_owned)
}

pub(super) fn time(at: Millis) -> Value {
    json!(seconds(at))
}

/// The caller, as the service tells who made or changed something.
pub(super) fn user(caller: &str) -> Value {
    json!({"IamIdentity": {"Arn": caller, "PrincipalId": caller.rsplit('/').next().unwrap_or_default()}})
}

/// An object without the members that are null: the service leaves out what it has not got.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept: Map<_, _> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
            Value::Object(kept)
        }
        other => other,
    }
}

/// Whether a time lies in the range that a listing asks for.
pub(super) fn within(input: &Value, after: &str, before: &str, at: Millis) -> bool {
    let bound = |member: &str| input.get(member).and_then(time_of);
    bound(after).is_none_or(|bound| at >= bound) && bound(before).is_none_or(|bound| at <= bound)
}

/// A key that sorts by time, then by name.
pub(super) fn by_time(at: Millis, name: &str) -> String {
    format!("{at:020}/{name}")
}

/// One page of a listing. Each item comes with the unique key that it is sorted by; the token is the last key handed
/// out, so that what appears or goes meanwhile moves nothing to another page.
fn page(
    input: &Value,
    member: &str,
    default_order: &str,
    mut items: Vec<(String, Value)>,
    size: impl Fn(usize) -> usize,
) -> Result<Value, ApiError> {
    let descending = input["SortOrder"].as_str().unwrap_or(default_order) == "Descending";
    items.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
    if let Some(token) = input["NextToken"].as_str() {
        let last = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let last = last.ok_or_else(|| ApiError::validation("Invalid pagination token"))?;
        items.retain(|(key, _)| if descending { *key < last } else { *key > last });
    }
    let asked = input["MaxResults"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(PAGE);
    let size = size(asked);
    let more = items.len() > size;
    items.truncate(size);
    let before = input["NextToken"].as_str().map(str::to_owned);
    let next = match items.last() {
        Some((key, _)) => Some(hex::encode(key)),
        // An empty page goes on where the last one ended; from the start when it is the first.
        None => before.or_else(|| Some(hex::encode(if descending { "\u{10ffff}" } else { "" }))),
    };
    let next = next.filter(|_| more);
    let items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
    Ok(without_nulls(json!({member: items, "NextToken": next})))
}

impl World {
    /// A page as the service gives it: perhaps smaller than was asked for, or empty with a token.
    pub(super) fn page(
        &self,
        input: &Value,
        member: &str,
        default_order: &str,
        items: Vec<(String, Value)>,
    ) -> Result<Value, ApiError> {
        if input["NextToken"].is_string() && self.chance.page_token_expired() {
            return Err(ApiError::validation("Invalid pagination token: it has expired"));
        }
        page(input, member, default_order, items, |asked| {
            self.chance.page_size(asked)
        })
    }

    /// What was answered when this was asked before with the same token. Something else asked with it is a conflict.
    pub(super) fn recall_answer(&self, scope: &str, token: &str, asked: &Value) -> Result<Option<Value>, ApiError> {
        match self.sagemaker.tokens.get(&format!("{scope}/{token}")) {
            None => Ok(None),
            Some(remembered) if self.chance.forgets_token(self.now - remembered.at) => Ok(None),
            Some(remembered) if remembered.asked == *asked => Ok(Some(remembered.answer.clone())),
            Some(_) => Err(conflict(format!(
                "The token {token} was already used with other parameters"
            ))),
        }
    }

    pub(super) fn remember_answer(&mut self, scope: &str, token: &str, asked: Value, answer: &Value) {
        let remembered = Remembered {
            asked,
            answer: answer.clone(),
            at: self.now,
        };
        self.sagemaker.tokens.insert(format!("{scope}/{token}"), remembered);
    }
}

/// The caller that the service itself is when it acts for a role.
pub(super) fn as_role(role_arn: &str) -> Caller {
    Caller {
        arn: role_arn.to_owned(),
    }
}
