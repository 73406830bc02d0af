//! What each type of step does when its turn comes.

use serde_json::{Value, json};

use super::{
    advance::StepEnd,
    answers::{as_role, said},
    condition,
    definition::{Step, StepKind},
    executions::Status,
    expression::Scope,
    jobs::Origin,
};
use crate::{ApiError, JobKind, World};

/// A job's name has at most 63 characters, of which the step's name gets what the rest leaves.
const STEP_IN_JOB_NAME: usize = 28;

impl World {
    /// Do what a step does. `None` when a job was started that the step waits for; an error when AWS would refuse.
    pub(super) fn perform_step(&mut self, arn: &str, step: &Step) -> Result<Option<StepEnd>, String> {
        let suffix = self.new_id("job")[..10].to_owned();
        let Some(execution) = self.sagemaker.executions.get(arn) else {
            return Err(format!("the execution {arn} does not exist"));
        };
        let job_name = job_name(&execution.id, &step.name, &suffix);
        let role = execution.role_arn.clone();
        let scope = Scope {
            world: self,
            execution,
            job_name: &job_name,
        };
        let arguments = match scope.evaluate(&step.arguments) {
            Ok(arguments) => arguments,
            Err(reason) => {
                self.step_becomes(arn, &step.name, Status::Executing, None);
                return Err(reason);
            }
        };
        match step.kind {
            StepKind::Processing => self.job_step(arn, step, JobKind::Processing, job_name, arguments),
            StepKind::Training => self.job_step(arn, step, JobKind::Training, job_name, arguments),
            StepKind::Transform => self.job_step(arn, step, JobKind::Transform, job_name, arguments),
            StepKind::Model => self.model_step(arn, step, job_name, arguments),
            StepKind::RegisterModel => self.register_step(arn, step, &role, arguments),
            StepKind::Condition => self.condition_step(arn, step, &arguments),
            StepKind::Fail => Ok(Some(self.fail_step(arn, step, &arguments))),
        }
    }

    fn job_step(
        &mut self,
        arn: &str,
        step: &Step,
        kind: JobKind,
        job_name: String,
        mut request: Value,
    ) -> Result<Option<StepEnd>, String> {
        request[kind.name_member()] = json!(job_name);
        let origin = Origin {
            execution: arn.to_owned(),
            step: step.name.clone(),
        };
        let created = self
            .may_run_step(arn, kind, &request)
            .and_then(|()| self.create_job(kind, request, Some(origin)));
        if let Ok(job_arn) = &created {
            let metadata = json!({kind.resource_member(): {"Arn": job_arn}});
            self.note_step(arn, &step.name, Some(job_name), metadata, json!({}));
        }
        self.step_becomes(arn, &step.name, Status::Executing, None);
        created.map_err(|error| not_invoked(kind.create_operation(), &error))?;
        Ok(None)
    }

    fn model_step(
        &mut self,
        arn: &str,
        step: &Step,
        name: String,
        mut request: Value,
    ) -> Result<Option<StepEnd>, String> {
        request["ModelName"] = json!(name);
        let created = self
            .may_call(arn, "CreateModel", &request)
            .and_then(|()| self.create_model(&request));
        if let Ok(model) = &created {
            let mut properties = request;
            properties["ModelArn"] = model["ModelArn"].clone();
            self.note_step(
                arn,
                &step.name,
                None,
                json!({"Model": {"Arn": model["ModelArn"]}}),
                properties,
            );
        }
        self.step_becomes(arn, &step.name, Status::Executing, None);
        created.map_err(|error| not_invoked("CreateModel", &error))?;
        Ok(Some(StepEnd::Succeeded))
    }

    /// The service creates a group that does not exist, as it does on AWS.
    fn register_step(
        &mut self,
        arn: &str,
        step: &Step,
        role: &str,
        mut request: Value,
    ) -> Result<Option<StepEnd>, String> {
        let caller = as_role(role);
        let group = said(&request, "ModelPackageGroupName").to_owned();
        request["MetadataProperties"]["GeneratedBy"] = json!(arn);
        let created = self
            .may_call(arn, "CreateModelPackage", &request)
            .and_then(|()| self.ensure_package_group(&caller, &group))
            .and_then(|()| self.create_model_package(&caller, &request));
        // The step is over when the version says that it is complete.
        let created = created.and_then(|package| {
            let name = json!({ "ModelPackageName": package["ModelPackageArn"] });
            self.may_call(arn, "DescribeModelPackage", &name).map(|()| package)
        });
        if let Ok(package) = &created {
            let package_arn = said(package, "ModelPackageArn");
            let properties = self
                .sagemaker
                .packages
                .get(package_arn)
                .map(|package| package.describe());
            let metadata = json!({"RegisterModel": {"Arn": package_arn}});
            self.note_step(arn, &step.name, None, metadata, properties.unwrap_or_default());
        }
        self.step_becomes(arn, &step.name, Status::Executing, None);
        created.map_err(|error| not_invoked("CreateModelPackage", &error))?;
        Ok(Some(StepEnd::Succeeded))
    }

    fn condition_step(&mut self, arn: &str, step: &Step, arguments: &Value) -> Result<Option<StepEnd>, String> {
        let verdict = condition::all_hold(&arguments["Conditions"]);
        if let Ok(holds) = &verdict {
            let outcome = if *holds { "True" } else { "False" };
            let metadata = json!({"Condition": {"Outcome": outcome}});
            self.note_step(arn, &step.name, None, metadata, json!({"Outcome": outcome}));
        }
        self.step_becomes(arn, &step.name, Status::Executing, None);
        verdict?;
        Ok(Some(StepEnd::Succeeded))
    }

    fn fail_step(&mut self, arn: &str, step: &Step, arguments: &Value) -> StepEnd {
        let message = said(arguments, "ErrorMessage").to_owned();
        self.note_step(
            arn,
            &step.name,
            None,
            json!({"Fail": {"ErrorMessage": message}}),
            json!({}),
        );
        self.step_becomes(arn, &step.name, Status::Executing, None);
        StepEnd::Failed(message)
    }

    /// What a step did, for its listing and for the steps that refer to it.
    fn note_step(&mut self, arn: &str, name: &str, job: Option<String>, metadata: Value, properties: Value) {
        let execution = self.sagemaker.executions.get_mut(arn);
        if let Some(run) = execution.and_then(|execution| execution.step_mut(name)) {
            run.job = job;
            run.metadata = metadata;
            run.properties = properties;
        }
    }
}

fn job_name(execution: &str, step: &str, suffix: &str) -> String {
    let step: String = step
        .chars()
        .take(STEP_IN_JOB_NAME)
        .map(|c| if c == '_' { '-' } else { c })
        .collect();
    format!("pipelines-{execution}-{}-{suffix}", step.trim_matches('-'))
}

/// The failure of a step whose call AWS refused. The error's code is part of it, because retry policies go by it.
fn not_invoked(operation: &str, error: &ApiError) -> String {
    let code = match error.code.as_str() {
        "ValidationException" => String::new(),
        code => format!("{code}: "),
    };
    format!(
        "Failed to invoke sagemaker:{operation}. Error Details: {code}{}",
        error.message
    )
}
