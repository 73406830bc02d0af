//! Sandboxes: one function's process with its clients, used for one invocation after another.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use fastrand::Rng;
use tokio::sync::Notify;
use windsock_stage::{Function, platform::REGION};
use windsock_wire::Wire;
use windsock_world::work::Invocation;

use crate::{
    connector::{Connector, Line, Plan},
    door::Door,
    mix::CallFaults,
};

/// Idle sandboxes are reused this often, of ten times.
const REUSED_OF_TEN: u32 = 9;

pub struct Sandbox {
    pub function: Function,
    pub line: Arc<Line>,
    /// It runs the release before this one.
    pub elder: bool,
    generation: u64,
}

/// All sandboxes of one seed.
pub struct Sandboxes {
    pub door: Arc<Door>,
    pub wire: Wire,
    pub faults: CallFaults,
    pub elder: u32,
    pub calm: Arc<AtomicBool>,
    pub calls: Arc<AtomicU64>,
    rng: RefCell<Rng>,
    idle: RefCell<BTreeMap<String, Vec<Rc<Sandbox>>>>,
    /// A deployment replaces every sandbox; those at work end their work first.
    generation: AtomicU64,
    made: AtomicU64,
    /// No other seed of this process has this number.
    run: u64,
}

static RUNS: AtomicU64 = AtomicU64::new(0);

impl Sandboxes {
    pub fn new(door: Arc<Door>, wire: Wire, faults: CallFaults, elder: u32, rng: Rng) -> Self {
        Self {
            door,
            wire,
            faults,
            elder,
            calm: Arc::default(),
            calls: Arc::default(),
            rng: RefCell::new(rng),
            idle: RefCell::default(),
            generation: AtomicU64::new(0),
            made: AtomicU64::new(0),
            run: RUNS.fetch_add(1, Ordering::Relaxed),
        }
    }

    pub fn redeploy(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.idle.borrow_mut().clear();
    }

    /// An idle sandbox or a new one.
    pub fn take(&self, invocation: &Invocation) -> anyhow::Result<Rc<Sandbox>> {
        let reuse = self.rng.borrow_mut().u32(..10) < REUSED_OF_TEN;
        let idle = self.idle.borrow_mut().get_mut(&invocation.function).and_then(Vec::pop);
        if let Some(sandbox) = idle.filter(|_| reuse) {
            return Ok(sandbox);
        }
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let line = self.line();
        let config = self.config(&invocation.role_arn, &invocation.program, line.clone());
        let instance = format!("sandbox {number}");
        let elder = self.rng.borrow_mut().u32(..1000) < self.elder;
        Ok(Rc::new(Sandbox {
            function: Function::new(&invocation.program, &invocation.environment, &config, &instance)?,
            line,
            elder,
            generation: self.generation.load(Ordering::Relaxed),
        }))
    }

    pub fn give_back(&self, function: &str, sandbox: Rc<Sandbox>) {
        if sandbox.generation == self.generation.load(Ordering::Relaxed) {
            self.idle
                .borrow_mut()
                .entry(function.to_owned())
                .or_default()
                .push(sandbox);
        }
    }

    fn line(&self) -> Arc<Line> {
        let seed = self.rng.borrow_mut().u64(..);
        Arc::new(Line {
            door: self.door.clone(),
            wire: self.wire.clone(),
            faults: self.faults.clone(),
            calm: self.calm.clone(),
            calls: self.calls.clone(),
            rng: Mutex::new(Rng::with_seed(seed)),
            plan: Mutex::new(Plan::default()),
            crashed: Notify::new(),
        })
    }

    /// A person's clients: nothing disturbs them.
    pub fn person(&self, name: &str) -> SdkConfig {
        let line = Line {
            door: self.door.clone(),
            wire: self.wire.clone(),
            faults: CallFaults::default(),
            calm: self.calm.clone(),
            calls: self.calls.clone(),
            rng: Mutex::new(Rng::with_seed(1)),
            plan: Mutex::new(Plan::default()),
            crashed: Notify::new(),
        };
        self.config(&crate::people::arn_of(name), name, Arc::new(line))
    }

    /// The functions' own settings, but for the transport and the clock.
    ///
    /// The SDK keeps how many retries are left in a static of the process, by service and region. So that one seed
    /// leaves nothing to the next, each has regions of its own, one a function; nobody else looks at them.
    fn config(&self, arn: &str, whose: &str, line: Arc<Line>) -> SdkConfig {
        let (id, secret) = self.door.world(|world| world.credentials(arn));
        let credentials = Credentials::new(id, secret, None, None, "windsock-simulation");
        let (retries, timeouts) = windsock_effects::patience();
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(format!("{REGION}-{}-{whose}", self.run)))
            .endpoint_url("http://127.0.0.1")
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries)
            .timeout_config(timeouts)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(aws_smithy_async::time::SharedTimeSource::new(self.door.clock))
            // It measures throughput of real sockets.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(Connector(line))
            .build()
    }
}
