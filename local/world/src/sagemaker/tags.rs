//! Tags of SageMaker's resources.

use serde_json::{Value, json};

use super::{State, answers::said, check, pattern::of_arn, shapes};
use crate::{ApiError, World};

/// Tags of one resource.
const TAGS_MAX: usize = 50;

impl State {
    /// A resource's tags; a version of a model has its group's.
    pub(crate) fn tags_of(&self, arn: &str) -> impl Iterator<Item = (&str, &str)> {
        let group = arn.split_once(":model-package/").and_then(|(start, version)| {
            let group = version.split('/').next()?;
            self.tags.get(&format!("{start}:model-package-group/{group}"))
        });
        let tags = self.tags.get(arn).or(group).into_iter().flatten();
        tags.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl World {
    pub(super) fn add_resource_tags(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::ADD_TAGS)?;
        let arn = said(input, "ResourceArn").to_owned();
        if of_arn(&arn, "model-package").is_some_and(|name| name.contains('/')) {
            return Err(ApiError::validation(
                "Tags belong to the model package group, not to a version of it",
            ));
        }
        self.tag_resource(&arn, &input["Tags"])?;
        Ok(json!({"Tags": self.resource_tags(&arn).into_iter().map(|(_, tag)| tag).collect::<Vec<_>>()}))
    }

    pub(super) fn list_resource_tags(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::LIST_TAGS)?;
        let mut input = input.clone();
        if input["MaxResults"].is_null() {
            input["MaxResults"] = json!(TAGS_MAX);
        }
        self.page(
            &input,
            "Tags",
            "Ascending",
            self.resource_tags(said(&input, "ResourceArn")),
        )
    }

    pub(super) fn delete_resource_tags(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes::DELETE_TAGS)?;
        if let Some(tags) = self.sagemaker.tags.get_mut(said(input, "ResourceArn")) {
            for key in input["TagKeys"].as_array().into_iter().flatten() {
                tags.remove(key.as_str().unwrap_or_default());
            }
        }
        Ok(json!({}))
    }

    /// Add tags, as a checked input gives them. A tag of the same key is overwritten.
    pub(super) fn tag_resource(&mut self, arn: &str, tags: &Value) -> Result<(), ApiError> {
        for tag in tags.as_array().into_iter().flatten() {
            self.add_tag(arn, said(tag, "Key"), said(tag, "Value"));
        }
        if self.sagemaker.tags.get(arn).is_some_and(|tags| tags.len() > TAGS_MAX) {
            return Err(ApiError::validation(format!("A resource has at most {TAGS_MAX} tags")));
        }
        Ok(())
    }

    pub(super) fn add_tag(&mut self, arn: &str, key: &str, value: &str) {
        self.sagemaker
            .tags
            .entry(arn.to_owned())
            .or_default()
            .insert(key.to_owned(), value.to_owned());
    }

    fn resource_tags(&self, arn: &str) -> Vec<(String, Value)> {
        let tags = self.sagemaker.tags.get(arn).into_iter().flatten();
        tags.map(|(key, value)| (key.clone(), json!({"Key": key, "Value": value})))
            .collect()
    }
}
