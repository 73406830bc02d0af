//! Whom to ask: the local AWS, another emulator, or AWS.

use anyhow::{Context, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

use crate::{Arguments, bench::Bench, credentials, local::Local};

pub const LOCAL_REGION: &str = "us-east-1";

#[derive(Debug)]
pub struct Target {
    config: SdkConfig,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Local(Box<Local>),
    Emulator(String),
    Aws(String),
}

impl Target {
    pub async fn choose(arguments: &Arguments) -> anyhow::Result<Self> {
        if let Some(profile) = &arguments.profile {
            return Self::aws(profile, arguments.region.as_deref()).await;
        }
        if let Some(endpoint) = &arguments.endpoint {
            if !is_loopback(endpoint) {
                bail!("--endpoint {endpoint} is not on this machine; an emulator is http://127.0.0.1:<port>");
            }
            return Ok(Self {
                config: config_of(endpoint, "test", "test"),
                kind: Kind::Emulator(endpoint.clone()),
            });
        }
        let local = Local::start(arguments.bin_dir.as_deref()).await?;
        Ok(Self {
            config: config_of(&local.endpoint, &local.key, &local.secret),
            kind: Kind::Local(Box::new(local)),
        })
    }

    async fn aws(profile: &str, region: Option<&str>) -> anyhow::Result<Self> {
        let redirected = std::env::vars().find(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
        if let Some((name, _)) = redirected {
            bail!("{name} is set, and --profile is about AWS itself: unset it");
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).profile_name(profile);
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(exported) = credentials::exported_if_needed(profile).await? {
            loader = loader.credentials_provider(exported);
        }
        let config = loader.load().await;
        config
            .region()
            .with_context(|| format!("profile {profile} has no region; name one with --region"))?;
        Ok(Self {
            config,
            kind: Kind::Aws(profile.to_owned()),
        })
    }

    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub fn is_aws(&self) -> bool {
        matches!(self.kind, Kind::Aws(_))
    }

    /// Who is asked, and what will be made there.
    pub fn announcement(&self, bench: &Bench) -> String {
        match &self.kind {
            Kind::Local(local) => format!(
                "Asking the local AWS, started for this at {}. (`--profile NAME` asks AWS itself.)",
                local.endpoint
            ),
            Kind::Emulator(endpoint) => format!("Asking the emulator at {endpoint}."),
            Kind::Aws(profile) => format!(
                "Asking AWS in {}, as profile {profile}. This creates, under names that begin with {}, and deletes at \
                 the end: one bucket with some hundred objects of a few bytes, some queues and rules on the default \
                 bus, some topics, one alarm on one metric of namespace {} (metrics cannot be deleted; they expire), \
                 some model package groups with a version or three, and, if --role is given, some pipelines that start \
                 no job, and a model entry. Nothing of it computes; all of it costs a few cents at most.",
                bench.region,
                bench.prefix,
                crate::bench::PREFIX
            ),
        }
    }

    pub async fn end(self) -> anyhow::Result<()> {
        match self.kind {
            Kind::Local(local) => local.end().await,
            _ => Ok(()),
        }
    }
}

/// Nothing from the environment: an emulator's client must never reach AWS, nor carry its credentials.
fn config_of(endpoint: &str, key: &str, secret: &str) -> SdkConfig {
    let credentials = Credentials::new(key, secret, None, None, "windsock-contract");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(LOCAL_REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint
        .strip_prefix("http://")
        .map(|rest| rest.split(['/', ':']).next());
    matches!(host, Some(Some("127.0.0.1" | "localhost")))
}
