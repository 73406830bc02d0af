//! Model package groups: one per project, with versions that count up and are never used twice.

use serde_json::{Value, json};

use super::{
    answers::{by_time, conflict, maybe, said, time, user, within, without_nulls},
    check,
    pattern::of_arn,
    shapes_registry,
};
use crate::{ApiError, Caller, Millis, World};

#[derive(Debug, Clone)]
pub(super) struct Group {
    /// As it was written when it was created; ARNs have it in lower case.
    pub(super) name: String,
    pub(super) arn: String,
    description: Option<String>,
    created: Millis,
    created_by: String,
    /// The newest version's number, deleted versions included.
    pub(super) newest: u64,
}

impl World {
    pub(super) fn create_package_group(&mut self, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::CREATE_GROUP)?;
        let name = said(input, "ModelPackageGroupName");
        if let Ok(group) = self.package_group(name) {
            return Err(ApiError::validation(format!(
                "Model Package Group already exists: {}",
                group.arn
            )));
        }
        let arn = self.insert_package_group(caller, name, maybe(input, "ModelPackageGroupDescription"));
        self.tag_resource(&arn, &input["Tags"])?;
        Ok(json!({"ModelPackageGroupArn": arn}))
    }

    /// A pipeline's RegisterModel step makes the group that it names, if there is none.
    pub(super) fn ensure_package_group(&mut self, caller: &Caller, name: &str) -> Result<(), ApiError> {
        if self.package_group(name).is_err() {
            check::input(&json!({"ModelPackageGroupName": name}), shapes_registry::CREATE_GROUP)?;
            self.insert_package_group(caller, name, None);
        }
        Ok(())
    }

    fn insert_package_group(&mut self, caller: &Caller, name: &str, description: Option<String>) -> String {
        let key = name.to_ascii_lowercase();
        let arn = self.arn("sagemaker", &format!("model-package-group/{key}"));
        let group = Group {
            name: name.to_owned(),
            arn: arn.clone(),
            description,
            created: self.now,
            created_by: caller.arn.clone(),
            newest: 0,
        };
        self.sagemaker.groups.insert(key, group);
        arn
    }

    pub(super) fn describe_package_group(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::GROUP_NAMED)?;
        let group = self.package_group(said(input, "ModelPackageGroupName"))?;
        let mut described = group.summary();
        described["CreatedBy"] = user(&group.created_by);
        Ok(described)
    }

    pub(super) fn delete_package_group(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::GROUP_NAMED)?;
        let group = self.package_group(said(input, "ModelPackageGroupName"))?;
        let (key, arn) = (group.name.to_ascii_lowercase(), group.arn.clone());
        if self.packages_of(&key).next().is_some() {
            let message = format!("Model package group {arn} cannot be deleted while it has model packages");
            return Err(conflict(message));
        }
        self.sagemaker.groups.remove(&key);
        self.sagemaker.tags.remove(&arn);
        Ok(json!({}))
    }

    pub(super) fn list_package_groups(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::LIST_GROUPS)?;
        let (contains, by_name) = (said(input, "NameContains"), said(input, "SortBy") == "Name");
        let groups = self.sagemaker.groups.values().filter(|group| {
            group.name.contains(contains) && within(input, "CreationTimeAfter", "CreationTimeBefore", group.created)
        });
        let items = groups.map(|group| {
            let key = if by_name {
                group.name.clone()
            } else {
                by_time(group.created, &group.name)
            };
            (key, group.summary())
        });
        self.page(input, "ModelPackageGroupSummaryList", "Ascending", items.collect())
    }

    /// A group by its name or ARN, in any case.
    pub(super) fn package_group(&self, name_or_arn: &str) -> Result<&Group, ApiError> {
        let name = of_arn(name_or_arn, "model-package-group").unwrap_or(name_or_arn);
        self.sagemaker.groups.get(&name.to_ascii_lowercase()).ok_or_else(|| {
            let arn = self.arn("sagemaker", &format!("model-package-group/{name}"));
            ApiError::validation(format!("ModelPackageGroup {arn} does not exist."))
        })
    }
}

impl Group {
    fn summary(&self) -> Value {
        without_nulls(json!({
            "ModelPackageGroupName": self.name,
            "ModelPackageGroupArn": self.arn,
            "ModelPackageGroupDescription": self.description,
            "CreationTime": time(self.created),
            "ModelPackageGroupStatus": "Completed",
        }))
    }
}
