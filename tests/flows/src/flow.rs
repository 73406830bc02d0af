//! The stage: a world in memory with the platform and some projects deployed on it.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_s3::config::{
    AsyncSleep, Credentials, SharedAsyncSleep, SharedCredentialsProvider, Sleep, StalledStreamProtectionConfig,
};
use tokio::sync::Notify;
use windsock_decisions::Project;
use windsock_deployment::{Deployed, apply, template};
use windsock_stage::{
    Lab, Logs,
    platform::{self, ACCOUNT, REGION},
};
use windsock_wire::{MemoryBackend, Records, Wire};
use windsock_world::{Entry, Job, MemoryBlobs, Millis, Settings};

use crate::{
    connector::{Connector, Faults},
    people::Person,
};

/// Monday, 1 April 2013, noon: stories begin between two runs of the sweep.
const STARTS_AT: Millis = 1_364_817_600_000;
/// SageMaker may send several events for one change, so it always does here.
const SAGEMAKER_EVENT_COPIES: u32 = 2;

/// A story's AWS.
pub struct Flow {
    /// What the jobs will find; to be changed by the story.
    pub lab: Lab,
    pub(crate) backend: Arc<MemoryBackend>,
    pub(crate) wire: Wire,
    pub(crate) faults: Arc<Faults>,
    pub(crate) logs: Logs,
    pub(crate) journal: Vec<Entry>,
    /// Jobs at work, with the time of their end.
    pub(crate) at_work: Vec<(Millis, Job)>,
    /// What the story makes go wrong, for those who check that nothing else does.
    pub(crate) faults_ordered: usize,
    pub(crate) poison: usize,
    deployed: Option<Deployed>,
}

/// The project.yaml of the stories.
pub fn project(name: &str) -> String {
    format!(
        "project: {name}
data:
  format: csv
  label: late
training:
  on: [arrival, drift]
  settle: 5m
  cooldown: 6h
  per_day: 4
  objective: {{ metric: auc, direction: maximize, must_beat_champion_by: 0.01 }}
approval: manual
inference:
  on_arrival: true
  on_promotion: true
monitor: {{ threshold: 0.1, min_rows: 300 }}
drift: {{ cooldown: 24h }}
letters:
  managers: [managers@example.com]
  approvers: [approvers@example.com]
  digest: never
"
    )
}

impl Flow {
    /// The platform with one project of the usual kind.
    pub async fn with_project(name: &str) -> Self {
        Self::with(&[&project(name)]).await
    }

    /// The platform with these projects, applied as `windsock apply` does.
    pub async fn with(projects: &[&str]) -> Self {
        let mut flow = Self::empty();
        let deployed = flow.deploy(template::PLATFORM, projects).await;
        deployed.expect("the platform and its projects deploy");
        flow
    }

    /// The same over a data bucket that is there already, and like a new one in every respect.
    pub async fn with_data_in(bucket: &str, projects: &[&str]) -> Self {
        let mut flow = Self::empty();
        flow.typed(&format!("aws s3api create-bucket --bucket {bucket}"));
        let (without, with) = ("Default: \"\"", format!("Default: {bucket}"));
        let (before, after) = template::PLATFORM
            .split_once("  ExistingDataBucket:\n")
            .expect("a parameter of the platform");
        let template = format!("{before}  ExistingDataBucket:\n{}", after.replacen(without, &with, 1));
        let deployed = flow.deploy(&template, projects).await;
        deployed.expect("the platform and its projects deploy");
        flow
    }

    fn empty() -> Self {
        let settings = Settings {
            account: ACCOUNT.into(),
            region: REGION.into(),
            started_at: STARTS_AT,
            sagemaker_event_copies: SAGEMAKER_EVENT_COPIES,
            confirm_emails: true,
            faults: Default::default(),
            enforcement: windsock_world::Enforcement::On,
        };
        let records = Records::where_told("windsock-flows").expect("records are written where the environment says");
        let backend = Arc::new(MemoryBackend::recorded(settings, MemoryBlobs::shared(), records));
        Self {
            lab: Lab::default(),
            wire: Wire::new(backend.clone()),
            backend,
            faults: Arc::default(),
            logs: Logs::listen(),
            journal: Vec::new(),
            at_work: Vec::new(),
            faults_ordered: 0,
            poison: 0,
            deployed: None,
        }
    }

    async fn deploy(&mut self, template: &str, projects: &[&str]) -> anyhow::Result<()> {
        let operator = self.config_of(&Person::Operator.arn(), Arc::default());
        let deployed = platform::deploy(&operator, template).await?;
        for yaml in projects {
            let project = Project::from_yaml(yaml).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
            apply::apply(&deployed, &project, yaml).await?;
        }
        self.deployed = Some(deployed);
        Ok(())
    }

    /// What the operator's commands work on.
    pub fn deployed(&self) -> &Deployed {
        self.deployed.as_ref().expect("`with` deployed the platform")
    }

    /// What the SDK clients of a role or person are made with: the functions' own, but for the transport and for pauses
    /// between retries, which take no time.
    pub(crate) fn config_of(&self, arn: &str, crashed: Arc<Notify>) -> SdkConfig {
        let (id, secret) = self.backend.world().credentials(arn);
        let credentials = Credentials::new(id, secret, None, None, "windsock-flows");
        let connector = Connector {
            wire: self.wire.clone(),
            faults: self.faults.clone(),
            crashed,
        };
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url("http://127.0.0.1")
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .sleep_impl(SharedAsyncSleep::new(NoSleep))
            // It measures throughput over time, and no time passes here.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(connector)
            .build()
    }
}

#[derive(Debug)]
struct NoSleep;

impl AsyncSleep for NoSleep {
    fn sleep(&self, _: std::time::Duration) -> Sleep {
        Sleep::new(tokio::task::yield_now())
    }
}
