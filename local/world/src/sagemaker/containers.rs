//! What SageMaker gives a container: image, arguments, environment, inputs laid down, outputs to fetch.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{answers::said, job_inputs::Source, pattern::s3_uri};
use crate::{
    ApiError, Job, JobKind, World,
    work::{JobInput, JobModel, JobOutput},
};

/// Longest run of a job that names no limit, in seconds: a day, as on AWS.
const RUNTIME_S: i64 = 86_400;
/// A transform job has no limit of its own; AWS ends it after five days.
const TRANSFORM_RUNTIME_S: i64 = 432_000;

/// Where a transform's input objects lie for the host, and where it leaves what to upload. The container sees neither.
pub(super) const TRANSFORM_INPUT: &str = "/opt/ml/transform/input";
pub(super) const TRANSFORM_OUTPUT: &str = "/opt/ml/transform/output";

/// A job ready to run, or why it fails before its container starts.
type Started = Result<Job, String>;

impl World {
    pub(super) fn processing_job(&self, request: &Value, arn: &str) -> Result<Started, ApiError> {
        let mut sources = Vec::new();
        for input in items(&request["ProcessingInputs"]) {
            let (name, s3) = (said(input, "InputName"), &input["S3Input"]);
            sources.push(Source {
                container_path: processing_path(name, s3)?,
                uri: said(s3, "S3Uri").to_owned(),
                is_manifest: said(s3, "S3DataType") == "ManifestFile",
            });
        }
        let mut outputs = Vec::new();
        for output in items(&request["ProcessingOutputConfig"]["Outputs"]) {
            let (name, s3) = (said(output, "OutputName"), &output["S3Output"]);
            outputs.push(folder(processing_path(name, s3)?, said(s3, "S3Uri"))?);
        }
        let application = &request["AppSpecification"];
        let job = Job {
            kind: JobKind::Processing,
            role_arn: said(request, "RoleArn").to_owned(),
            image: said(application, "ImageUri").to_owned(),
            entrypoint: texts(&application["ContainerEntrypoint"]),
            arguments: texts(&application["ContainerArguments"]).unwrap_or_default(),
            environment: environment(&request["Environment"]),
            max_runtime_s: max_runtime_s(request, RUNTIME_S),
            outputs,
            ..self.bare_job(request, arn, said(request, "ProcessingJobName"))
        };
        Ok(self.with_inputs(job, &sources))
    }

    pub(super) fn training_job(&self, request: &Value, arn: &str) -> Result<Started, ApiError> {
        let name = said(request, "TrainingJobName");
        let channels = items(&request["InputDataConfig"]).map(|channel| {
            let s3 = &channel["DataSource"]["S3DataSource"];
            Source {
                container_path: format!("/opt/ml/input/data/{}", said(channel, "ChannelName")),
                uri: said(s3, "S3Uri").to_owned(),
                is_manifest: said(s3, "S3DataType") == "ManifestFile",
            }
        });
        let algorithm = &request["AlgorithmSpecification"];
        let mut environment = environment(&request["Environment"]);
        environment.insert("TRAINING_JOB_NAME".into(), name.to_owned());
        environment.insert("TRAINING_JOB_ARN".into(), arn.to_owned());
        let (model, more) = (model_artifact(request), output_folder(request));
        let archives = [
            ("/opt/ml/model", model),
            ("/opt/ml/output/data", format!("{more}/output.tar.gz")),
        ];
        let archives = archives.map(|(path, uri)| {
            Ok(JobOutput {
                tar_gz: true,
                ..folder(path.into(), &uri)?
            })
        });
        let job = Job {
            kind: JobKind::Training,
            role_arn: said(request, "RoleArn").to_owned(),
            image: said(algorithm, "TrainingImage").to_owned(),
            entrypoint: texts(&algorithm["ContainerEntrypoint"]),
            arguments: texts(&algorithm["ContainerArguments"]).unwrap_or_else(|| vec!["train".into()]),
            environment,
            max_runtime_s: max_runtime_s(request, RUNTIME_S),
            outputs: archives.into_iter().collect::<Result<_, ApiError>>()?,
            ..self.bare_job(request, arn, name)
        };
        Ok(self.with_inputs(job, &channels.collect::<Vec<_>>()))
    }

