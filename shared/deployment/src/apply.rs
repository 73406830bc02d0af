//! A project's deployment: its stack, its two pipelines, and project.yaml in its place.
//!
//! In this order, so that a project only becomes visible to the functions when everything it needs exists. Each step
//! may be repeated: applying the same file twice changes nothing.

use anyhow::bail;
use aws_sdk_cloudformation::types::Parameter;
use windsock_decisions::{Project, layout, pipelines};
use windsock_events::facts::PipelineKind;

use crate::{
    deployed::{Deployed, parameter},
    stack::ProjectStack,
};

/// Deploy, and say what was done, one line a step.
pub async fn apply(deployed: &Deployed, project: &Project, yaml: &str) -> anyhow::Result<Vec<String>> {
    let stack = ProjectStack::from_environment(layout::stack_name(&deployed.name_prefix, &project.project));
    apply_to(deployed, &stack, project, yaml).await
}

/// The same with a stack that [`ProjectStack::find`] found: people apply what a catalogue made, too.
pub async fn apply_to(
    deployed: &Deployed,
    stack: &ProjectStack,
    project: &Project,
    yaml: &str,
) -> anyhow::Result<Vec<String>> {
    let parameters = parameters(deployed, project)?;
    let did = stack.deploy(deployed, parameters, &project.compute.tags).await?;
    let mut done = vec![format!("stack {}: {did}", stack.name)];
    let tags = stack.pipeline_tags(deployed, &project.compute.tags).await?;
    let platform = deployed.platform(&project.project);
    for (kind, definition) in definitions(&platform, project) {
        let name = layout::pipeline_name(&deployed.name_prefix, &project.project, kind);
        let definition = serde_json::to_string(&definition)?;
        deployed
            .sagemaker
            .upsert_pipeline(&name, &definition, &platform.jobs_role_arn, &tags)
            .await?;
        done.push(format!("pipeline {name}: in place"));
    }
    deployed
        .work
        .put(&layout::project_yaml(&project.project), yaml.as_bytes().to_vec())
        .await?;
    deployed
        .work
        .put(
            &layout::project_json(&project.project),
            serde_json::to_vec_pretty(project)?,
        )
        .await?;
    done.push(format!(
        "s3://{}/{}: written",
        deployed.work_bucket,
        layout::project_yaml(&project.project)
    ));
    done.push(format!(
        "training data goes to s3://{}/training/{}/",
        deployed.data_bucket, project.project
    ));
    Ok(done)
}

/// The two pipelines as this version renders them.
pub fn definitions(platform: &pipelines::Platform, project: &Project) -> [(PipelineKind, serde_json::Value); 2] {
    [
        (
            PipelineKind::Training,
            pipelines::training_definition(project, platform),
        ),
        (
            PipelineKind::Inference,
            pipelines::inference_definition(project, platform),
        ),
    ]
}

/// What the project's stack is created with.
pub fn parameters(deployed: &Deployed, project: &Project) -> anyhow::Result<Vec<Parameter>> {
    let mut parameters = vec![
        parameter("Project", &project.project),
        parameter("NamePrefix", &deployed.name_prefix),
        parameter("DataBucket", &deployed.data_bucket),
        parameter("WorkBucket", &deployed.work_bucket),
        parameter("RolePath", &deployed.role_path),
        parameter("PermissionsBoundaryArn", &deployed.permissions_boundary_arn),
        parameter("KmsKeyArn", &deployed.kms_key_arn),
        parameter("ComputeInVpc", project.compute.vpc.is_some().to_string()),
    ];
    parameters.extend(project.compute.kms.as_deref().map(|key| compute_key(deployed, key)));
    parameters.extend(reader_parameters(project)?);
    if let Some(schedule) = project
        .inference
        .as_ref()
        .and_then(|inference| inference.schedule.as_ref())
    {
        parameters.push(parameter("InferenceSchedule", schedule));
    }
    if let Some(inference) = &project.inference {
        parameters.push(parameter("InferenceTimezone", &inference.timezone));
    }
    if let Some(schedule) = &project.training.schedule {
        parameters.push(parameter("TrainingSchedule", schedule));
    }
    Ok(parameters)
}

/// `compute.kms` is a key's ARN or id, or an alias by its name or ARN.
fn compute_key(deployed: &Deployed, key: &str) -> Parameter {
    match key.split_once("alias/") {
        Some((_, name)) => parameter("ComputeKmsAlias", format!("alias/{name}")),
        None if key.starts_with("arn:") => parameter("ComputeKmsKeyArn", key),
        None => {
            let Deployed {
                partition,
                region,
                account,
                ..
            } = deployed;
            parameter(
                "ComputeKmsKeyArn",
                format!("arn:{partition}:kms:{region}:{account}:key/{key}"),
            )
        }
    }
}

/// Readers that the project's template has room for.
const READERS_MAX: usize = 10;

/// Who reads, each address once with all its audiences: SNS refuses a second subscription of one.
pub(crate) fn readers(project: &Project) -> Vec<(String, Vec<&'static str>)> {
    let letters = &project.letters;
    let audiences = [
        ("managers", &letters.managers),
        ("approvers", &letters.approvers),
        ("engineers", &letters.engineers),
    ];
    let mut readers: Vec<(String, Vec<&str>)> = Vec::new();
    for (audience, addresses) in audiences {
        for address in addresses {
            match readers
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(address))
            {
                Some((_, audiences)) => audiences.push(audience),
                None => readers.push((address.clone(), vec![audience])),
            }
        }
    }
    readers
}

fn reader_parameters(project: &Project) -> anyhow::Result<Vec<Parameter>> {
    let readers = readers(project);
    if readers.len() > READERS_MAX {
        bail!(
            "letters: {} addresses, at most {READERS_MAX}; use a mailing list for more",
            readers.len()
        );
    }
    let numbered = readers.into_iter().enumerate();
    Ok(numbered
        .flat_map(|(index, (address, audiences))| {
            let number = index + 1;
            [
                parameter(&format!("ReaderEmail{number}"), address),
                parameter(&format!("ReaderAudiences{number}"), audiences.join(",")),
            ]
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_two_audiences_is_subscribed_once() {
        let yaml = "project: demo\ndata: { label: late }\nletters: { managers: [a@example.com, b@example.com], \
                    approvers: [A@example.com] }\n";
        let project = Project::from_yaml(yaml).unwrap();
        let told: Vec<String> = reader_parameters(&project)
            .unwrap()
            .iter()
            .map(|it| format!("{}={}", it.parameter_key().unwrap(), it.parameter_value().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                "ReaderEmail1=a@example.com",
                "ReaderAudiences1=managers,approvers",
                "ReaderEmail2=b@example.com",
                "ReaderAudiences2=managers"
            ]
        );
    }
}
