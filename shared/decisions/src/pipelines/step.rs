//! Steps that run a container or a transform: every S3 field explicit, retries, network, keys and tags.

use serde_json::{Map, Value, json};

use super::Platform;
use crate::Project;
use crate::project::Compute;

/// Disk of every job; inputs and outputs of one run fit many times over.
pub(super) const VOLUME_GB: u32 = 30;

pub(super) enum DataType {
    Prefix,
    /// A SageMaker ManifestFile: one prefix and relative keys.
    Manifest,
}

impl DataType {
    fn name(&self) -> &'static str {
        match self {
            Self::Prefix => "S3Prefix",
            Self::Manifest => "ManifestFile",
        }
    }
}

pub(super) struct Input {
    name: &'static str,
    uri: Value,
    data_type: DataType,
    local_path: String,
}

/// An input below /opt/ml/processing/input, in a folder of its own name.
pub(super) fn input(name: &'static str, uri: Value, data_type: DataType) -> Input {
    Input {
        name,
        uri,
        data_type,
        local_path: format!("/opt/ml/processing/input/{name}"),
    }
}

impl Input {
    pub fn at(mut self, local_path: &str) -> Self {
        self.local_path = local_path.to_owned();
        self
    }

    fn render(self) -> Value {
        json!({
            "InputName": self.name,
            "AppManaged": false,
            "S3Input": {
                "S3Uri": self.uri,
                "LocalPath": self.local_path,
                "S3DataType": self.data_type.name(),
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
                "S3CompressionType": "None",
            },
        })
    }
}

pub(super) struct Output {
    name: &'static str,
    uri: Value,
    local_path: String,
}

/// An output below /opt/ml/processing/output, in a folder of its own name.
pub(super) fn output(name: &'static str, uri: Value) -> Output {
    Output {
        name,
        uri,
        local_path: format!("/opt/ml/processing/output/{name}"),
    }
}

impl Output {
    pub fn at(mut self, local_path: &str) -> Self {
        self.local_path = local_path.to_owned();
        self
    }

    fn render(self) -> Value {
        json!({
            "OutputName": self.name,
            "AppManaged": false,
            "S3Output": { "S3Uri": self.uri, "LocalPath": self.local_path, "S3UploadMode": "EndOfJob" },
        })
    }
}

/// A processing step: a container with inputs and outputs.
pub(super) struct Processing<'a> {
    pub name: &'static str,
    pub image: &'a str,
    /// Subcommand of the image's own entry point; none where the image knows what to do.
    pub argument: Option<&'static str>,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub environment: Vec<(&'static str, String)>,
}

impl Processing<'_> {
    /// The CreateProcessingJob request.
    pub fn arguments(self, project: &Project, platform: &Platform) -> Value {
        let compute = &project.compute;
        let mut cluster = json!({
            "InstanceType": compute.instance,
            "InstanceCount": 1,
            "VolumeSizeInGB": VOLUME_GB,
        });
        let mut outputs = json!({ "Outputs": self.outputs.into_iter().map(Output::render).collect::<Vec<_>>() });
        if let Some(key) = &compute.kms {
            cluster["VolumeKmsKeyId"] = json!(key);
            outputs["KmsKeyId"] = json!(key);
        }
        let mut application = json!({ "ImageUri": self.image });
        if let Some(argument) = self.argument {
            // Arguments alone: the image keeps its entry point.
            application["ContainerArguments"] = json!([argument]);
        }
        let mut arguments = json!({
            "ProcessingResources": { "ClusterConfig": cluster },
            "AppSpecification": application,
            "RoleArn": platform.jobs_role_arn,
            "ProcessingInputs": self.inputs.into_iter().map(Input::render).collect::<Vec<_>>(),
            "ProcessingOutputConfig": outputs,
            "NetworkConfig": network(compute),
            "StoppingCondition": { "MaxRuntimeInSeconds": compute.max_runtime_s },
        });
        if !self.environment.is_empty() {
            let pairs = self
                .environment
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)));
            arguments["Environment"] = Value::Object(pairs.collect::<Map<_, _>>());
        }
        tagged(arguments, compute)
    }

    pub fn step(self, project: &Project, platform: &Platform) -> Value {
        let name = self.name;
        step(name, "Processing", self.arguments(project, platform), job_retries())
    }
}

pub(super) fn step(name: &str, kind: &str, arguments: Value, retries: Value) -> Value {
    json!({ "Name": name, "Type": kind, "Arguments": arguments, "RetryPolicies": retries, "CacheConfig": no_cache() })
}

/// A cache would answer for a URI whose content changed; every run has URIs of its own anyway.
pub(super) fn no_cache() -> Value {
    json!({ "Enabled": false, "ExpireAfter": "P1D" })
}

fn network(compute: &Compute) -> Value {
    let mut network = json!({ "EnableNetworkIsolation": compute.network_isolation });
    if let Some(vpc) = vpc(compute) {
        network["VpcConfig"] = vpc;
    }
    network
}

pub(super) fn vpc(compute: &Compute) -> Option<Value> {
    let vpc = compute.vpc.as_ref()?;
    Some(json!({ "SecurityGroupIds": vpc.security_groups, "Subnets": vpc.subnets }))
}

pub(super) fn tagged(mut arguments: Value, compute: &Compute) -> Value {
    if !compute.tags.is_empty() {
        let tags = compute
            .tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }));
        arguments["Tags"] = tags.collect();
    }
    arguments
}

/// Retries of the step itself, before any job exists.
pub(super) fn step_retries() -> Value {
    json!([service_fault()])
}

/// Retries of a step that runs a job: also capacity that comes back, and quotas that other jobs free.
pub(super) fn job_retries() -> Value {
    json!([
        service_fault(),
        {
            "ExceptionType": ["SageMaker.RESOURCE_LIMIT"],
            "IntervalSeconds": 60,
            "BackoffRate": 2.0,
            "ExpireAfterMin": 120,
        },
        {
            "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"],
            "IntervalSeconds": 30,
            "BackoffRate": 2.0,
            "MaxAttempts": 5,
        },
    ])
}

fn service_fault() -> Value {
    json!({
        "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"],
        "IntervalSeconds": 10,
        "BackoffRate": 2.0,
        "MaxAttempts": 6,
    })
}
