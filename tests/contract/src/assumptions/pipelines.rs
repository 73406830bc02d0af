//! SageMaker's pipelines: names, tokens, and what a pipeline made again has forgotten.
//!
//! The pipelines of these trials have one Condition and one Fail step: they run, and start no job.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::{
    operation::start_pipeline_execution::builders::StartPipelineExecutionFluentBuilder, types::Parameter,
};
use aws_smithy_types::DateTime;
use serde_json::json;

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::SageMaker,
        Source::{Documented, Undocumented},
        Trouble, expect, refused,
    },
    bench::Bench,
    made::Made,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "sagemaker/token-replay",
        service: SageMaker,
        says: "StartPipelineExecution with a token and the parameters it was sent with before answers the same ARN, and \
               starts nothing.",
        source: Documented("SageMaker API Reference, StartPipelineExecution, ClientRequestToken"),
        trial: |bench| Box::pin(token_replay(bench)),
    },
    Assumption {
        name: "sagemaker/token-reused",
        service: SageMaker,
        says: "StartPipelineExecution with a known token and other parameters is refused, with ConflictException or \
               ValidationException, and starts nothing.",
        source: Undocumented,
        trial: |bench| Box::pin(token_reused(bench)),
    },
    Assumption {
        name: "sagemaker/pipeline-made-again",
        service: SageMaker,
        says: "A pipeline deleted and created again has another CreationTime and no executions, and starts anew with a \
               token that the old one knew.",
        source: Undocumented,
        trial: |bench| Box::pin(made_again(bench)),
    },
    Assumption {
        name: "sagemaker/pipeline-name-in-use",
        service: SageMaker,
        says: "CreatePipeline with a name in use is refused in words that our client knows, and UpdatePipeline then keeps \
               the CreationTime.",
        source: Undocumented,
        trial: |bench| Box::pin(name_in_use(bench)),
    },
    Assumption {
        name: "sagemaker/pipeline-missing",
        service: SageMaker,
        says: "DescribePipeline and DescribePipelineExecution of what is not there are refused in words that our client \
               knows.",
        source: Undocumented,
        trial: |bench| Box::pin(missing(bench)),
    },
    Assumption {
        name: "sagemaker/unknown-parameter",
        service: SageMaker,
        says: "StartPipelineExecution with a parameter that the definition does not declare is refused with \
               ValidationException.",
        source: Undocumented,
        trial: |bench| Box::pin(unknown_parameter(bench)),
    },
];

/// Fails when told to, and otherwise succeeds at once.
pub fn definition() -> String {
    let fail = json!({ "Name": "Refuse", "Type": "Fail", "Arguments": { "ErrorMessage": "as it was told" } });
    let told = json!({ "Type": "Equals", "LeftValue": { "Get": "Parameters.manifest" }, "RightValue": "fail" });
    let condition = json!({
        "Name": "IsTold",
        "Type": "Condition",
        "Arguments": { "Conditions": [told], "IfSteps": [fail], "ElseSteps": [] },
    });
    let text = |name: &str| json!({ "Name": name, "Type": "String" });
    json!({
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [text("slot"), text("manifest")],
        "PipelineExperimentConfig": null,
        "Steps": [condition],
    })
    .to_string()
}

async fn create(bench: &Bench, name: &str) -> Result<(), Trouble> {
    let role = bench.role()?;
    bench.will_make(Made::Pipeline(name.to_owned()));
    let create = bench.sagemaker.create_pipeline().pipeline_name(name).role_arn(role);
    let create = create
        .pipeline_definition(definition())
        .client_request_token(bench.token());
    create.send().await?;
    Ok(())
}

/// A new pipeline's name.
pub async fn pipeline(bench: &Bench) -> Result<String, Trouble> {
    let name = bench.name();
    create(bench, &name).await?;
    Ok(name)
}

pub fn start(bench: &Bench, pipeline: &str, token: &str, manifest: &str) -> StartPipelineExecutionFluentBuilder {
    let parameter = |name, value| Parameter::builder().name(name).value(value).build();
    let start = bench
        .sagemaker
        .start_pipeline_execution()
        .pipeline_name(pipeline)
        .client_request_token(token);
    let start = start.pipeline_execution_display_name(format!("slot-{}", bench.prefix));
    start
        .pipeline_parameters(parameter("slot", "s"))
        .pipeline_parameters(parameter("manifest", manifest))
}

/// The ARN that a start answers.
pub async fn started(start: StartPipelineExecutionFluentBuilder) -> Result<String, Trouble> {
    let answer = start.send().await?;
    Ok(answer.pipeline_execution_arn().unwrap_or_default().to_owned())
}

/// ARNs as they are listed, once there are so many or patience ends.
pub async fn listed(bench: &Bench, pipeline: &str, wanted: usize) -> Result<Vec<String>, Trouble> {
    let seen = bench.see(|| async {
        let arns = list(bench, pipeline).await?;
        Ok((arns.len() >= wanted).then_some(arns))
    });
    match seen.await? {
        Some((arns, _)) => Ok(arns),
        None => list(bench, pipeline).await,
    }
}

async fn list(bench: &Bench, pipeline: &str) -> Result<Vec<String>, Trouble> {
    let list = bench
        .sagemaker
        .list_pipeline_executions()
        .pipeline_name(pipeline)
        .max_results(100);
    let answer = list.send().await?;
    let arns = answer
        .pipeline_execution_summaries()
        .iter()
        .filter_map(|one| one.pipeline_execution_arn());
    Ok(arns.map(str::to_owned).collect())
}

