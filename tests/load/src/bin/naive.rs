//! What people write first: every event starts a run, its id is the token, and the SDK's own retries do the rest. It stands
//! in start-training's place, on the same queue, so that both can be measured on the same work.
//!
//! Each run reads the one object that its event names, in a manifest as the pipeline wants it.

use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use windsock_decisions::{
    Project, layout,
    state::{Arrival, FORMAT, Manifest},
};
use windsock_effects::{Config, init_logging, run};
use windsock_effects_runs::{Chain, Starter};
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::{
    Event, ObjectCreated,
    facts::{Cause, PipelineKind},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    init_logging();
    let config = Config::from_env()?;
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let naive = Naive {
        work: Store::new(&aws, &config.work_bucket),
        sagemaker: SageMaker::impatient(&aws),
        config: config.clone(),
    };
    run(&config, async |event, now| naive.handle(event, now).await).await
}

struct Naive {
    config: Config,
    work: Store,
    sagemaker: SageMaker,
}

impl Naive {
    async fn handle(&self, event: Value, now: Timestamp) -> anyhow::Result<Value> {
        let batch: SqsEvent = serde_json::from_value(event).context("read the batch of the queue")?;
        let mut failed = Vec::new();
        for message in &batch.records {
            if let Err(error) = self.start(message, now).await {
                windsock_effects::failure(&error);
                failed.push(json!({ "itemIdentifier": message.message_id }));
            }
        }
        Ok(json!({ "batchItemFailures": failed }))
    }

    async fn start(&self, message: &SqsMessage, now: Timestamp) -> anyhow::Result<()> {
        let body = message.body.as_deref().unwrap_or_default();
        let Ok(Event::ObjectCreated(object)) = Event::from_json(body) else {
            return Ok(());
        };
        let id = serde_json::from_str::<Value>(body)?["id"].as_str().map(str::to_owned);
        let id = id.context("an event has no id")?;
        let Some(project) = object.key.split('/').nth(1) else {
            return Ok(());
        };
        let known = self.work.get_json::<Project>(&layout::project_json(project)).await?;
        let Some((known, _)) = known else { return Ok(()) };
        let starter = Starter {
            chain: Chain {
                config: &self.config,
                sagemaker: &self.sagemaker,
                work: &self.work,
                kind: PipelineKind::Training,
                project,
            },
            now,
        };
        let stored = starter.freeze(&self.manifest(known, &object, &id, now)).await?;
        starter.write_lists(&stored).await?;
        starter.start(&stored).await?;
        Ok(())
    }

    fn manifest(&self, project: Project, object: &ObjectCreated, id: &str, now: Timestamp) -> Manifest {
        Manifest {
            format: FORMAT,
            pipeline: PipelineKind::Training,
            slot: hex::encode(Sha256::digest(id)),
            frozen_at: now,
            cause: Cause::Arrival,
            predecessor: "genesis".to_owned(),
            project,
            data_bucket: self.config.data_bucket.clone(),
            work_bucket: self.config.work_bucket.clone(),
            reads: vec![Arrival {
                key: object.key.clone(),
                etag: object.etag.clone(),
                size: object.size,
            }],
            accounts_for: Vec::new(),
            failures_before: 0,
            failures_in_a_row: 0,
            incident: None,
            champion: None,
            recent_starts: Vec::new(),
        }
    }
}
