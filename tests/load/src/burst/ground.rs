//! The local AWS on which the load falls: the platform with one design or the other, its projects, and the limits.

use std::collections::BTreeMap;

use anyhow::Context;
use windsock::{local, up};
use windsock_decisions::Project;
use windsock_deployment::{Deployed, apply, template};
use windsock_host::{ClockMode, Host, HostConfig, Limits};
use windsock_story::{command, people::Person, signed::Signer};
use windsock_world::{Faults, Millis};

use super::{Design, Scene};
use crate::work::project_yaml;

/// Thursday, 1 October 2026, 12:00 UTC: no schedule of the platform is near, but for the sweep.
const STARTS_AT: Millis = 1_790_856_000_000;
/// Somebody who uploads tries again so often: one call in fifty fails.
const TRIES_MAX: u32 = 10;
const JOBS_IMAGE: &str = "windsock-jobs";

pub(super) struct Ground {
    pub(super) host: Host,
    state: tempfile::TempDir,
}

impl Ground {
    pub(super) async fn prepare(scene: &Scene, design: Design) -> anyhow::Result<Self> {
        let state = tempfile::Builder::new().prefix("windsock-load-").tempdir()?;
        let bin_dir = command::bin_dir()?;
        let mut settings = local::settings(STARTS_AT);
        settings.faults = Faults {
            seed: scene.work.seed,
            events_copied: scene.events_copied,
            ..Faults::default()
        };
        let config = HostConfig {
            state_dir: state.path().to_owned(),
            port: None,
            images: [(
                JOBS_IMAGE.to_owned(),
                vec![bin_dir.join("windsock-load-job").display().to_string()],
            )]
            .into(),
            bin_dir,
            clock: ClockMode::Jumping {
                starts_at: STARTS_AT,
                horizon: STARTS_AT,
            },
            settings,
        };
        let host = local::start_with(config, platform(design)?).await?;
        deploy(scene, &host).await?;
        host.settle().await;
        host.set_limits(Limits {
            seed: scene.work.seed,
            calls_per_second: [("sagemaker".to_owned(), scene.calls_per_second)].into(),
            server_errors: scene.server_errors,
        });
        Ok(Self { host, state })
    }

    /// Uploads the work, each object at its own time whatever happens meanwhile; who is late catches up.
    pub(super) async fn load(&self, scene: &Scene, begins_at: Millis) -> anyhow::Result<()> {
        let exports = up::exports(&self.host);
        let exports = exports
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let exports: BTreeMap<String, String> = exports
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let person = Person(Signer::from_exports(&exports)?);
        for upload in scene.work.uploads() {
            self.host.reach(begins_at + upload.at).await;
            let person = person.clone();
            let uploaded = tokio::task::spawn_blocking(move || {
                let mut tries = (0..TRIES_MAX).map(|_| person.upload(&upload.key, &upload.bytes));
                tries
                    .find(Result::is_ok)
                    .with_context(|| format!("{} was refused {TRIES_MAX} times", upload.key))
            });
            uploaded.await??.context("upload")?;
        }
        Ok(())
    }

    /// Ends the host; what it did is in its state directory.
    pub(super) async fn close(self) -> tempfile::TempDir {
        self.host.shutdown().await;
        self.state
    }
}

/// The platform as it is deployed, or the same with the naive program in start-training's place.
fn platform(design: Design) -> anyhow::Result<String> {
    let product = "CodeUri: target/lambda/start-training/";
    anyhow::ensure!(template::PLATFORM.contains(product), "template.yaml has no `{product}`");
    Ok(match design {
        Design::Product => template::PLATFORM.to_owned(),
        Design::Naive => template::PLATFORM.replace(product, "CodeUri: target/lambda/windsock-load-naive/"),
    })
}

async fn deploy(scene: &Scene, host: &Host) -> anyhow::Result<()> {
    let operator = local::config_of(host, "operator").await;
    let deployed = Deployed::find_with(&operator, template::PLATFORM_STACK).await?;
    for name in scene.work.projects() {
        let yaml = project_yaml(&name, &format!("{}s", scene.settle_s), "manual");
        let project = Project::from_yaml(&yaml).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        apply::apply(&deployed, &project, &yaml)
            .await
            .with_context(|| format!("deploy {name}"))?;
    }
    Ok(())
}
