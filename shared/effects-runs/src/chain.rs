//! A pipeline's chain of runs: which is the newest of ours, what it left behind, and which slot follows it.

use anyhow::bail;
use windsock_decisions::{
    layout,
    mutants::{self, Mutant},
    runs::{FORGOTTEN, LastRun, Run, Runs},
    slot::{GENESIS, slot},
    state::{Manifest, Rejections, Started},
};
use windsock_effects::Config;
use windsock_effects_s3::{Store, waiting};
use windsock_effects_sagemaker::{Execution, Pipeline, SageMaker};
use windsock_events::{facts::PipelineKind, status::RunStatus};

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
        // What began before this pipeline was made is of a deleted one with its name: the chain begins anew.
        let of_this = |run: &&Run| {
            let ours = run.slot.is_some() || mutants::is(Mutant::PersonsRunIsPredecessor);
            ours && run.started_at >= pipeline.created_at
        };
        let newest = executions.iter().find(of_this).cloned();
        let (newest, next_slot) = self.follow(&pipeline, newest, is_withdrawn).await?;
        let predecessor = newest.as_ref().map_or(GENESIS, |run| run.arn.as_str()).to_owned();
        let last = match newest {
            Some(run) => Some(self.left_behind(run).await?),
            None => self.remembered().await?,
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
            if let Some(started) = self.marker(&next).await? {
                newest = Some(self.started_run(&started).await?);
                withdrawn = 0;
                continue;
            }
            match self.manifest(&next).await? {
                Some(frozen) if is_withdrawn(&frozen).await? => withdrawn += 1,
                // Somebody gave it up before us, and froze the next: whoever revived it now would run beside that one.
                Some(_) if self.is_given_up(pipeline, predecessor, withdrawn).await? => withdrawn += 1,
                _ => return Ok((newest, next)),
            }
        }
        bail!("the chain of runs of pipeline `{}` does not end", pipeline.arn);
    }

    async fn is_given_up(&self, pipeline: &Pipeline, predecessor: &str, withdrawn: u32) -> anyhow::Result<bool> {
        let after = slot(&pipeline.arn, pipeline.created_at, predecessor, withdrawn + 1);
        Ok(self.manifest(&after).await?.is_some())
    }

    /// The newest run of ours of a pipeline that was deleted and made again, from its marker: the bucket remembers what
    /// is accounted for, what it cost and how often it failed. Only what follows the genesis asks, so it is one list in
    /// a pipeline's life, and for as long as it has no run.
    async fn remembered(&self) -> anyhow::Result<Option<LastRun>> {
        let slots = waiting::started_slots(self.work, self.kind, self.project).await?;
        let Some(slot) = slots.first() else { return Ok(None) };
        match self.marker(slot).await? {
            Some(started) => {
                let run = self.started_run(&started).await?;
                self.left_behind(run).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// The run that a marker names; one that SageMaker has forgotten is over, and has succeeded if its last report lies
    /// in the bucket.
    async fn started_run(&self, started: &Started) -> anyhow::Result<Run> {
        let detail = self.sagemaker.describe_execution(&started.execution_arn).await?;
        let (status, started_at) = match detail {
            Some(detail) => (detail.status, detail.started_at),
            None if self.has_last_report(&started.slot).await? => (RunStatus::Succeeded, started.started_at),
            None => (FORGOTTEN.into(), started.started_at),
        };
        Ok(Run {
            arn: started.execution_arn.clone(),
            slot: Some(started.slot.clone()),
            status,
            started_at,
        })
    }

    async fn has_last_report(&self, slot: &str) -> anyhow::Result<bool> {
        let report = layout::last_report(self.kind, self.project, slot);
        self.work.exists(&report).await
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

    async fn marker(&self, slot: &str) -> anyhow::Result<Option<Started>> {
        let key = layout::started(self.kind, self.project, slot);
        self.work.get_write_once(&key).await
    }

    async fn manifest(&self, slot: &str) -> anyhow::Result<Option<Manifest>> {
        let key = layout::manifest(self.kind, self.project, slot);
        self.work.get_write_once(&key).await
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
