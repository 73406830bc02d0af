//! A pipeline's chain of runs: which is the newest of ours, what it left behind, and which slot follows it.

use anyhow::bail;
use windsock_decisions::{
    layout,
    mutants::{self, Mutant},
    runs::{LastRun, Run, Runs},
    slot::{GENESIS, slot},
    state::{Manifest, Rejections, Started},
};
use windsock_effects::Config;
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::{Execution, Pipeline, SageMaker};
use windsock_events::facts::PipelineKind;

/// Links that a stale list may hide. SageMaker's lists lag by seconds, and a run takes minutes.
const HIDDEN_LINKS_MAX: u32 = 100;
/// Frozen slots after one predecessor that were given up.
const WITHDRAWN_MAX: u32 = 100;

/// Whose runs, and where they lie.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a> {
    pub config: &'a Config,
    pub sagemaker: &'a SageMaker,
    pub work: &'a Store,
    pub kind: PipelineKind,
    pub project: &'a str,
}

impl Chain<'_> {
    pub fn pipeline_name(&self) -> String {
        layout::pipeline_name(&self.config.name_prefix, self.project, self.kind)
    }

    /// None when there is no such pipeline. `is_withdrawn` says of a frozen manifest that was never started whether it
    /// may not be started any more.
    pub async fn observe(
        &self,
        is_withdrawn: impl AsyncFn(&Manifest) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Option<Runs>> {
        let name = self.pipeline_name();
        let Some(pipeline) = self.sagemaker.describe_pipeline(&name).await? else {
            return Ok(None);
        };
        let Some(executions) = self.sagemaker.list_executions(&name).await? else {
            return Ok(None);
        };
        let executions: Vec<Run> = executions.iter().map(run).collect();
        let newest = executions
            .iter()
            .find(|run| run.slot.is_some() || mutants::is(Mutant::PersonsRunIsPredecessor))
            .cloned();
        let (newest, next_slot) = self.follow(&pipeline, newest, is_withdrawn).await?;
        let predecessor = newest.as_ref().map_or(GENESIS, |run| run.arn.as_str()).to_owned();
        let last = match newest {
            Some(run) => Some(self.left_behind(run).await?),
            None => None,
        };
        Ok(Some(Runs {
            pipeline_arn: pipeline.arn,
            format: pipeline.format,
            executions,
            last,
            next_slot,
            predecessor,
        }))
    }

    /// From the newest run that the list shows to the newest there is: a slot with a marker was started, whatever the
    /// list says. Answers that run and the slot after it.
    async fn follow(
        &self,
        pipeline: &Pipeline,
        mut newest: Option<Run>,
        is_withdrawn: impl AsyncFn(&Manifest) -> anyhow::Result<bool>,
    ) -> anyhow::Result<(Option<Run>, String)> {
        let mut withdrawn = 0;
        for _ in 0..HIDDEN_LINKS_MAX + WITHDRAWN_MAX {
            let predecessor = newest.as_ref().map_or(GENESIS, |run| run.arn.as_str());
            let next = slot(&pipeline.arn, pipeline.created_at, predecessor, withdrawn);
            if newest.as_ref().is_some_and(|run| run.status.is_in_flight()) {
                // Nothing follows it yet.
                return Ok((newest, next));
            }
            if let Some((started, _)) = self.marker(&next).await? {
                newest = Some(self.started_run(&started).await?);
                withdrawn = 0;
                continue;
            }
            match self.manifest(&next).await? {
                Some(frozen) if is_withdrawn(&frozen).await? => withdrawn += 1,
                _ => return Ok((newest, next)),
            }
        }
        bail!("the chain of runs of pipeline `{}` does not end", pipeline.arn);
    }

    /// The run that a marker names; one that SageMaker has forgotten is over, and nobody knows how it ended.
    async fn started_run(&self, started: &Started) -> anyhow::Result<Run> {
        let detail = self.sagemaker.describe_execution(&started.execution_arn).await?;
        Ok(Run {
            arn: started.execution_arn.clone(),
            slot: Some(started.slot.clone()),
            status: detail.map_or("Forgotten".into(), |detail| detail.status),
            started_at: started.started_at,
        })
    }

    async fn left_behind(&self, run: Run) -> anyhow::Result<LastRun> {
        let slot = run.slot.clone().unwrap_or_default();
        let recorded = self.marker(&slot).await?.is_some();
        if run.status.is_in_flight() && recorded {
            // Whatever it froze, nothing is decided before it ends.
            return Ok(LastRun {
                run,
                slot,
                recorded,
                manifest: None,
                ended_at: None,
                rejections: Vec::new(),
            });
        }
        let ended_at = match run.status.is_failed() {
            true => self
                .sagemaker
                .describe_execution(&run.arn)
                .await?
                .map(|detail| detail.last_modified_at),
            false => None,
        };
        let report = layout::rejections_report(self.kind, self.project, &slot);
        let rejections = self.work.get_json::<Rejections>(&report).await?;
        Ok(LastRun {
            manifest: self.manifest(&slot).await?,
            rejections: rejections.map(|(report, _)| report.rejections).unwrap_or_default(),
            run,
            slot,
            recorded,
            ended_at,
        })
    }

    async fn marker(&self, slot: &str) -> anyhow::Result<Option<(Started, String)>> {
        self.work
            .get_json(&layout::started(self.kind, self.project, slot))
            .await
    }

    async fn manifest(&self, slot: &str) -> anyhow::Result<Option<Manifest>> {
        let key = layout::manifest(self.kind, self.project, slot);
        Ok(self.work.get_json(&key).await?.map(|(manifest, _)| manifest))
    }
}

/// The newest run of ours that succeeded, with what it left behind.
pub async fn newest_succeeded(chain: &Chain<'_>, runs: &Runs) -> anyhow::Result<Option<LastRun>> {
    if let Some(last) = runs.last.as_ref().filter(|last| last.run.status.is_succeeded()) {
        return Ok(Some(last.clone()));
    }
    let succeeded = runs
        .executions
        .iter()
        .find(|run| run.slot.is_some() && run.status.is_succeeded());
    match succeeded {
        Some(run) => chain.left_behind(run.clone()).await.map(Some),
        None => Ok(None),
    }
}

fn run(execution: &Execution) -> Run {
    let slot = execution.display_name.as_deref().and_then(layout::parse_display_name);
    Run {
        arn: execution.arn.clone(),
        slot: slot.map(str::to_owned),
        status: execution.status.clone(),
        started_at: execution.started_at,
    }
}
