//! SageMaker's executions: lists, pages, names, and the events about them.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::types::{SortOrder, SortPipelineExecutionsBy};
use serde_json::{Value, json};

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::SageMaker,
        Source::{Documented, Undocumented},
        Trouble, expect, refused,
    },
    assumptions::{
        pipelines::{listed, pipeline, start, started, wait_for_end},
        queues,
    },
    bench::Bench,
};

const LIST_PAGE: &str = "SageMaker API Reference, ListPipelineExecutions";

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "sagemaker/list-shows-a-start",
        service: SageMaker,
        says: "ListPipelineExecutions shows an execution soon after its start, with the display name that was given.",
        source: Undocumented,
        trial: |bench| Box::pin(shows_a_start(bench)),
    },
    Assumption {
        name: "sagemaker/list-order",
        service: SageMaker,
        says: "ListPipelineExecutions sorted by CreationTime, Descending, has the newest first.",
        source: Documented(LIST_PAGE),
        trial: |bench| Box::pin(newest_first(bench)),
    },
    Assumption {
        name: "sagemaker/list-pages",
        service: SageMaker,
        says: "Pages of ListPipelineExecutions join without a gap or a repetition, and a NextToken that is none is refused \
               with ValidationException.",
        source: Undocumented,
        trial: |bench| Box::pin(pages(bench)),
    },
    Assumption {
        name: "sagemaker/fail-step",
        service: SageMaker,
        says: "An execution ends Failed by a Fail step, with its message in the failure reason, and Succeeded when the step \
               is not reached.",
        source: Documented("SageMaker Developer Guide, pipeline steps, Fail step"),
        trial: |bench| Box::pin(fail_step(bench)),
    },
    Assumption {
        name: "sagemaker/run-events",
        service: SageMaker,
        says: "The start and the end of an execution are told on the default bus, with its ARN and its status, each once \
               or several times.",
        source: Documented("SageMaker Developer Guide, events that SageMaker sends to EventBridge"),
        trial: |bench| Box::pin(run_events(bench)),
    },
];

async fn shows_a_start(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let arn = started(start(bench, &pipeline, &bench.token(), "x")).await?;
    let wanted = format!("slot-{}", bench.prefix);
    let seen = bench.see(|| async {
        let executions = bench.ours.list_executions(&pipeline).await?.unwrap_or_default();
        Ok(executions.into_iter().find(|execution| execution.arn == arn))
    });
    let Some((execution, took)) = seen.await? else {
        return Err(Trouble::DoesNotHold("it is not listed".into()));
    };
    let shown = execution.display_name;
    expect(shown.as_ref() == Some(&wanted), || format!("{shown:?}, not {wanted}"))?;
    Ok(format!(
        "listed {:.1} s after the start was answered",
        took.as_secs_f64()
    ))
}

/// Three runs, oldest first.
async fn three(bench: &Bench, pipeline: &str) -> Result<Vec<String>, Trouble> {
    let mut arns = Vec::new();
    for _ in 0..3 {
        let arn = started(start(bench, pipeline, &bench.token(), "x")).await?;
        // One after the other: times are compared.
        wait_for_end(bench, &arn).await?;
        arns.push(arn);
    }
    listed(bench, pipeline, arns.len()).await?;
    Ok(arns)
}

async fn newest_first(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let mut wanted = three(bench, &pipeline).await?;
    wanted.reverse();
    let list = bench.sagemaker.list_pipeline_executions().pipeline_name(&pipeline);
    let list = list
        .sort_by(SortPipelineExecutionsBy::CreationTime)
        .sort_order(SortOrder::Descending);
    let answer = list.send().await?;
    let summaries = answer.pipeline_execution_summaries();
    let seen: Vec<&str> = summaries
        .iter()
        .filter_map(|one| one.pipeline_execution_arn())
        .collect();
    expect(seen == wanted, || format!("{seen:?}, not {wanted:?}"))?;
    Ok(String::new())
}

