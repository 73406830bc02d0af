//! What can be read about jobs. The same document is what `Steps.<name>.<path>` of a pipeline looks into.

use serde_json::{Value, json};

use super::{
    answers::{by_time, said, time, within, without_nulls},
    check,
    containers::model_artifact,
    jobs::JobRecord,
    shapes_jobs,
};
use crate::{ApiError, JobKind, World};

impl World {
    pub(super) fn describe_job(&self, kind: JobKind, input: &Value) -> Result<Value, ApiError> {
        check::input(input, kind.name_shape())?;
        Ok(self.job_record(kind, said(input, kind.name_member()))?.describe())
    }

    pub(super) fn list_jobs(&self, kind: JobKind, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_jobs::LIST_JOBS)?;
        let (contains, status) = (said(input, "NameContains"), input["StatusEquals"].as_str());
        let by_name = said(input, "SortBy") == "Name";
        let jobs = self.sagemaker.jobs.values().filter(|job| {
            job.kind == kind
                && job.name.contains(contains)
                && status.is_none_or(|status| job.status == status)
                && within(input, "CreationTimeAfter", "CreationTimeBefore", job.created)
        });
        let items = jobs.map(|job| {
            let key = if by_name {
                job.name.clone()
            } else {
                by_time(job.created, &job.name)
            };
            (key, job.summary())
        });
        self.page(
            input,
            &format!("{}Summaries", kind.resource_member()),
            "Descending",
            items.collect(),
        )
    }
}

impl JobRecord {
    pub(super) fn describe(&self) -> Value {
        let mut described = self.request.clone();
        let Some(members) = described.as_object_mut() else {
            return described;
        };
        members.remove("Tags");
        let facts = match self.kind {
            JobKind::Processing => json!({
                "ProcessingStartTime": time(self.created),
                "ProcessingEndTime": self.ended.map(time),
                "LastModifiedTime": time(self.ended.unwrap_or(self.created)),
                "ExitMessage": self.exit_message,
            }),
            JobKind::Training => self.training_facts(),
            JobKind::Transform => json!({
                "TransformStartTime": time(self.created),
                "TransformEndTime": self.ended.map(time),
            }),
        };
        let common = json!({
            format!("{}Arn", self.kind.resource_member()): self.arn,
            format!("{}Status", self.kind.resource_member()): self.status,
            "FailureReason": self.failure,
            "CreationTime": time(self.created),
        });
        for more in [common, facts] {
            members.extend(more.as_object().cloned().unwrap_or_default());
        }
        without_nulls(described)
    }

    fn training_facts(&self) -> Value {
        let metrics = self.metrics.iter().map(|(name, value)| {
            json!({"MetricName": name, "Value": value, "Timestamp": time(self.ended.unwrap_or(self.created))})
        });
        let metrics: Vec<_> = metrics.collect();
        let secondary = match self.status {
            "InProgress" => "Training",
            status => status,
        };
        // A job that took no whole second is billed one.
        let seconds = self.ended.map(|ended| ((ended - self.created) / 1000).max(1));
        json!({
            "ModelArtifacts": {"S3ModelArtifacts": model_artifact(&self.request)},
            "SecondaryStatus": secondary,
            "TrainingStartTime": time(self.created),
            "TrainingEndTime": self.ended.map(time),
            "LastModifiedTime": time(self.ended.unwrap_or(self.created)),
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
            "FinalMetricDataList": metrics,
        })
    }

    fn summary(&self) -> Value {
        let name = self.kind.resource_member();
        without_nulls(json!({
            format!("{name}Name"): self.name,
            format!("{name}Arn"): self.arn,
            format!("{name}Status"): self.status,
            "CreationTime": time(self.created),
            "FailureReason": self.failure,
        }))
    }
}