async fn token_replay(bench: &Bench) -> Outcome {
    let (pipeline, token) = (pipeline(bench).await?, bench.token());
    let first = started(start(bench, &pipeline, &token, "x")).await?;
    let second = started(start(bench, &pipeline, &token, "x")).await?;
    expect(first == second, || format!("{first}, then {second}"))?;
    // Also when the run is over.
    wait_for_end(bench, &first).await?;
    let third = started(start(bench, &pipeline, &token, "x")).await?;
    expect(first == third, || format!("{first}, and {third} after its end"))?;
    let all = listed(bench, &pipeline, 1).await?;
    expect(all == [first], || format!("{} executions are listed", all.len()))?;
    Ok("three starts, one execution".into())
}

/// Its status when it is over.
pub async fn wait_for_end(bench: &Bench, execution: &str) -> Result<String, Trouble> {
    let ended = bench.see(|| async {
        let describe = bench
            .sagemaker
            .describe_pipeline_execution()
            .pipeline_execution_arn(execution);
        let answer = describe.send().await?;
        let status = answer
            .pipeline_execution_status()
            .map(|status| status.as_str().to_owned());
        Ok(status.filter(|status| !matches!(status.as_str(), "Executing" | "Stopping")))
    });
    let ended = ended.await?;
    ended
        .map(|(status, _)| status)
        .ok_or_else(|| Trouble::DoesNotHold(format!("{execution} does not end")))
}

async fn token_reused(bench: &Bench) -> Outcome {
    let (pipeline, token) = (pipeline(bench).await?, bench.token());
    let first = started(start(bench, &pipeline, &token, "x")).await?;
    let other = start(bench, &pipeline, &token, "y").send().await;
    let refusal = refused(other, &["ConflictException", "ValidationException"])?;
    let all = listed(bench, &pipeline, 1).await?;
    expect(all == [first], || format!("{} executions are listed", all.len()))?;
    Ok(refusal.remark())
}

async fn created_at(bench: &Bench, pipeline: &str) -> Result<Option<DateTime>, Trouble> {
    let answer = bench
        .sagemaker
        .describe_pipeline()
        .pipeline_name(pipeline)
        .send()
        .await?;
    Ok(answer.creation_time().copied())
}

async fn made_again(bench: &Bench) -> Outcome {
    let (pipeline, token) = (pipeline(bench).await?, bench.token());
    let before = created_at(bench, &pipeline).await?;
    let first = started(start(bench, &pipeline, &token, "x")).await?;
    wait_for_end(bench, &first).await?;
    let delete = bench.sagemaker.delete_pipeline().pipeline_name(&pipeline);
    delete.client_request_token(bench.token()).send().await?;
    // Deleting takes AWS a moment; the name is free after it.
    let made = bench.see(|| async { Ok(create(bench, &pipeline).await.ok()) }).await?;
    expect(made.is_some(), || "it could not be created again".into())?;
    let after = created_at(bench, &pipeline).await?;
    expect(before.is_some() && before != after, || {
        format!("created at {before:?}, and again at {after:?}")
    })?;
    let old = list(bench, &pipeline).await?;
    expect(old.is_empty(), || format!("it still lists {old:?}"))?;
    let second = started(start(bench, &pipeline, &token, "x")).await?;
    expect(first != second, || {
        "the token of the old pipeline answered the old execution".into()
    })?;
    Ok(String::new())
}

async fn name_in_use(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let before = created_at(bench, &pipeline).await?;
    let again = bench
        .sagemaker
        .create_pipeline()
        .pipeline_name(&pipeline)
        .role_arn(bench.role()?);
    let again = again
        .pipeline_definition(definition())
        .client_request_token(bench.token());
    let codes = ["ValidationException", "ResourceInUse", "ConflictException"];
    let refusal = refused(again.send().await, &codes)?;
    bench
        .ours
        .upsert_pipeline(&pipeline, &definition(), bench.role()?, &BTreeMap::new())
        .await?;
    let after = created_at(bench, &pipeline).await?;
    expect(before == after, || {
        format!("created at {before:?}, updated and then at {after:?}")
    })?;
    Ok(refusal.remark())
}

async fn missing(bench: &Bench) -> Outcome {
    let name = bench.name();
    let describe = bench.sagemaker.describe_pipeline().pipeline_name(&name).send().await;
    let refusal = refused(
        describe,
        &["ResourceNotFound", "ResourceNotFoundException", "ValidationException"],
    )?;
    expect(bench.ours.describe_pipeline(&name).await?.is_none(), || {
        "our client finds it".into()
    })?;
    expect(bench.ours.list_executions(&name).await?.is_none(), || {
        "our client lists it".into()
    })?;
    let pipeline = pipeline(bench).await?;
    let arn = bench
        .sagemaker
        .describe_pipeline()
        .pipeline_name(&pipeline)
        .send()
        .await?;
    let execution = format!("{}/execution/abcdefghijkl", arn.pipeline_arn().unwrap_or_default());
    let ours = bench.ours.describe_execution(&execution).await?;
    expect(ours.is_none(), || "our client finds an execution that never was".into())?;
    Ok(refusal.remark())
}

async fn unknown_parameter(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let undeclared = Parameter::builder().name("nobody").value("x").build();
    let start = start(bench, &pipeline, &bench.token(), "x").pipeline_parameters(undeclared);
    Ok(refused(start.send().await, &["ValidationException"])?.remark())
}
