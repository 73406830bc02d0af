//! The local AWS with the platform deployed on it: what `windsock up` and `windsock demo` both stand on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::{
    config::Credentials,
    types::{Capability, StackStatus},
};
use windsock_deployment::{deployed, template};
use windsock_host::{ClockMode, Host, HostConfig};
use windsock_world::{Enforcement, Millis, Settings};

/// An account that AWS keeps for its documentation: nobody's.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-east-1";
/// What the platform's template begins its names with unless it is told otherwise.
const PREFIX: &str = "windsock";
/// SageMaker "may send multiple events for each state change": the local AWS always sends two.
const SAGEMAKER_EVENT_COPIES: u32 = 2;

#[derive(Debug, Clone)]
pub struct Local {
    pub state: PathBuf,
    pub port: Option<u16>,
    pub bin_dir: PathBuf,
    pub clock: ClockMode,
    pub starts_at: Millis,
    /// Whether policies decide.
    pub enforcement: Enforcement,
    /// The platform's template; without one the account is empty.
    pub platform: Option<String>,
}

/// The text of a platform template; of this program's own when no other is named.
pub fn platform(path: Option<&Path>) -> anyhow::Result<String> {
    match path {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("read {}", path.display())),
        None => Ok(template::PLATFORM.to_owned()),
    }
}

/// Start the host and deploy the platform, or bring what an earlier host deployed up to date.
pub async fn start(local: &Local) -> anyhow::Result<Host> {
    let config = HostConfig {
        state_dir: local.state.clone(),
        port: local.port,
        bin_dir: local.bin_dir.clone(),
        images: images(Path::new(IMAGES_FILE))?,
        clock: local.clock,
        settings: Settings {
            enforcement: local.enforcement,
            ..settings(local.starts_at)
        },
    };
    match local.platform.clone() {
        Some(platform) => start_with(config, platform).await,
        None => Host::start(config).await,
    }
}

/// The same with every choice made: other images, other faults, another template.
pub async fn start_with(config: HostConfig, platform: String) -> anyhow::Result<Host> {
    check_programs(&config.bin_dir, &platform)?;
    let host = Host::start(config).await?;
    deploy_platform(&host, platform).await?;
    Ok(host)
}

/// What every local AWS of this command is made with.
pub fn settings(starts_at: Millis) -> Settings {
    Settings {
        account: ACCOUNT.into(),
        region: REGION.into(),
        started_at: starts_at,
        sagemaker_event_copies: SAGEMAKER_EVENT_COPIES,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Enforcement::On,
    }
}

/// A function whose program is missing would only fail when something first wakes it: say so before anything starts.
fn check_programs(bin_dir: &Path, platform: &str) -> anyhow::Result<()> {
    let functions = platform
        .lines()
        .filter_map(|line| line.trim().strip_prefix("CodeUri: target/lambda/"));
    let programs = functions
        .map(|folder| folder.trim().trim_end_matches('/'))
        .chain(["windsock-jobs"]);
    let missing: Vec<String> = programs
        .map(|program| bin_dir.join(program))
        .filter(|path| !path.is_file())
        .map(|path| path.display().to_string())
        .collect();
    if bin_dir.is_dir() && !missing.is_empty() {
        bail!(
            "missing programs: {}; build them (`cargo build`), or name their folder with --bin-dir",
            missing.join(", ")
        );
    }
    Ok(())
}

/// Who acts when a person does: the operator owns the account; the others take on the roles that the platform has for them.
pub fn arn_of(person: &str) -> String {
    match person {
        "operator" => format!("arn:aws:iam::{ACCOUNT}:user/{person}"),
        _ => format!("arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{person}"),
    }
}

/// What the SDK clients of a person are made with.
pub async fn config_of(host: &Host, person: &str) -> SdkConfig {
    let (id, secret) = host.credentials(&arn_of(person));
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(host.endpoint())
        .credentials_provider(Credentials::new(id, secret, None, None, "windsock-local"))
        .load()
        .await
}

async fn deploy_platform(host: &Host, body: String) -> anyhow::Result<()> {
    let client = aws_sdk_cloudformation::Client::new(&config_of(host, "operator").await);
    let stack = template::PLATFORM_STACK;
    let capabilities = [
        Capability::CapabilityIam,
        Capability::CapabilityNamedIam,
        Capability::CapabilityAutoExpand,
    ];
    if deployed::describe(&client, stack).await?.is_none() {
        let create = client
            .create_stack()
            .stack_name(stack)
            .template_body(body)
            .set_capabilities(Some(capabilities.into()));
        create
            .send()
            .await
            .map_err(deployed::refusal)
            .context("deploy the platform's template")?;
    } else {
        let update = client
            .update_stack()
            .stack_name(stack)
            .template_body(body)
            .set_capabilities(Some(capabilities.into()));
        match update.send().await {
            Ok(_) => {}
            Err(error) if deployed::is_unchanged(error.as_service_error()) => {}
            Err(error) => return Err(deployed::refusal(error)).context("update the platform's template"),
        }
    }
    let Some(deployed) = deployed::describe(&client, stack).await? else {
        bail!("stack {stack} is gone")
    };
    match deployed.stack_status() {
        Some(StackStatus::CreateComplete | StackStatus::UpdateComplete) => Ok(()),
        status => bail!(
            "the platform's stack is {}: {}",
            status.map_or("in no known state", StackStatus::as_str),
            deployed.stack_status_reason().unwrap_or("no reason was given")
        ),
    }
}

/// Images that are not ours, and the commands that stand for them locally.
const IMAGES_FILE: &str = "windsock.local.yaml";

/// `images: { <image>: [command, argument, ...] }`; no file means no such images. A word that names a file beside this one
/// becomes that file's whole path, because a job runs in a folder of its own.
fn images(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    use saphyr::LoadableYamlNode;
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let documents = saphyr::Yaml::load_from_str(&text).with_context(|| format!("read {}", path.display()))?;
    let wrong = || {
        format!(
            "{}: expected `images:` with a list of words (the command) per image",
            path.display()
        )
    };
    let mut images = BTreeMap::new();
    let Some(document) = documents.first() else {
        return Ok(images);
    };
    let mapping = document
        .as_mapping_get("images")
        .and_then(saphyr::Yaml::as_mapping)
        .with_context(wrong)?;
    for (image, command) in mapping {
        let image = image.as_str().with_context(wrong)?;
        let words = command.as_vec().with_context(wrong)?;
        let words = words.iter().map(|word| word.as_str().map(|word| beside(path, word)));
        let words: Option<Vec<String>> = words.collect();
        images.insert(
            image.to_owned(),
            words.filter(|words| !words.is_empty()).with_context(wrong)?,
        );
    }
    Ok(images)
}

fn beside(path: &Path, word: &str) -> String {
    // A link stays a link: the python of a virtual environment is one, and finds its packages by where it lies.
    let found = path.parent().map(|folder| std::path::absolute(folder.join(word)));
    match found {
        Some(Ok(file)) if file.is_file() => file.display().to_string(),
        _ => word.to_owned(),
    }
}

/// The folder of this program, where cargo puts the functions' programs too.
pub fn own_folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find this program's own folder")?;
    Ok(own.parent().context("find this program's own folder")?.to_owned())
}

pub fn system_time() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
