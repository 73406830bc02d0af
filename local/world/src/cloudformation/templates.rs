//! Templates before anything is made of them: where they lie, what they ask for.

use std::borrow::Cow;

use serde_json::{Value, json};
use windsock_cloudformation::Template;

use super::{request::capabilities_needed, validation_error};
use crate::{ApiError, World, input::Members};

const URL: &str = "TemplateURL";

impl World {
    /// The input with the template itself in the place of its address in S3, where tools lay what is above 51,200 bytes.
    pub(super) fn with_template_body<'a>(&self, input: &'a Value) -> Result<Cow<'a, Value>, ApiError> {
        let Some(url) = Members::of(input).text(URL)? else {
            return Ok(Cow::Borrowed(input));
        };
        let place = place(url).ok_or_else(|| {
            validation_error(format!(
                "TemplateURL must be a supported URL: {url} names no object in S3"
            ))
        })?;
        let (bucket, key) = place;
        let bytes = self.read_object(&bucket, &key);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| validation_error(format!("S3 error: s3://{bucket}/{key} cannot be read")))?;
        let mut input = input.clone();
        if let Some(members) = input.as_object_mut() {
            members.shift_remove(URL);
            members.insert("TemplateBody".to_owned(), text.into());
        }
        Ok(Cow::Owned(input))
    }

    /// Of a template, or of a stack that there is.
    pub(super) fn template_summary(&self, members: Members) -> Result<Value, ApiError> {
        let body = match members.text("StackName")? {
            Some(stack) => &self.cloudformation.find(stack)?.template_body,
            None => members.required("TemplateBody")?,
        };
        let (template, expanded) = read(body)?;
        let mut kinds: Vec<&str> = expanded.resources.values().map(|it| it.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(json!({
            "Parameters": parameters(&template),
            "Description": template.description,
            "Capabilities": capabilities_needed(&template, &expanded),
            "DeclaredTransforms": template.transform,
            "ResourceTypes": kinds,
        }))
    }
}

pub(super) fn validate(members: Members) -> Result<Value, ApiError> {
    let (template, expanded) = read(members.required("TemplateBody")?)?;
    Ok(json!({
        "Parameters": parameters(&template),
        "Description": template.description,
        "Capabilities": capabilities_needed(&template, &expanded),
        "DeclaredTransforms": template.transform,
    }))
}

fn parameters(template: &Template) -> Vec<Value> {
    let shown = template.parameters.iter().map(|(name, parameter)| {
        json!({
            "ParameterKey": name,
            "DefaultValue": parameter.default,
            "NoEcho": parameter.secret,
            "Description": parameter.description,
        })
    });
    shown.collect()
}

/// As written, and with its transforms applied.
fn read(body: &str) -> Result<(Template, Template), ApiError> {
    let template = Template::parse(body);
    let template = template.map_err(|error| validation_error(format!("Template format error: {error}")))?;
    let expanded = template.expanded();
    let expanded = expanded.map_err(|error| validation_error(error.to_string()))?;
    Ok((template, expanded))
}

/// Bucket and key of an address: path style (`https://s3.<region>.amazonaws.com/bucket/key`, which is also how this
/// endpoint is asked), or with the bucket in the host's name.
fn place(url: &str) -> Option<(String, String)> {
    let (host, path) = url.split_once("://")?.1.split_once('/')?;
    let path = path.split('?').next()?;
    let (bucket, key) = match host.split_once(".s3") {
        Some((bucket, _)) => (bucket, path),
        None => path.split_once('/')?,
    };
    let key = percent_encoding::percent_decode_str(key).decode_utf8().ok()?;
    Some((bucket.to_owned(), key.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_lies_where_its_address_says() {
        for (url, bucket, key) in [
            ("https://s3.us-east-1.amazonaws.com/b/a/t.yaml", "b", "a/t.yaml"),
            ("https://s3.amazonaws.com/b/t%20x.yaml?versionId=1", "b", "t x.yaml"),
            ("https://b.s3.eu-west-1.amazonaws.com/a/t.yaml", "b", "a/t.yaml"),
            ("http://127.0.0.1:4588/b/t.yaml", "b", "t.yaml"),
        ] {
            assert_eq!(place(url), Some((bucket.to_owned(), key.to_owned())), "{url}");
        }
        assert_eq!(place("t.yaml"), None);
        assert_eq!(place("https://s3.amazonaws.com/b"), None);
    }
}
