//! A project's stack: what it is called and how it may be changed.
//!
//! By hand it is called as everything of a project is, and changed as whoever applies. A catalogue gives it another name;
//! and a build may change it only as CloudFormation's own role, and only to the template that lies in the catalogue.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack, StackStatus, Tag};

use windsock_decisions::layout;

use crate::{
    deployed::{self, Deployed, parameter},
    template,
};

#[derive(Debug, Clone, Default)]
pub struct ProjectStack {
    pub name: String,
    /// What CloudFormation acts as; none: as the caller.
    pub role_arn: Option<String>,
    /// Where the template lies; none: it is the one that this program carries.
    pub template_url: Option<String>,
    /// The SageMaker project that Studio shows it under.
    pub sagemaker_project: [Option<String>; 2],
}

/// Parameters of the template that only Studio knows: name and id.
const SAGEMAKER_PROJECT: [&str; 2] = ["SageMakerProjectName", "SageMakerProjectId"];
/// Their tags, by which Studio finds what belongs to a SageMaker project.
const STUDIO_TAGS: [&str; 2] = ["sagemaker:project-name", "sagemaker:project-id"];

impl ProjectStack {
    /// As templates/ml-project-ci.yaml sets it for builds, and people for a project from the catalogue.
    pub fn from_environment(usual_name: String) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            name: set("WINDSOCK_PROJECT_STACK").unwrap_or(usual_name),
            role_arn: set("WINDSOCK_STACK_ROLE_ARN"),
            template_url: set("WINDSOCK_PROJECT_TEMPLATE_URL"),
            sagemaker_project: [set("SAGEMAKER_PROJECT_NAME"), set("SAGEMAKER_PROJECT_ID")],
        }
    }

    /// The same, and where nothing names the stack: the one that has the project's role, because a catalogue gives stacks names
    /// of its own. Of a project that is nowhere yet it is the usual one.
    pub async fn find(deployed: &Deployed, project: &str) -> anyhow::Result<Self> {
        let usual_name = layout::stack_name(&deployed.name_prefix, project);
        let mut stack = Self::from_environment(usual_name.clone());
        let client = &deployed.cloudformation;
        if stack.name != usual_name || deployed::describe(client, &usual_name).await?.is_some() {
            return Ok(stack);
        }
        let role = layout::jobs_role_name(&deployed.name_prefix, project);
        let asked = client
            .describe_stack_resources()
            .physical_resource_id(&role)
            .send()
            .await;
        match asked {
            Ok(answer) => {
                let owner = answer.stack_resources().first();
                let owner = owner.and_then(|resource| resource.stack_name());
                stack.name = owner.map_or(usual_name, str::to_owned);
                Ok(stack)
            }
            Err(error) if format!("{:?}", error.as_service_error()).contains("does not exist") => Ok(stack),
            Err(error) => Err(deployed::refusal(error)).with_context(|| format!("look for the stack of role {role}")),
        }
    }

    /// Creates or updates it, and says which. CloudFormation gives a stack's tags to everything in it.
    pub(crate) async fn deploy(
        &self,
        deployed: &Deployed,
        mut parameters: Vec<Parameter>,
        tags: &BTreeMap<String, String>,
    ) -> anyhow::Result<&'static str> {
        let (client, stack) = (&deployed.cloudformation, &self.name);
        let before = deployed::describe(client, stack).await?;
        parameters.extend(self.studio_parameters(before.as_ref()));
        let tags = all_tags(before.as_ref(), tags);
        let template_body = self.template_url.is_none().then(|| template::PROJECT.to_owned());
        let did = if before.is_none() {
            let create = client.create_stack().stack_name(stack).set_parameters(Some(parameters));
            let create = create
                .set_template_body(template_body)
                .set_template_url(self.template_url.clone())
                .set_role_arn(self.role_arn.clone())
                .set_tags(tags)
                .capabilities(Capability::CapabilityNamedIam);
            create
                .send()
                .await
                .map_err(deployed::refusal)
                .with_context(|| format!("create stack {stack}"))?;
            "created"
        } else {
            let update = client.update_stack().stack_name(stack).set_parameters(Some(parameters));
            let update = update
                .set_template_body(template_body)
                .set_template_url(self.template_url.clone())
                .set_role_arn(self.role_arn.clone())
                .set_tags(tags)
                .capabilities(Capability::CapabilityNamedIam);
            match update.send().await {
                Ok(_) => "updated",
                Err(error) if deployed::is_unchanged(error.as_service_error()) => return Ok("unchanged"),
                Err(error) => return Err(deployed::refusal(error)).with_context(|| format!("update stack {stack}")),
            }
        };
        wait(deployed, stack).await?;
        Ok(did)
    }

    /// What the project's pipelines are tagged with, which the stack does not make: the project's own, and what Studio looks
    /// for in a SageMaker project.
    pub(crate) async fn pipeline_tags(
        &self,
        deployed: &Deployed,
        tags: &BTreeMap<String, String>,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let stack = deployed::describe(&deployed.cloudformation, &self.name).await?;
        let mut all = stack.as_ref().map(studio_tags).unwrap_or_default();
        all.extend(tags.clone());
        Ok(all)
    }

    /// What nobody says again stays as it is; an update would set it to nothing.
    fn studio_parameters(&self, before: Option<&Stack>) -> Vec<Parameter> {
        let known = |key: &str| value_of(before?, key).map(str::to_owned);
        let said = SAGEMAKER_PROJECT.into_iter().zip(&self.sagemaker_project);
        said.filter_map(|(key, value)| Some(parameter(key, value.clone().or_else(|| known(key))?)))
            .collect()
    }
}

