//! The host's heart: one lock around the world, its clock and its log.
//!
//! Whatever happens to the world happens here, in this order: take the time, log the input, apply it, write the
//! journal, hand out the work. Work in flight and requests being served are counted here too, because they are what
//! makes a jumping clock run.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::Notify, task::JoinSet};
use windsock_wire::Records;
use windsock_world::{ApiError, Blobs, Entry, Input, InvocationOutcome, Millis, Output, World};

use crate::{
    clock::Clock,
    door::{Door, Limits},
    functions::Functions,
    jobs::Jobs,
    store::Store,
};

/// Who invokes synchronously asks within moments of the end; more outcomes than this are never asked for.
const ENDED_KEPT_MAX: usize = 256;

const SHUT_DOWN: &str = "the local AWS has shut down";

/// Shared by the endpoint, the functions, the jobs and the pump.
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Something changed that the pump or somebody waiting for quiet may care about.
    pub(crate) changed: Notify,
    /// The pump has nothing to do for now.
    pub(crate) quiet: Notify,
    pub(crate) runners: std::sync::OnceLock<Runners>,
    pub(crate) records: Records,
}

/// Those who do the work. Set once, right after the core exists, because each needs the core itself.
pub(crate) struct Runners {
    pub(crate) functions: Functions,
    pub(crate) jobs: Jobs,
}

pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    /// None once the host has shut down.
    store: Option<Store>,
    pub(crate) entries: Vec<Entry>,
    /// Invocations and jobs handed out and not yet reported, by id.
    pub(crate) in_flight: BTreeSet<String>,
    requests: usize,
    door: Door,
    /// How the latest invocations ended, for those who invoked synchronously.
    ended: VecDeque<(String, InvocationOutcome)>,
    /// Set when the log could not be written. Nothing is acknowledged from then on.
    broken: Option<String>,
    tasks: JoinSet<()>,
    runtime: Handle,
}

impl State {
    pub(crate) fn is_busy(&self) -> bool {
        !self.in_flight.is_empty() || self.requests > 0
    }

    /// Lets a jumping clock run while something does, and stand while nothing does.
    pub(crate) fn mind_the_clock(&mut self) {
        let busy = self.is_busy();
        self.clock.set_running(busy);
    }

    /// The time of the next input: the clock's, but never before what the world has seen.
    pub(crate) fn now(&mut self) -> Millis {
        self.clock.now().max(self.world.now())
    }

    fn store(&mut self) -> Result<&mut Store, ApiError> {
        self.store
            .as_mut()
            .ok_or_else(|| ApiError::new(500, "InternalFailure", SHUT_DOWN))
    }

    fn note_end(&mut self, input: &Input) {
        match input {
            Input::InvocationEnded { id, outcome } => {
                self.in_flight.remove(id);
                self.ended.push_back((id.clone(), outcome.clone()));
                while self.ended.len() > ENDED_KEPT_MAX {
                    self.ended.pop_front();
                }
            }
            Input::JobEnded { id, .. } => {
                self.in_flight.remove(id);
            }
            _ => {}
        }
    }

    pub(crate) fn outcome(&self, id: &str) -> Option<InvocationOutcome> {
        self.ended
            .iter()
            .rev()
            .find(|(ended, _)| ended == id)
            .map(|(_, outcome)| outcome.clone())
    }

    /// Whoever calls, a task runs on the host's own runtime.
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
    }

    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }
}

impl Core {
    /// Must be called on the runtime that is to run the host.
    pub(crate) fn new(
        world: World,
        clock: Clock,
        store: Store,
        entries: Vec<Entry>,
        blobs: Arc<dyn Blobs>,
        records: Records,
    ) -> Self {
        let state = State {
            world,
            clock,
            store: Some(store),
            entries,
            in_flight: BTreeSet::new(),
            requests: 0,
            door: Door::default(),
            ended: VecDeque::new(),
            broken: None,
            tasks: JoinSet::new(),
            runtime: Handle::current(),
        };
        Self {
            state: Mutex::new(state),
            blobs,
            changed: Notify::new(),
            quiet: Notify::new(),
            runners: std::sync::OnceLock::new(),
            records,
        }
    }

