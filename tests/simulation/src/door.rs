//! The door to the world: every input passes here, in virtual time, and whatever comes of it is journalled, checked,
//! hashed and handed out at once.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hasher},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Notify;
use windsock_wire::Backend;
use windsock_world::{ApiError, Blobs, Caller, Entry, Input, Millis, Output, Settings, Work, World};

use crate::{checker::Checker, clock::Clock};

tokio::task_local! {
    /// What AWS makes of the request that this task serves.
    pub static FATE: RefCell<Option<Fate>>;
}

#[derive(Debug, Clone)]
pub enum Fate {
    /// Refused, and nothing has happened.
    Refused(ApiError),
    /// It has happened, and is answered with an error.
    Failed(ApiError),
}

/// Entries that a failure shows.
const LAST_ENTRIES: usize = 60;

pub struct Door {
    pub clock: Clock,
    blobs: Arc<dyn Blobs>,
    state: Mutex<State>,
    /// There is work, or another timer.
    pub changed: Notify,
    mail_is_down: AtomicBool,
}

struct State {
    world: World,
    checker: Checker,
    work: VecDeque<Work>,
    trace: DefaultHasher,
    last: VecDeque<String>,
    whole: Option<Vec<String>>,
    reached: BTreeMap<String, u64>,
}

impl Door {
    pub fn new(clock: Clock, world: World, blobs: Arc<dyn Blobs>, checker: Checker, keep_all: bool) -> Self {
        let state = State {
            world,
            checker,
            work: VecDeque::new(),
            trace: DefaultHasher::new(),
            last: VecDeque::new(),
            whole: keep_all.then(Vec::new),
            reached: BTreeMap::new(),
        };
        Self {
            clock,
            blobs,
            state: Mutex::new(state),
            changed: Notify::new(),
            mail_is_down: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens, now.
    pub fn input(&self, input: Input) -> Result<Output, ApiError> {
        let mut state = self.state();
        let answer = state.world.apply(self.clock.now(), input);
        state.after();
        drop(state);
        self.changed.notify_one();
        answer
    }

    /// A call by a person or a robot of the simulation, which nothing disturbs.
    pub fn call(&self, who: &str, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        let caller = Caller {
            arn: crate::people::arn_of(who),
        };
        let (service, operation) = (service.to_owned(), operation.to_owned());
        match self.input(Input::Call {
            caller,
            service,
            operation,
            input,
        })? {
            Output::Value(value) => Ok(value),
            _ => Ok(Value::Null),
        }
    }

    /// A line of the simulation's own in the journal: what it did to whom.
    pub fn note(&self, line: Value) {
        let event = line["event"].as_str().unwrap_or_default().to_owned();
        self.reach(&event);
        // A log line cannot be refused.
        let _ = self.input(Input::Log {
            function: "simulation".to_owned(),
            line,
        });
    }

    pub fn fault(&self, kind: &str, about: Value) {
        self.reach(kind);
        let mut line = json!({ "event": "fault", "kind": kind });
        line["about"] = about;
        let _ = self.input(Input::Log {
            function: "simulation".to_owned(),
            line,
        });
    }

    /// Count a rare branch.
    pub fn reach(&self, what: &str) {
        *self.state().reached.entry(what.to_owned()).or_default() += 1;
    }

    pub fn reached(&self) -> BTreeMap<String, u64> {
        let state = self.state();
        let mut reached = state.reached.clone();
        for (what, count) in state.world.faults_reached() {
            *reached.entry(what.to_owned()).or_default() += count;
        }
        reached
    }

    pub fn mail_is_down(&self, down: bool) {
        self.mail_is_down.store(down, Ordering::Relaxed);
    }

    pub fn is_mail_down(&self) -> bool {
        self.mail_is_down.load(Ordering::Relaxed)
    }

    pub fn next_timer(&self) -> Option<Millis> {
        self.state().world.next_timer()
    }

    pub fn take_work(&self) -> Vec<Work> {
        self.state().work.drain(..).collect()
    }

    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.state().world)
    }

    pub fn check<T>(&self, ask: impl FnOnce(&mut Checker, &World) -> T) -> T {
        let state = &mut *self.state();
        ask(&mut state.checker, &state.world)
    }

    pub fn is_broken(&self) -> bool {
        self.state().checker.is_broken()
    }

    /// The same seed gives the same number.
    pub fn trace(&self) -> u64 {
        self.state().trace.finish()
    }

    /// The last entries, or all of them if they were kept.
    pub fn told(&self) -> Vec<String> {
        let state = self.state();
        state
            .whole
            .clone()
            .unwrap_or_else(|| state.last.iter().cloned().collect())
    }
}

impl State {
    fn after(&mut self) {
        for entry in self.world.take_journal() {
            self.checker.observe(&entry, &self.world);
            self.keep(&entry);
        }
        self.work.extend(self.world.take_work());
    }

    fn keep(&mut self, entry: &Entry) {
        // An entry is plain data: it serialises.
        let _ = serde_json::to_writer(Hashing(&mut self.trace), entry);
        let line = || serde_json::to_string(entry).unwrap_or_default();
        if let Some(whole) = &mut self.whole {
            whole.push(line());
        } else if self.checker.is_broken() && self.last.len() < LAST_ENTRIES {
            self.last.push_back(line());
        }
    }
}

struct Hashing<'a>(&'a mut DefaultHasher);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Backend for Door {
    fn apply(&self, input: Input) -> Result<Output, ApiError> {
        match FATE.try_with(|fate| fate.take()).ok().flatten() {
            Some(Fate::Refused(error)) => Err(error),
            Some(Fate::Failed(error)) => self.input(input).and(Err(error)),
            None => self.input(input),
        }
    }

    fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        self.state().world.identity(access_key_id)
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        self.blobs.clone()
    }

    fn settings(&self) -> Settings {
        self.state().world.settings().clone()
    }

    fn now(&self) -> Millis {
        self.clock.now()
    }
}
