//! Models: the entries that batch transform names. Their names are derived, so creating one twice is creating it once.

use anyhow::Context;
use aws_sdk_sagemaker::types::{ContainerDefinition, VpcConfig};

use crate::{
    SageMaker,
    refusals::{is_already_there, is_not_found},
};

/// SageMaker's limit per page.
const PAGE: i32 = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewModel {
    pub name: String,
    /// An approved version of the registry.
    pub version_arn: String,
    pub role_arn: String,
    pub network_isolation: bool,
    /// Subnets and security groups.
    pub vpc: Option<(Vec<String>, Vec<String>)>,
}

impl SageMaker {
    /// Creates the model, unless it is there: its name says which version it holds.
    pub async fn create_model(&self, model: &NewModel) -> anyhow::Result<()> {
        let container = ContainerDefinition::builder()
            .model_package_name(&model.version_arn)
            .build();
        let vpc = model.vpc.as_ref().map(|(subnets, security_groups)| {
            VpcConfig::builder()
                .set_subnets(Some(subnets.clone()))
                .set_security_group_ids(Some(security_groups.clone()))
                .build()
        });
        let create = self
            .client
            .create_model()
            .model_name(&model.name)
            .primary_container(container);
        let create = create
            .execution_role_arn(&model.role_arn)
            .enable_network_isolation(model.network_isolation)
            .set_vpc_config(vpc);
        match create.send().await {
            Err(error) if !is_already_there(&error) => {
                Err(error).with_context(|| format!("create model `{}`", model.name))
            }
            _ => Ok(()),
        }
    }

    /// Deletes a model; one that is gone is deleted.
    pub async fn delete_model(&self, name: &str) -> anyhow::Result<()> {
        match self.client.delete_model().model_name(name).send().await {
            Err(error) if !is_not_found(&error) => Err(error).with_context(|| format!("delete model `{name}`")),
            _ => Ok(()),
        }
    }

    /// Names of the models that begin with the prefix.
    pub async fn list_models(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.list_models().name_contains(prefix).max_results(PAGE);
            let page = request.set_next_token(token).send().await;
            let page = page.with_context(|| format!("list models `{prefix}*`"))?;
            let listed = page.models().iter().filter_map(|model| model.model_name());
            // NameContains finds the text anywhere in the name.
            names.extend(listed.filter(|name| name.starts_with(prefix)).map(str::to_owned));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(names);
            }
        }
    }
}
