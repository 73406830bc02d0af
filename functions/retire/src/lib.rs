//! retire: what has expired, or is superseded beyond the versions that are kept?
//!
//! Wakes daily. It removes SageMaker models nobody needs; an expired project it announces first and empties a day
//! later. The rest (stack, versions, data) is a person's to remove: the letter has the command.

use anyhow::Context;
use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{
    Plan, Project, layout,
    retire::{self, Action, Observed},
    state::ChampionRecord,
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::{Fact, facts::PipelineKind};

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub work: Store,
    pub sagemaker: SageMaker,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        let work = Store::new(aws, &config.work_bucket);
        Self {
            config,
            work,
            sagemaker: SageMaker::new(aws),
            bus: EventBridge::new(aws),
        }
    }
}

pub async fn handle(aws: &Aws, _event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let listing = aws.work.list(layout::PROJECTS, layout::OBJECTS_MAX).await?;
    let (mut told, mut failures) = (Vec::new(), Vec::new());
    for object in listing.objects.iter().filter(|object| object.key.ends_with(".json")) {
        // One project that cannot be looked at keeps no other waiting.
        match retire_one(aws, &object.key, now).await {
            Ok(plan) => told.extend(plan),
            Err(error) => failures.push(format!("{}: {error:#}", object.key)),
        }
    }
    anyhow::ensure!(
        failures.is_empty(),
        "retire could not do its work: {}",
        failures.join("; ")
    );
    Ok(plans(&told))
}

/// None when the project is gone meanwhile.
async fn retire_one(aws: &Aws, key: &str, now: Timestamp) -> anyhow::Result<Option<(String, Plan<Action>)>> {
    let Some((project, _)) = aws.work.get_json::<Project>(key).await? else {
        return Ok(None);
    };
    let name = project.project.clone();
    let observed = observe(aws, project, now)
        .await
        .with_context(|| format!("observe what {name} owns"))?;
    let plan = retire::decide(&observed);
    log_plan("retire", &name, &plan);
    perform(aws, &name, &plan).await?;
    Ok(Some((name, plan)))
}

async fn observe(aws: &Aws, project: Project, now: Timestamp) -> anyhow::Result<Observed> {
    let prefix = &aws.config.name_prefix;
    let mut pipelines = Vec::new();
    let mut runs_in_flight = false;
    for kind in [PipelineKind::Training, PipelineKind::Inference] {
        let name = layout::pipeline_name(prefix, &project.project, kind);
        let Some(executions) = aws.sagemaker.list_executions(&name).await? else {
            continue;
        };
        runs_in_flight |= executions.iter().any(|execution| execution.status.is_in_flight());
        pipelines.push(name);
    }
    let champion = aws
        .work
        .get_json::<ChampionRecord>(&layout::champion(&project.project))
        .await?;
    // `<prefix>-<project>-v`: the whole name up to the number, so that `a` never takes `a-b`'s models.
    let models = format!("{}-v", layout::group_name(prefix, &project.project));
    let numbered = |name: &String| {
        name.strip_prefix(&models)
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let models = aws
        .sagemaker
        .list_models(&models)
        .await?
        .into_iter()
        .filter(numbered)
        .collect();
    Ok(Observed {
        name_prefix: prefix.clone(),
        champion: champion.map(|(record, _)| record),
        project,
        now,
        models,
        pipelines,
        runs_in_flight,
    })
}

async fn perform(aws: &Aws, project: &str, plan: &Plan<Action>) -> anyhow::Result<()> {
    let Plan::Act(actions) = plan else { return Ok(()) };
    for action in actions {
        match action {
            Action::DeleteModel(name) => aws.sagemaker.delete_model(name).await?,
            Action::DeletePipeline(name) => aws.sagemaker.delete_pipeline(name).await?,
            Action::Tell(what) => {
                aws.bus
                    .say(&[Fact::Retired {
                        project: project.to_owned(),
                        what: what.clone(),
                    }])
                    .await?;
            }
        }
    }
    Ok(())
}