    pub(super) fn transform_job(&self, request: &Value, arn: &str) -> Result<Started, ApiError> {
        let payload = request["MaxPayloadInMB"].as_i64();
        let concurrent = request["MaxConcurrentTransforms"].as_i64();
        if payload.unwrap_or(6).saturating_mul(concurrent.unwrap_or(1)) > 100 {
            let message = "MaxConcurrentTransforms * MaxPayloadInMB must not be greater than 100";
            return Err(ApiError::validation(message));
        }
        let model = self.served_model(said(request, "ModelName"))?;
        let s3 = &request["TransformInput"]["DataSource"]["S3DataSource"];
        let source = Source {
            container_path: TRANSFORM_INPUT.into(),
            uri: said(s3, "S3Uri").to_owned(),
            is_manifest: said(s3, "S3DataType") == "ManifestFile",
        };
        let mut environment = model.environment;
        environment.extend(self::environment(&request["Environment"]));
        let job = Job {
            kind: JobKind::Transform,
            role_arn: model.role_arn,
            image: model.image,
            arguments: vec!["serve".into()],
            environment,
            max_runtime_s: TRANSFORM_RUNTIME_S,
            outputs: vec![folder(
                TRANSFORM_OUTPUT.into(),
                said(&request["TransformOutput"], "S3OutputPath"),
            )?],
            ..self.bare_job(request, arn, said(request, "TransformJobName"))
        };
        let started = match self.model_data(&model.data, &job.role_arn) {
            Ok(data) => {
                let data = data.map(|data| JobModel {
                    name: said(request, "ModelName").to_owned(),
                    data,
                });
                self.with_inputs(Job { model: data, ..job }, &[source])
            }
            Err(reason) => Err(reason),
        };
        Ok(started)
    }

    fn bare_job(&self, request: &Value, arn: &str, name: &str) -> Job {
        Job {
            id: name.to_owned(),
            arn: arn.to_owned(),
            kind: JobKind::Processing,
            execution_arn: None,
            step: None,
            role_arn: String::new(),
            image: String::new(),
            entrypoint: None,
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            max_runtime_s: RUNTIME_S,
            inputs: Vec::new(),
            outputs: Vec::new(),
            request: request.clone(),
            model: None,
            started_at: self.now,
        }
    }

    fn with_inputs(&self, mut job: Job, sources: &[Source]) -> Started {
        self.check_job_access(&job)?;
        for source in sources {
            let files = self.files_of(source, &job.role_arn)?;
            job.inputs.push(JobInput {
                container_path: source.container_path.clone(),
                files,
            });
        }
        Ok(job)
    }
}

/// Where a training job leaves its model.
pub(super) fn model_artifact(request: &Value) -> String {
    format!("{}/model.tar.gz", output_folder(request))
}

fn output_folder(request: &Value) -> String {
    let folder = said(&request["OutputDataConfig"], "S3OutputPath").trim_end_matches('/');
    format!("{folder}/{}/output", said(request, "TrainingJobName"))
}

fn max_runtime_s(request: &Value, default: i64) -> i64 {
    request["StoppingCondition"]["MaxRuntimeInSeconds"]
        .as_i64()
        .unwrap_or(default)
}

fn processing_path(name: &str, s3: &Value) -> Result<String, ApiError> {
    let path = said(s3, "LocalPath");
    if path.starts_with("/opt/ml/processing/") && !path.split('/').any(|part| part == "..") {
        return Ok(path.trim_end_matches('/').to_owned());
    }
    let message = format!("The LocalPath '{path}' of '{name}' must begin with /opt/ml/processing/");
    Err(ApiError::validation(message))
}

fn folder(container_path: String, uri: &str) -> Result<JobOutput, ApiError> {
    let (bucket, prefix) = s3_uri(uri).ok_or_else(|| ApiError::validation(format!("'{uri}' is no s3 URI")))?;
    let (bucket, prefix) = (bucket.to_owned(), prefix.trim_end_matches('/').to_owned());
    Ok(JobOutput {
        container_path,
        bucket,
        prefix,
        tar_gz: false,
    })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let texts = value.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
    Some(texts.collect())
}

pub(super) fn environment(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
