//! What a role may do that SageMaker takes on: start a pipeline's jobs, read their inputs, pull their images.
//!
//! A job stores its outputs by requests to S3 in its role's name, which are decided where all requests are.

use serde_json::{Value, json};

use super::answers::said;
use crate::{
    ApiError, Job, JobKind, World,
    access::{Actor, Need, Refusal},
    s3::{listing, object_arn},
    work::JobFile,
};

pub(super) const SERVICE: &str = "sagemaker.amazonaws.com";

impl World {
    /// A step's job is created, tagged with its execution, and looked at until it ends, by the pipeline's role.
    pub(super) fn may_run_step(&self, execution: &str, kind: JobKind, request: &Value) -> Result<(), ApiError> {
        let operation = kind.create_operation();
        self.may_call(execution, operation, request)?;
        let name = said(request, kind.name_member());
        let arn = self.arn("sagemaker", &format!("{}/{name}", kind.in_arn()));
        self.may_call(execution, "AddTags", &json!({ "ResourceArn": arn }))?;
        self.may_call(execution, &operation.replacen("Create", "Describe", 1), request)
    }

    /// Whether a pipeline's role lets SageMaker stop the job of its step.
    pub(super) fn may_stop(&self, execution: &str, job: &str) -> bool {
        let Some(record) = self.sagemaker.jobs.get(job) else {
            return true;
        };
        let operation = record.kind.create_operation().replacen("Create", "Stop", 1);
        let request = json!({ record.kind.name_member(): job });
        self.may_call(execution, &operation, &request).is_ok()
    }

    /// A call that a step makes.
    pub(super) fn may_call(&self, execution: &str, operation: &str, request: &Value) -> Result<(), ApiError> {
        let role = self
            .sagemaker
            .executions
            .get(execution)
            .map(|execution| &execution.role_arn);
        self.authorize_role(role.map_or("", String::as_str), "sagemaker", operation, request)
    }

    /// Whether SageMaker may take on a job's or a model's role.
    pub(super) fn check_job_role(&self, arn: &str, role: &str) -> Result<(), ApiError> {
        let message = format!(
            "Could not assume role {role}. Please ensure that the role exists and allows principal '{SERVICE}' to \
             assume the role."
        );
        self.may_take_on(SERVICE, arn, role)
            .map_err(|_| ApiError::validation(message))
    }

    /// Why a job cannot start that has everything but its role's permission. What it lacks to log and to publish
    /// costs it its log and its metrics alone.
    pub(super) fn check_job_access(&self, job: &Job) -> Result<(), String> {
        let role = Actor::role(&job.role_arn);
        self.may_all(&role, image_needs(&job.image))
            .map_err(|refusal| format!("ClientError: The image {} cannot be pulled: {refusal}", job.image))?;
        let folder = match job.kind {
            JobKind::Processing => "ProcessingJobs",
            JobKind::Training => "TrainingJobs",
            JobKind::Transform => "TransformJobs",
        };
        // What the documented role of a job has for its log, whether the group is there already or not.
        let group = format!("log-group:/aws/sagemaker/{folder}");
        let stream = self.arn("logs", &format!("{group}:log-stream:{}", job.id));
        let of_group = ["logs:CreateLogGroup", "logs:DescribeLogStreams"];
        let mut logs = of_group
            .map(|action| Need::new(action, self.arn("logs", &group)))
            .to_vec();
        logs.extend(["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| Need::new(action, stream.clone())));
        let metrics =
            Need::new("cloudwatch:PutMetricData", "*").with("cloudwatch:namespace", format!("/aws/sagemaker/{folder}"));
        let _ = self.may_all(&role, logs);
        let _ = self.may(&role, metrics);
        Ok(())
    }

    /// Reading these objects as this role.
    pub(super) fn may_download(&self, role: &str, files: &[JobFile]) -> Result<(), String> {
        let read = |file: &JobFile| Need::new("s3:GetObject", object_arn(&file.bucket, &file.key));
        let needs = files.iter().map(read).collect();
        self.may_all(&Actor::role(role), needs)
            .map_err(|refusal| denied(&refusal))
    }

    pub(super) fn may_list(&self, role: &str, bucket: &str, prefix: &str) -> bool {
        self.may(&Actor::role(role), listing("s3:ListBucket", bucket, prefix))
            .is_ok()
    }

    pub(super) fn may_read_object(&self, role: &str, bucket: &str, key: &str) -> Result<(), String> {
        self.may(&Actor::role(role), Need::new("s3:GetObject", object_arn(bucket, key)))
            .map_err(|refusal| denied(&refusal))
    }
}

fn denied(refusal: &Refusal) -> String {
    let error = refusal.of("s3");
    format!(
        "ClientError: Data download failed: {} ({}): {}",
        error.code, error.status, error.message
    )
}

/// Pulling an image from ECR: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`.
fn image_needs(image: &str) -> Vec<Need> {
    let Some((host, path)) = image.split_once('/') else {
        return Vec::new();
    };
    let parts: Vec<&str> = host.split('.').collect();
    let [account, "dkr", "ecr", region, "amazonaws", "com"] = parts.as_slice() else {
        return Vec::new();
    };
    let repository = path.split(['@', ':']).next().unwrap_or(path);
    let arn = format!("arn:aws:ecr:{region}:{account}:repository/{repository}");
    let on_it = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ];
    let mut needs = vec![Need::new("ecr:GetAuthorizationToken", "*")];
    needs.extend(on_it.map(|action| Need::new(action, arn.clone())));
    needs
}