/// What a stack was given for a parameter, if that is anything.
fn value_of<'a>(stack: &'a Stack, key: &str) -> Option<&'a str> {
    let mut parameters = stack.parameters().iter();
    let found = parameters.find(|parameter| parameter.parameter_key() == Some(key))?;
    found.parameter_value().filter(|value| !value.is_empty())
}

/// As the template tags what it makes.
fn studio_tags(stack: &Stack) -> BTreeMap<String, String> {
    let tags = SAGEMAKER_PROJECT.into_iter().zip(STUDIO_TAGS);
    tags.filter_map(|(parameter, tag)| Some((tag.to_owned(), value_of(stack, parameter)?.to_owned())))
        .collect()
}

/// The project's own, and those that SageMaker gave to a stack of its own making. None leaves a stack's tags alone.
fn all_tags(before: Option<&Stack>, tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    if tags.is_empty() {
        return None;
    }
    let of_sagemaker = |tag: &&Tag| tag.key().is_some_and(|key| key.starts_with("sagemaker:"));
    let given = before.map(Stack::tags).unwrap_or_default().iter();
    let mut all: Vec<Tag> = given
        .filter(of_sagemaker)
        .filter(|tag| !tag.key().is_some_and(|key| tags.contains_key(key)))
        .cloned()
        .collect();
    all.extend(
        tags.iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build()),
    );
    Some(all)
}

/// Poll until the stack is complete; a failed stack names the resource that failed.
async fn wait(deployed: &Deployed, stack: &str) -> anyhow::Result<()> {
    loop {
        let Some(described) = deployed::describe(&deployed.cloudformation, stack).await? else {
            bail!("stack {stack} is gone");
        };
        match described.stack_status() {
            Some(StackStatus::CreateComplete | StackStatus::UpdateComplete) => return Ok(()),
            Some(status) if status.as_str().ends_with("_IN_PROGRESS") => {
                tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            }
            status => {
                let why = described
                    .stack_status_reason()
                    .unwrap_or("see its events in the CloudFormation console");
                bail!(
                    "stack {stack} is {}: {why}",
                    status.map_or("in no known state", StackStatus::as_str)
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stack: &ProjectStack, before: Option<&Stack>) -> Vec<String> {
        let parameters = stack.studio_parameters(before);
        let shown = |it: &Parameter| format!("{}={}", it.parameter_key().unwrap(), it.parameter_value().unwrap());
        parameters.iter().map(shown).collect()
    }

    #[test]
    fn a_project_of_studio_stays_one_when_somebody_else_applies_it() {
        let before = Stack::builder()
            .parameters(parameter("SageMakerProjectName", "late-flights"))
            .parameters(parameter("SageMakerProjectId", "p-1"))
            .build();
        let kept = ["SageMakerProjectName=late-flights", "SageMakerProjectId=p-1"];
        assert_eq!(told(&ProjectStack::default(), Some(&before)), kept);
        let said = ProjectStack {
            sagemaker_project: [Some("late-flights".into()), Some("p-1".into())],
            ..ProjectStack::default()
        };
        assert_eq!(told(&said, None), kept);
        let tags = [
            ("sagemaker:project-id", "p-1"),
            ("sagemaker:project-name", "late-flights"),
        ];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(studio_tags(&before), tags.into(), "its pipelines are found, too");
    }

    #[test]
    fn a_project_of_nobody_stays_one() {
        let before = Stack::builder().parameters(parameter("SageMakerProjectId", "")).build();
        assert!(told(&ProjectStack::default(), Some(&before)).is_empty());
        assert!(studio_tags(&before).is_empty());
    }

    #[test]
    fn a_projects_tags_come_beside_those_of_studio() {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let before = Stack::builder()
            .tags(tag("sagemaker:project-id", "p-1"))
            .tags(tag("team", "old"))
            .build();
        let tags = BTreeMap::from([("team".to_owned(), "weather".to_owned())]);
        let all = all_tags(Some(&before), &tags).unwrap();
        assert_eq!(all, [tag("sagemaker:project-id", "p-1"), tag("team", "weather")]);
        assert_eq!(all_tags(Some(&before), &BTreeMap::new()), None);
    }
}
