//! A bucket's policy, judged: does it refuse plain HTTP, and does it deny our roles what they need? Pure.
//!
//! What mends it is the policy as it is now with as little added as helps: nobody's statement goes, and one that denies
//! too much is kept from our roles alone.

use serde_json::{Map, Value, json};
use windsock_policy::{Document, Kind};

use super::roles::{Need, Ours};

/// Keys that a person's or role's request may bring along, and nobody knows who looks from outside.
const UNKNOWN_KEYS: [&str; 9] = [
    "aws:SourceIp",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:PrincipalOrg",
    "aws:ResourceOrg",
    "aws:PrincipalTag/",
    "aws:userid",
    "aws:UserAgent",
];
const SSE: &str = "s3:x-amz-server-side-encryption";

/// What a policy does to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Judgement {
    /// Plain HTTP is let in.
    pub plain_http: bool,
    /// `Statement denies role action`, one line each.
    pub denied: Vec<String>,
    /// The same where it depends on what cannot be seen from here.
    pub perhaps: Vec<String>,
    /// How uploads must be encrypted, where they must say so.
    pub uploads_say: Option<&'static str>,
    /// The policy that would do neither of the first two.
    pub mended: Value,
}

impl Ours {
    /// What a policy, or none, does to us. An error: it cannot be read here.
    pub fn judge(&self, policy: Option<&str>) -> anyhow::Result<Judgement> {
        let empty = json!({ "Version": "2012-10-17", "Statement": [] });
        let mut document: Value = policy.map_or(Ok(empty), serde_json::from_str)?;
        let statements = match document["Statement"].take() {
            Value::Array(statements) => statements,
            one => vec![one],
        };
        let mut judgement = Judgement::default();
        let mut mended = Vec::new();
        for (index, statement) in statements.into_iter().enumerate() {
            mended.push(self.judge_statement(index, statement, &document["Version"], &mut judgement)?);
        }
        let all = json!({ "Version": document["Version"], "Statement": mended });
        let refused = !mended.is_empty()
            && self.refuses_plain_http(&Document::parse(&self.bucket, Kind::Resource, &without_nulls(all))?);
        if !refused {
            judgement.plain_http = true;
            mended.push(self.tls_only(&mended));
        }
        document["Statement"] = json!(mended);
        judgement.mended = document;
        Ok(judgement)
    }

    /// Notes what one statement denies us, and gives it back so that it no longer does.
    fn judge_statement(
        &self,
        index: usize,
        mut statement: Value,
        version: &Value,
        judgement: &mut Judgement,
    ) -> anyhow::Result<Value> {
        let alone = without_nulls(json!({ "Version": version, "Statement": [statement] }));
        let alone = Document::parse(&self.bucket, Kind::Resource, &alone)?;
        let called = statement["Sid"].as_str().filter(|sid| !sid.is_empty());
        let called = called.map_or_else(|| format!("statement {}", index + 1), |sid| format!("statement {sid}"));
        let unknown = unknown_key(&statement);
        let mut except: Vec<String> = Vec::new();
        for need in self.needs().iter().filter(|need| self.denies(&alone, need, &[])) {
            let role = need.role.rsplit('/').next().unwrap_or(&need.role);
            let line = format!("{called} denies {} to {role}", need.action);
            if let Some(says) = self.encrypted_upload(&alone, need) {
                judgement.uploads_say = Some(says);
            } else if let Some(key) = &unknown {
                push_once(&mut judgement.perhaps, format!("{line}, depending on {key}"));
            } else {
                push_once(&mut judgement.denied, line);
                push_once(&mut except, self.excepted(&need.role));
            }
        }
        if !except.is_empty() {
            keep_from(&mut statement, &except);
        }
        Ok(statement)
    }

    /// The header without which an upload is denied.
    fn encrypted_upload(&self, statement: &Document, need: &Need) -> Option<&'static str> {
        let ways = [("AES256", "--sse AES256"), ("aws:kms", "--sse aws:kms")];
        let way = ways
            .into_iter()
            .find(|(algorithm, _)| !self.denies(statement, need, &[(SSE, algorithm)]));
        way.map(|(_, says)| says).filter(|_| need.action == "s3:PutObject")
    }

    fn tls_only(&self, others: &[Value]) -> Value {
        let is_taken = |sid: &str| others.iter().any(|other| other["Sid"] == sid);
        let sid = ["TlsOnly", "WindsockTlsOnly"].into_iter().find(|sid| !is_taken(sid));
        let bucket = self.bucket_arn();
        let statement = json!({
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, format!("{bucket}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        });
        without_nulls(statement)
    }
}

fn push_once(lines: &mut Vec<String>, line: String) {
    if !lines.contains(&line) {
        lines.push(line);
    }
}

/// A document that has no Version has no member of that name either.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}

fn unknown_key(statement: &Value) -> Option<String> {
    let operators = statement["Condition"].as_object()?.values();
    let mut keys = operators.filter_map(Value::as_object).flat_map(Map::keys);
    let is_unknown = |key: &&String| {
        let lower = key.to_ascii_lowercase();
        UNKNOWN_KEYS
            .iter()
            .any(|unknown| lower.starts_with(&unknown.to_ascii_lowercase()))
    };
    keys.find(is_unknown).cloned()
}

/// Make a statement speak of nobody of these.
fn keep_from(statement: &mut Value, roles: &[String]) {
    const KEY: &str = "aws:PrincipalArn";
    if !statement["Condition"].is_object() {
        statement["Condition"] = json!({});
    }
    let Some(conditions) = statement["Condition"].as_object_mut() else {
        return;
    };
    // Conditions all have to hold, so a list of exceptions that is there already gets longer, and another operator none.
    let is_exception = |name: &&String| ["arnnotlike", "arnnotequals"].contains(&name.to_ascii_lowercase().as_str());
    let named = conditions.iter().find_map(|(operator, keys)| {
        let key = keys.as_object()?.keys().find(|key| key.eq_ignore_ascii_case(KEY))?;
        is_exception(&operator).then(|| (operator.clone(), key.clone()))
    });
    let (operator, key) = named.unwrap_or_else(|| ("ArnNotLike".to_owned(), KEY.to_owned()));
    let keys = conditions.entry(operator).or_insert_with(|| json!({}));
    let mut all = match keys[&key].take() {
        Value::Null => Vec::new(),
        Value::Array(all) => all,
        one => vec![one],
    };
    all.extend(roles.iter().map(|role| json!(role)));
    keys[key] = json!(all);
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
