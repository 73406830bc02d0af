//! What SageMaker's operations need. Who makes a pipeline, a job or a model hands it a role; who makes anything with
//! tags tags it.

use serde_json::Value;

use super::pattern::of_arn;
use crate::{
    World,
    access::{Keys, Need, Row, anything, key_of, pass_role, row},
};

pub(crate) const PERMISSIONS: &[Row] = &[
    row("CreatePipeline", pipeline).also(&[role, pipeline_tags]),
    row("UpdatePipeline", pipeline).also(&[role]),
    row("DescribePipeline", pipeline),
    row("DeletePipeline", pipeline),
    row("ListPipelines", anything),
    row("ListPipelineVersions", pipeline),
    // The pipeline's own role runs it, so none is handed over here.
    row("StartPipelineExecution", pipeline),
    row("StopPipelineExecution", execution),
    row("RetryPipelineExecution", execution),
    row("DescribePipelineExecution", execution),
    row("DescribePipelineDefinitionForExecution", execution),
    row("ListPipelineExecutions", pipeline),
    row("ListPipelineExecutionSteps", execution),
    row("ListPipelineParametersForExecution", execution),
    row("CreateProcessingJob", processing_job)
        .keys(job_keys)
        .also(&[role, processing_job_tags]),
    row("DescribeProcessingJob", processing_job),
    row("StopProcessingJob", processing_job),
    row("ListProcessingJobs", anything),
    row("CreateTrainingJob", training_job)
        .keys(job_keys)
        .also(&[role, training_job_tags]),
    row("DescribeTrainingJob", training_job),
    row("StopTrainingJob", training_job),
    row("ListTrainingJobs", anything),
    // It runs under its model's role.
    row("CreateTransformJob", transform_job)
        .keys(job_keys)
        .also(&[transform_job_tags]),
    row("DescribeTransformJob", transform_job),
    row("StopTransformJob", transform_job),
    row("ListTransformJobs", anything),
    row("CreateModelPackageGroup", group).also(&[group_tags]),
    row("DescribeModelPackageGroup", group),
    row("DeleteModelPackageGroup", group),
    row("ListModelPackageGroups", anything),
    row("CreateModelPackage", group).keys(package_keys),
    row("DescribeModelPackage", package),
    row("ListModelPackages", group),
    row("UpdateModelPackage", package).keys(package_keys),
    row("DeleteModelPackage", package),
    row("CreateModel", model).keys(job_keys).also(&[model_role, model_tags]),
    row("DescribeModel", model),
    row("DeleteModel", model),
    row("ListModels", anything),
    row("AddTags", tagged),
    row("ListTags", tagged),
    row("DeleteTags", tagged),
];

fn named(world: &World, input: &Value, kind: &str, member: &str) -> Vec<String> {
    let name = input[member].as_str().unwrap_or_default();
    vec![match of_arn(name, kind) {
        Some(_) => name.to_owned(),
        None => world.arn("sagemaker", &format!("{kind}/{name}")),
    }]
}

fn pipeline(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "pipeline", "PipelineName")
}

fn execution(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "pipeline", "PipelineExecutionArn")
}

fn processing_job(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "processing-job", "ProcessingJobName")
}

fn training_job(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "training-job", "TrainingJobName")
}

fn transform_job(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "transform-job", "TransformJobName")
}

fn group(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "model-package-group", "ModelPackageGroupName")
}

fn package(world: &World, input: &Value) -> Vec<String> {
    let member = if input["ModelPackageArn"].is_string() {
        "ModelPackageArn"
    } else {
        "ModelPackageName"
    };
    named(world, input, "model-package", member)
}

fn model(world: &World, input: &Value) -> Vec<String> {
    named(world, input, "model", "ModelName")
}

fn tagged(_: &World, input: &Value) -> Vec<String> {
    vec![input["ResourceArn"].as_str().unwrap_or("*").to_owned()]
}

fn role(_: &World, input: &Value) -> Vec<Need> {
    pass_role(&input["RoleArn"], "sagemaker.amazonaws.com")
}

fn model_role(_: &World, input: &Value) -> Vec<Need> {
    pass_role(&input["ExecutionRoleArn"], "sagemaker.amazonaws.com")
}

