//! The local AWS as a whole: opens the state, takes the port, and keeps functions and jobs running.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use windsock_wire::Records;
use windsock_world::{ApiError, Entry, Input, Millis, Output, Settings, World};

use crate::{
    clock::{Clock, ClockMode},
    core::{Core, Runners},
    door::Limits,
    endpoint,
    functions::Functions,
    jobs::Jobs,
    outside::{CoreOutside, Outside},
    process::Processes,
    pump,
    store::{Opened, Store},
};

/// What a host is started with.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Where everything is kept that survives. Created if it is missing.
    pub state_dir: PathBuf,
    /// The endpoint's port on 127.0.0.1; any free one without.
    pub port: Option<u16>,
    /// The folder of the functions' programs and of `windsock-jobs`.
    pub bin_dir: PathBuf,
    /// Image repository, or whole image URI, to the command that stands for it (`windsock.local.yaml`).
    pub images: BTreeMap<String, Vec<String>>,
    pub clock: ClockMode,
    /// Those of a new world. A state directory is only reopened with the same.
    pub settings: Settings,
}

/// A running local AWS. Dropping it ends its processes; what was acknowledged stays in the state directory.
pub struct Host {
    core: Arc<Core>,
    address: SocketAddr,
}

impl Host {
    /// Opens the state directory, replays its log, takes the port and takes up the work that an earlier host left.
    pub async fn start(mut config: HostConfig) -> anyhow::Result<Self> {
        // Jobs and functions run in folders of their own, where a relative path would mean something else.
        config.state_dir = std::path::absolute(&config.state_dir)
            .with_context(|| format!("find the folder {}", config.state_dir.display()))?;
        config.bin_dir = std::path::absolute(&config.bin_dir)
            .with_context(|| format!("find the folder {}", config.bin_dir.display()))?;
        if !config.bin_dir.is_dir() {
            anyhow::bail!(
                "{} is not a folder: the functions' programs should be there (build them, or name another folder)",
                config.bin_dir.display()
            );
        }
        // The state first: two hosts on one directory should hear of that, and not of the port.
        let Opened {
            store,
            world,
            blobs,
            entries,
            stopped,
        } = Store::open(&config.state_dir, config.settings)?;
        let listener = endpoint::bind(config.port).await?;
        let address = listener.local_addr().context("read the endpoint's own address")?;
        let processes = Processes::open(&config.state_dir)?;

        let settings = world.settings().clone();
        let last_seen = entries.last().map_or(0, |entry| entry.at).max(world.now());
        let clock = Clock::new(config.clock, last_seen);
        let records = Records::where_told(&own_name()?)?;
        let core = Arc::new(Core::new(world, clock, store, entries, blobs, records));
        let outside: Arc<dyn Outside> = Arc::new(CoreOutside(Arc::downgrade(&core)));
        let functions = Functions::new(crate::functions::Place {
            outside: Arc::clone(&outside),
            bin_dir: config.bin_dir.clone(),
            logs_dir: config.state_dir.join("logs"),
            code_dir: config.state_dir.join("code"),
            processes: processes.clone(),
            endpoint: format!("http://{address}"),
            region: settings.region.clone(),
        })?;
        let jobs = Jobs::new(crate::jobs::Place {
            outside,
            bin_dir: config.bin_dir,
            images: config.images,
            jobs_dir: config.state_dir.join("jobs"),
            processes,
            region: settings.region,
        })?;
        core.set_runners(Runners { functions, jobs });

        core.take_up_outstanding(&stopped);
        core.spawn(pump::run(Arc::clone(&core)));
        core.spawn(endpoint::serve(listener, Arc::clone(&core)));
        Ok(Self { core, address })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world's time.
    pub fn now(&self) -> Millis {
        self.core.lock().now()
    }

    /// Everything the world has done so far, from its very beginning.
    pub fn journal(&self) -> Vec<Entry> {
        self.core.lock().entries.clone()
    }

    /// The journal from entry number `first` on: cheap for those who look often.
    pub fn journal_from(&self, first: usize) -> Vec<Entry> {
        self.core.lock().entries.get(first..).unwrap_or_default().to_vec()
    }

    /// Looks at the world. Nothing happens to it meanwhile.
    pub fn world<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.core.lock().world)
    }

    /// Something that happens to the world now, as if it had come through the endpoint.
    pub fn apply(&self, input: Input) -> Result<Output, ApiError> {
        self.core.apply(input)
    }

    /// The access key id and secret of a person (an IAM user's name) or of any ARN.
    pub fn credentials(&self, person: &str) -> (String, String) {
        let state = self.core.lock();
        if person.starts_with("arn:") {
            return state.world.credentials(person);
        }
        let account = &state.world.settings().account;
        state
            .world
            .credentials(&format!("arn:aws:iam::{account}:user/{person}"))
    }

    /// From now on the endpoint refuses what is beyond these limits. A host starts with none, and forgets them when it
    /// ends.
    pub fn set_limits(&self, limits: Limits) {
        self.core.set_limits(limits);
    }

    /// From now on every request that reaches the endpoint is appended to a file, as JSON lines. Where the variable
    /// `WINDSOCK_RECORDS` names a folder, a host does so from the start, in a file of the process's own.
    pub fn write_requests_to(&self, file: &Path) -> anyhow::Result<()> {
        self.core.records.write_requests_to(file)
    }

    /// Lets time pass up to `time` and not beyond, whether or not all is quiet there: for those who do something at
    /// their own times, however busy the world is.
    pub async fn reach(&self, time: Millis) {
        pump::reach(&self.core, time).await;
    }

    /// Waits until nothing is in flight and no timer is due now. Time does not jump for it.
    pub async fn settle(&self) {
        pump::settle(&self.core).await;
    }

    /// Lets time pass up to `time`, with everything that happens on the way, and waits for quiet there.
    pub async fn run_until(&self, time: Millis) {
        pump::run_until(&self.core, time).await;
    }

    /// Lets `by_ms` of world time pass, counted from now, and waits for quiet.
    pub async fn advance(&self, by_ms: Millis) {
        let time = self.now().saturating_add(by_ms);
        self.run_until(time).await;
    }

    /// Lets time pass from one quiet moment to the next while `predicate` holds, at most until `limit`. Returns
    /// whether it ceased to hold.
    pub async fn run_while(&self, mut predicate: impl FnMut(&Self) -> bool, limit: Millis) -> bool {
        loop {
            self.settle().await;
            if !predicate(self) {
                return true;
            }
            if self.is_broken() || self.now() >= limit {
                return false;
            }
            let next = self.world(World::next_timer).map_or(limit, |due| due.min(limit));
            pump::stop_at(&self.core, next).await;
        }
    }

    /// Whether the state can no longer be written. Everything is refused then, and waiting ends at once.
    pub fn is_broken(&self) -> bool {
        self.core.lock().broken().is_some()
    }

    /// Ends the endpoint, the functions and the jobs. What was acknowledged is in the state directory.
    pub async fn shutdown(self) {
        self.core.close().shutdown().await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Err(error) = self.core.records.statements(&self.core.lock().world) {
            tracing::error!("The statements of the policies are not written down: {error:#}");
        }
        self.core.close().abort_all();
    }
}

fn own_name() -> anyhow::Result<String> {
    let program = std::env::current_exe().context("find this program's own name")?;
    Ok(program.file_name().unwrap_or_default().display().to_string())
}