    pub(crate) fn set_runners(&self, runners: Runners) {
        // There is one caller, in `Host::start`; a second one would be ignored.
        let _ = self.runners.set(runners);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held left the log ahead of the world at worst; the log counts after a restart.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies one input now, and starts whatever work came of it.
    pub(crate) fn apply(self: &Arc<Self>, input: Input) -> Result<Output, ApiError> {
        let mut state = self.lock();
        let answer = self.apply_locked(&mut state, input);
        self.after(&mut state);
        drop(state);
        self.changed.notify_waiters();
        answer
    }

    /// A call that came through the endpoint: applied, unless it is beyond the limits. What is refused here never reached
    /// the world, so it is in the journal and not in the log of inputs.
    pub(crate) fn call(self: &Arc<Self>, input: Input) -> Result<Output, ApiError> {
        let mut state = self.lock();
        let now = state.now();
        let Some(refusal) = state.door.refuses(now, &input) else {
            drop(state);
            return self.apply(input);
        };
        let entries = Vec::from_iter(state.world.refused(now, &input, &refusal));
        if let Err(error) = state.store()?.journal(&entries, false) {
            return Err(break_off(&mut state, &error));
        }
        state.entries.extend(entries);
        Err(refusal)
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        self.lock().door = Door::new(limits);
    }

    /// Runs what is due now. Reads do not do that by themselves: whatever changes the world must be in the log.
    pub(crate) fn run_timers(self: &Arc<Self>, state: &mut State) {
        let now = state.now();
        if state.world.next_timer().is_some_and(|due| due <= now) {
            self.advance(state);
        }
    }

    /// Tells the world, and the log, what time it is.
    pub(crate) fn advance(self: &Arc<Self>, state: &mut State) {
        let now = state.now();
        // Advancing cannot be refused; a log that cannot be written shows in `broken`.
        let _ = self.apply_at(state, now, Input::Advance);
        self.after(state);
    }

    fn apply_locked(self: &Arc<Self>, state: &mut State, input: Input) -> Result<Output, ApiError> {
        let at = state.now();
        if !World::changes(&input) && state.world.next_timer().is_some_and(|due| due <= at) {
            self.apply_at(state, at, Input::Advance)?;
        }
        self.apply_at(state, at, input)
    }

    fn apply_at(self: &Arc<Self>, state: &mut State, at: Millis, input: Input) -> Result<Output, ApiError> {
        if let Some(reason) = &state.broken {
            return Err(ApiError::new(500, "InternalFailure", reason.clone()));
        }
        let logged = World::changes(&input);
        if logged && let Err(error) = state.store()?.log(at, &input) {
            return Err(break_off(state, &error));
        }
        state.note_end(&input);
        let answer = state.world.apply(at, input);
        let entries = state.world.take_journal();
        if let Err(error) = state.store()?.journal(&entries, logged) {
            return Err(break_off(state, &error));
        }
        state.entries.extend(entries);
        answer
    }

    /// Hands out new work and sets the clock going or standing.
    fn after(self: &Arc<Self>, state: &mut State) {
        while state.tasks.try_join_next().is_some() {}
        for work in state.world.take_work() {
            self.hand_out(state, work);
        }
        state.mind_the_clock();
    }

    /// Counts a request as being served until the guard is dropped.
    pub(crate) fn request(self: &Arc<Self>) -> RequestGuard {
        let mut state = self.lock();
        state.requests += 1;
        state.mind_the_clock();
        RequestGuard { core: Arc::clone(self) }
    }

    /// Runs `task` until it ends or the host shuts down.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.lock().spawn(task);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().store.is_none()
    }

    /// Acknowledges nothing more, gives the state directory free, and hands over the tasks to be ended, and with them
    /// every child process.
    pub(crate) fn close(&self) -> JoinSet<()> {
        let mut state = self.lock();
        state.broken.get_or_insert_with(|| SHUT_DOWN.into());
        state.store = None;
        std::mem::take(&mut state.tasks)
    }
}

/// What is not durable must not be acknowledged, so a failed write ends the host's service with one clear reason.
fn break_off(state: &mut State, error: &anyhow::Error) -> ApiError {
    let reason = format!("the local AWS cannot write its state and has stopped answering: {error:#}");
    tracing::error!("{reason}");
    state.broken = Some(reason.clone());
    ApiError::new(500, "InternalFailure", reason)
}

pub(crate) struct RequestGuard {
    core: Arc<Core>,
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let mut state = self.core.lock();
        state.requests -= 1;
        state.mind_the_clock();
        drop(state);
        self.core.changed.notify_waiters();
    }
}