/// Tags given at creation are set with AddTags on what is created.
fn added_tags(world: &World, input: &Value, resource: fn(&World, &Value) -> Vec<String>) -> Vec<Need> {
    if input["Tags"].as_array().is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let add = |arn| Need::new("sagemaker:AddTags", arn);
    resource(world, input).into_iter().map(add).collect()
}

fn pipeline_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, pipeline)
}

fn processing_job_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, processing_job)
}

fn training_job_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, training_job)
}

fn transform_job_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, transform_job)
}

fn group_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, group)
}

fn model_tags(world: &World, input: &Value) -> Vec<Need> {
    added_tags(world, input, model)
}

/// What policies about jobs and models ask for: isolation, network, keys, machines, time.
fn job_keys(_: &World, input: &Value) -> Keys {
    let mut keys = Keys::new();
    let isolated = input.get("EnableNetworkIsolation");
    let isolated = isolated.or_else(|| input.pointer("/NetworkConfig/EnableNetworkIsolation"));
    if let Some(isolated) = isolated.and_then(Value::as_bool) {
        keys.push(("sagemaker:NetworkIsolation".into(), vec![isolated.to_string()]));
    }
    let vpc = input
        .get("VpcConfig")
        .or_else(|| input.pointer("/NetworkConfig/VpcConfig"));
    for (key, member) in [
        ("sagemaker:VpcSubnets", "Subnets"),
        ("sagemaker:VpcSecurityGroupIds", "SecurityGroupIds"),
    ] {
        let listed = vpc.and_then(|vpc| vpc[member].as_array()).into_iter().flatten();
        let listed: Vec<String> = listed.filter_map(Value::as_str).map(str::to_owned).collect();
        keys.push((key.into(), listed));
    }
    let places = [
        ("sagemaker:InstanceTypes", "/ResourceConfig/InstanceType"),
        (
            "sagemaker:InstanceTypes",
            "/ProcessingResources/ClusterConfig/InstanceType",
        ),
        ("sagemaker:InstanceTypes", "/TransformResources/InstanceType"),
        ("sagemaker:OutputKmsKey", "/OutputDataConfig/KmsKeyId"),
        ("sagemaker:OutputKmsKey", "/ProcessingOutputConfig/KmsKeyId"),
        ("sagemaker:OutputKmsKey", "/TransformOutput/KmsKeyId"),
        ("sagemaker:VolumeKmsKey", "/ResourceConfig/VolumeKmsKeyId"),
        (
            "sagemaker:VolumeKmsKey",
            "/ProcessingResources/ClusterConfig/VolumeKmsKeyId",
        ),
        ("sagemaker:VolumeKmsKey", "/TransformResources/VolumeKmsKeyId"),
        (
            "sagemaker:MaxRuntimeInSeconds",
            "/StoppingCondition/MaxRuntimeInSeconds",
        ),
    ];
    for (key, place) in places {
        if let Some(value) = input.pointer(place).filter(|value| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            keys.push((key.into(), vec![value]));
        }
    }
    keys
}

/// Approval and life cycle: what tells an approver from whoever only stamps a version.
fn package_keys(_: &World, input: &Value) -> Keys {
    let mut keys = key_of(input, "sagemaker:ModelApprovalStatus", "ModelApprovalStatus");
    let cycle = &input["ModelLifeCycle"];
    keys.extend(key_of(cycle, "sagemaker:ModelLifeCycle:Stage", "Stage"));
    keys.extend(key_of(cycle, "sagemaker:ModelLifeCycle:StageStatus", "StageStatus"));
    for (name, value) in input["CustomerMetadataProperties"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().to_owned();
        keys.push((
            format!("sagemaker:CustomerMetadataProperties/{name}").into(),
            vec![value],
        ));
    }
    let removed = input["CustomerMetadataPropertiesToRemove"]
        .as_array()
        .into_iter()
        .flatten();
    let removed = removed.filter_map(Value::as_str).map(str::to_owned).collect();
    keys.push(("sagemaker:CustomerMetadataPropertiesToRemove".into(), removed));
    keys
}
