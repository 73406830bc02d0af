//! Models: what a transform job serves. The name is the idempotency key: a second creation is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    answers::{by_time, maybe, said, time, within, without_nulls},
    check,
    containers::environment,
    pattern::s3_uri,
    shapes_registry,
};
use crate::{ApiError, Millis, World};

#[derive(Debug, Clone)]
pub(super) struct Model {
    name: String,
    arn: String,
    request: Value,
    created: Millis,
    served: Served,
}

/// What is run for a model, resolved when it was created.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) image: String,
    pub(super) environment: BTreeMap<String, String>,
    /// URI of the archive; empty for a model that is all in its image.
    pub(super) data: String,
    pub(super) role_arn: String,
}

impl World {
    pub(super) fn create_model(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::CREATE_MODEL)?;
        let name = said(input, "ModelName").to_owned();
        let arn = self.arn("sagemaker", &format!("model/{name}"));
        if self.sagemaker.models.contains_key(&name) {
            return Err(ApiError::validation(format!(
                "Cannot create already existing model \"{arn}\"."
            )));
        }
        let role_arn = maybe(input, "ExecutionRoleArn")
            .ok_or_else(|| ApiError::validation("ExecutionRoleArn must be given for a model"))?;
        let served = self.resolve_container(container(input)?, role_arn)?;
        self.check_model_access(&served)?;
        self.tag_resource(&arn, &input["Tags"])?;
        let model = Model {
            name: name.clone(),
            arn: arn.clone(),
            request: input.clone(),
            created: self.now,
            served,
        };
        self.sagemaker.models.insert(name, model);
        Ok(json!({"ModelArn": arn}))
    }

    /// The image and the archive of a container; of a model package, which must be approved.
    fn resolve_container(&self, container: &Value, role_arn: String) -> Result<Served, ApiError> {
        let mut source = container.clone();
        if let Some(package) = container["ModelPackageName"].as_str() {
            let package = self.model_package(package)?;
            if package.approval != "Approved" {
                let message = "Cannot create a model from a model package that is not Approved";
                return Err(ApiError::validation(format!(
                    "{message}: {} is {}",
                    package.arn, package.approval
                )));
            }
            source = package.inference["Containers"][0].clone();
        }
        let (image, data) = (
            said(&source, "Image").to_owned(),
            said(&source, "ModelDataUrl").to_owned(),
        );
        if image.is_empty() {
            return Err(ApiError::validation(
                "A container must have an Image or a ModelPackageName",
            ));
        }
        let exists = s3_uri(&data).is_some_and(|(bucket, key)| self.object(bucket, key).is_some());
        if !data.is_empty() && !exists {
            return Err(ApiError::validation(format!("Could not find model data at {data}.")));
        }
        let mut variables = environment(&source["Environment"]);
        variables.extend(environment(&container["Environment"]));
        Ok(Served {
            image,
            environment: variables,
            data,
            role_arn,
        })
    }

    /// SageMaker looks at the archive in the model's role before it makes the model.
    fn check_model_access(&self, served: &Served) -> Result<(), ApiError> {
        let (data, role) = (&served.data, &served.role_arn);
        let Some((bucket, key)) = s3_uri(data) else {
            return Ok(());
        };
        self.may_read_object(role, bucket, key).map_err(|_| {
            ApiError::validation(format!(
                "Could not access model data at {data}. Please ensure that the role \"{role}\" exists and that its trust \
                 relationship policy allows the action \"sts:AssumeRole\" for the service principal \
                 \"sagemaker.amazonaws.com\". Also ensure that the role has \"s3:GetObject\" permissions and that the \
                 object is located in {}.",
                self.region()
            ))
        })
    }

    pub(super) fn describe_model(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::MODEL_NAMED)?;
        let model = self.model_named(said(input, "ModelName"))?;
        let asked = &model.request;
        Ok(without_nulls(json!({
            "ModelName": model.name,
            "PrimaryContainer": asked["PrimaryContainer"],
            "Containers": asked["Containers"],
            "ExecutionRoleArn": asked["ExecutionRoleArn"],
            "VpcConfig": asked["VpcConfig"],
            "CreationTime": time(model.created),
            "ModelArn": model.arn,
            "EnableNetworkIsolation": asked["EnableNetworkIsolation"].as_bool().unwrap_or(false),
        })))
    }

    pub(super) fn delete_model(&mut self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::MODEL_NAMED)?;
        let (name, arn) = {
            let model = self.model_named(said(input, "ModelName"))?;
            (model.name.clone(), model.arn.clone())
        };
        self.sagemaker.models.remove(&name);
        self.sagemaker.tags.remove(&arn);
        Ok(json!({}))
    }

    pub(super) fn list_models(&self, input: &Value) -> Result<Value, ApiError> {
        check::input(input, shapes_registry::LIST_MODELS)?;
        let (contains, by_name) = (said(input, "NameContains"), said(input, "SortBy") == "Name");
        let models = self.sagemaker.models.values().filter(|model| {
            model.name.contains(contains) && within(input, "CreationTimeAfter", "CreationTimeBefore", model.created)
        });
        let items = models.map(|model| {
            let summary = json!({"ModelName": model.name, "ModelArn": model.arn, "CreationTime": time(model.created)});
            let key = if by_name {
                model.name.clone()
            } else {
                by_time(model.created, &model.name)
            };
            (key, summary)
        });
        self.page(input, "Models", "Descending", items.collect())
    }

    pub(super) fn served_model(&self, name: &str) -> Result<Served, ApiError> {
        Ok(self.model_named(name)?.served.clone())
    }

    fn model_named(&self, name: &str) -> Result<&Model, ApiError> {
        self.sagemaker.models.get(name).ok_or_else(|| {
            let arn = self.arn("sagemaker", &format!("model/{name}"));
            ApiError::validation(format!("Could not find model \"{arn}\"."))
        })
    }
}

/// The one container of a model: chains of containers are not run locally.
fn container(input: &Value) -> Result<&Value, ApiError> {
    let chain = input["Containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    match (&input["PrimaryContainer"], chain) {
        (primary @ Value::Object(_), []) => Ok(primary),
        (Value::Null, [only]) => Ok(only),
        (Value::Null, [_, _, ..]) => Err(ApiError::validation("A model of several Containers is not run locally")),
        _ => Err(ApiError::validation(
            "Exactly one of PrimaryContainer and Containers must be given",
        )),
    }
}
