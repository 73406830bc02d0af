//! CloudTrail: trails are kept and described. Nothing is recorded into their buckets; here the journal knows who did what.

mod permissions;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use permissions::PERMISSIONS;

use crate::{
    ApiError, Caller, World,
    input::{Members, unknown_operation},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    trails: BTreeMap<String, Trail>,
}

#[derive(Debug, Clone)]
struct Trail {
    /// The members of a Trail as the API shows them.
    shown: Value,
    is_logging: bool,
    selectors: Value,
}

/// What CreateTrail and UpdateTrail take.
const MEMBERS: [&str; 10] = [
    "Name",
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "KmsKeyId",
    "IsOrganizationTrail",
    "TagsList",
];

impl World {
    pub(crate) fn cloudtrail_call(
        &mut self,
        _caller: &Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        let members = Members::of(input);
        if !PERMISSIONS.iter().any(|row| row.operation == operation) {
            return Err(unknown_operation("cloudtrail", operation));
        }
        match operation {
            "CreateTrail" => return self.create_trail(members),
            "DescribeTrails" => {
                let trails: Vec<_> = self.cloudtrail.trails.values().map(|trail| &trail.shown).collect();
                return Ok(json!({ "trailList": trails }));
            }
            _ => {}
        }
        // Event selectors call it by another name. A trail is also known by its ARN.
        let named = members.text("TrailName")?.or(members.text("Name")?).unwrap_or_default();
        let name = named.rsplit('/').next().unwrap_or(named).to_owned();
        if operation == "DeleteTrail" {
            let gone = self.cloudtrail.trails.remove(&name);
            return gone.map(|_| json!({})).ok_or_else(|| no_such_trail(&name));
        }
        if operation == "UpdateTrail" && members.get("S3BucketName").is_some() {
            self.check_trails_bucket(members)?;
        }
        let trail = self.cloudtrail.trails.get_mut(&name);
        trail.ok_or_else(|| no_such_trail(&name))?.call(operation, members)
    }

    fn create_trail(&mut self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&MEMBERS)?;
        let name = members.required("Name")?;
        if self.cloudtrail.trails.contains_key(name) {
            let message = format!("Trail {name} already exists for customer: {}", self.account());
            return Err(ApiError::new(400, "TrailAlreadyExistsException", message));
        }
        self.check_trails_bucket(members)?;
        let mut trail = Trail {
            shown: json!({
                "Name": name,
                "TrailARN": self.arn("cloudtrail", &format!("trail/{name}")),
                "HomeRegion": self.region(),
                "IncludeGlobalServiceEvents": true,
                "IsMultiRegionTrail": false,
                "LogFileValidationEnabled": false,
                "HasCustomEventSelectors": false,
            }),
            is_logging: false,
            selectors: json!([{ "ReadWriteType": "All", "IncludeManagementEvents": true }]),
        };
        trail.take(members);
        let shown = trail.told();
        self.cloudtrail.trails.insert(name.to_owned(), trail);
        Ok(shown)
    }

    fn check_trails_bucket(&self, members: Members) -> Result<(), ApiError> {
        let bucket = members.required("S3BucketName")?;
        if self.s3.has_bucket(bucket) {
            return Ok(());
        }
        let message = format!("S3 bucket {bucket} does not exist!");
        Err(ApiError::new(400, "S3BucketDoesNotExistException", message))
    }
}

impl Trail {
    fn call(&mut self, operation: &str, members: Members) -> Result<Value, ApiError> {
        match operation {
            "GetTrail" => Ok(json!({ "Trail": self.shown })),
            "GetTrailStatus" => Ok(json!({ "IsLogging": self.is_logging })),
            "UpdateTrail" => {
                self.take(members.only(&MEMBERS)?);
                Ok(self.told())
            }
            "StartLogging" | "StopLogging" => {
                self.is_logging = operation == "StartLogging";
                Ok(json!({}))
            }
            "PutEventSelectors" => {
                let selectors = members.get("EventSelectors").cloned();
                self.selectors = selectors.ok_or_else(|| ApiError::validation("EventSelectors is required here"))?;
                self.shown["HasCustomEventSelectors"] = json!(true);
                Ok(self.selected())
            }
            "GetEventSelectors" => Ok(self.selected()),
            _ => Err(unknown_operation("cloudtrail", operation)),
        }
    }

    /// Whoever makes or changes a trail is told less of it than who asks.
    fn told(&self) -> Value {
        let mut told = self.shown.clone();
        if let Some(members) = told.as_object_mut() {
            members.retain(|member, _| !["HomeRegion", "HasCustomEventSelectors"].contains(&member.as_str()));
        }
        told
    }

    fn selected(&self) -> Value {
        json!({ "TrailARN": self.shown["TrailARN"], "EventSelectors": self.selectors })
    }

    /// What is asked for by one name may be shown by another.
    fn take(&mut self, members: Members) {
        for member in &MEMBERS[1..9] {
            let shown = if *member == "EnableLogFileValidation" {
                "LogFileValidationEnabled"
            } else {
                member
            };
            if let Some(value) = members.get(member) {
                self.shown[shown] = value.clone();
            }
        }
    }
}

fn no_such_trail(name: &str) -> ApiError {
    ApiError::new(404, "TrailNotFoundException", format!("Unknown trail: {name}"))
}