async fn pages(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let mut wanted = three(bench, &pipeline).await?;
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let list = bench
            .sagemaker
            .list_pipeline_executions()
            .pipeline_name(&pipeline)
            .max_results(1);
        let page = list.set_next_token(token).send().await?;
        let arns = page
            .pipeline_execution_summaries()
            .iter()
            .filter_map(|one| one.pipeline_execution_arn());
        seen.extend(arns.map(str::to_owned));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let count = seen.len();
    seen.sort();
    wanted.sort();
    expect(seen == wanted, || {
        format!("{count} executions on pages of one, not {}", wanted.len())
    })?;
    let list = bench.sagemaker.list_pipeline_executions().pipeline_name(&pipeline);
    Ok(refused(list.next_token("none of yours").send().await, &["ValidationException"])?.remark())
}

async fn fail_step(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let fails = started(start(bench, &pipeline, &bench.token(), "fail")).await?;
    let succeeds = started(start(bench, &pipeline, &bench.token(), "x")).await?;
    let ends = (
        wait_for_end(bench, &fails).await?,
        wait_for_end(bench, &succeeds).await?,
    );
    expect(ends == ("Failed".into(), "Succeeded".into()), || format!("{ends:?}"))?;
    let reason = bench
        .ours
        .describe_execution(&fails)
        .await?
        .and_then(|detail| detail.failure_reason);
    let steps = bench
        .sagemaker
        .list_pipeline_execution_steps()
        .pipeline_execution_arn(&fails)
        .send()
        .await?;
    let step = steps
        .pipeline_execution_steps()
        .iter()
        .find(|step| step.step_name() == Some("Refuse"));
    let of_step = step
        .and_then(|step| step.failure_reason())
        .unwrap_or_default()
        .to_owned();
    let told = format!("{}; step: {of_step}", reason.unwrap_or_default());
    expect(told.contains("as it was told"), || told.clone())?;
    Ok(told)
}

async fn run_events(bench: &Bench) -> Outcome {
    let pipeline = pipeline(bench).await?;
    let described = bench
        .sagemaker
        .describe_pipeline()
        .pipeline_name(&pipeline)
        .send()
        .await?;
    let pattern = json!({
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": { "pipelineArn": [described.pipeline_arn().unwrap_or_default()] },
    });
    let queue = queues::fed_by_rule(bench, &pattern).await?;
    // Until the rule has taken effect.
    let heard = bench.see(|| async {
        let arn = started(start(bench, &pipeline, &bench.token(), "x")).await?;
        wait_for_end(bench, &arn).await?;
        let heard = all_about(bench, &queue, &arn).await?;
        Ok(heard.contains_key("Succeeded").then_some(heard))
    });
    let Some((heard, _)) = heard.await? else {
        return Err(Trouble::DoesNotHold("no event told the end".into()));
    };
    let told: Vec<String> = heard
        .iter()
        .map(|(status, count)| format!("{status} {count} times"))
        .collect();
    expect(heard.contains_key("Executing"), || {
        format!("the start was not told: {}", told.join(", "))
    })?;
    Ok(told.join(", "))
}

/// How often each status of one execution was told.
async fn all_about(bench: &Bench, queue: &str, execution: &str) -> Result<BTreeMap<String, u32>, Trouble> {
    let mut heard: BTreeMap<String, u32> = BTreeMap::new();
    loop {
        let bodies = queues::receive(bench, queue, 3).await?;
        if bodies.is_empty() {
            return Ok(heard);
        }
        for body in bodies {
            let event: Value = serde_json::from_str(&body).map_err(anyhow::Error::from)?;
            let detail = &event["detail"];
            if detail["pipelineExecutionArn"] == execution {
                let status = detail["currentPipelineExecutionStatus"].as_str().unwrap_or_default();
                *heard.entry(status.to_owned()).or_default() += 1;
            }
        }
    }
}
