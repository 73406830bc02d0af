//! Makes the world go: wakes at its timers, runs its invocations and its jobs, and reports how they ended.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::poll_fn,
    pin::{Pin, pin},
    rc::Rc,
    sync::atomic::Ordering,
    task::Poll,
};

use anyhow::Context;
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    task::AbortHandle,
    time::{Sleep, sleep, sleep_until},
};
use windsock_stage::Logs;
use windsock_world::{Input, InvocationOutcome, Job, JobOutcome, Millis, Work, work::Invocation};

use crate::{
    clock::{MINUTE, SECOND, millis},
    connector::Plan,
    door::Door,
    laboratory::Laboratory,
    mix::Mix,
    sandbox::{Sandbox, Sandboxes},
};

/// Frozen at most so long: less than SageMaker remembers a token.
pub const FROZEN_MAX: Millis = 12 * MINUTE;

pub struct Runner {
    pub door: std::sync::Arc<Door>,
    pub sandboxes: Sandboxes,
    pub laboratory: Laboratory,
    pub mix: Mix,
    pub logs: Logs,
    rng: RefCell<Rng>,
    /// Every payload that was delivered, and the function it was delivered to.
    delivered: RefCell<BTreeMap<String, String>>,
    jobs: RefCell<BTreeMap<String, AbortHandle>>,
}

impl Runner {
    pub fn new(door: std::sync::Arc<Door>, sandboxes: Sandboxes, laboratory: Laboratory, mix: Mix, rng: Rng) -> Self {
        Self {
            door,
            sandboxes,
            laboratory,
            mix,
            logs: Logs::listen(),
            rng: RefCell::new(rng),
            delivered: RefCell::default(),
            jobs: RefCell::default(),
        }
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.borrow_mut())
    }

    fn is_calm(&self) -> bool {
        self.sandboxes.calm.load(Ordering::Relaxed)
    }

    /// Runs until it is dropped.
    pub async fn pump(self: Rc<Self>) {
        loop {
            for work in self.door.take_work() {
                self.hand_out(work);
            }
            let now = self.door.clock.now();
            match self.door.next_timer() {
                Some(due) if due <= now => {
                    // Time cannot be refused.
                    let _ = self.door.input(Input::Advance);
                }
                Some(due) => {
                    tokio::select! {
                        biased;
                        () = self.door.changed.notified() => {}
                        () = tokio::time::sleep_until(self.door.clock.at(due)) => {}
                    }
                }
                None => self.door.changed.notified().await,
            }
        }
    }

    fn hand_out(self: &Rc<Self>, work: Work) {
        let this = self.clone();
        match work {
            Work::Invoke(invocation) => {
                tokio::task::spawn_local(async move { this.invoke(invocation).await });
            }
            Work::Run(job) => {
                let id = job.id.clone();
                let task = tokio::task::spawn_local(async move { this.run_job(*job).await });
                self.jobs.borrow_mut().insert(id, task.abort_handle());
            }
            Work::StopJob { id } => {
                if let Some(task) = self.jobs.borrow_mut().remove(&id) {
                    task.abort();
                }
                self.end_job(id, JobOutcome::Stopped);
            }
        }
    }

    fn end_job(&self, id: String, outcome: JobOutcome) {
        // An end cannot be refused.
        let _ = self.door.input(Input::JobEnded { id, outcome });
    }

    async fn run_job(&self, job: Job) {
        let span = self.draw(|rng| rng.i64(20 * SECOND..4 * MINUTE));
        sleep(millis(span)).await;
        let fails = !self.is_calm() && self.draw(|rng| rng.u32(..1000)) < self.mix.jobs_failed;
        let outcome = self.laboratory.finish(&self.door, &job, fails);
        self.jobs.borrow_mut().remove(&job.id);
        self.end_job(job.id, outcome);
    }

    /// Everything that was delivered so far, in an order that has nothing to do with that of its delivery.
    pub fn shuffled(&self) -> Vec<(String, Value)> {
        let delivered = self.delivered.borrow();
        let read = |(payload, function): (&String, &String)| {
            (function.clone(), serde_json::from_str(payload).unwrap_or_default())
        };
        let mut all: Vec<(String, Value)> = delivered.iter().map(read).collect();
        self.draw(|rng| rng.shuffle(&mut all));
        all
    }

    async fn invoke(self: Rc<Self>, invocation: Invocation) {
        let payload = invocation.payload.to_string();
        self.delivered.borrow_mut().insert(payload, invocation.function.clone());
        sleep(millis(self.draw(|rng| rng.i64(1..40)))).await;
        let outcome = match self.sandboxes.take(&invocation) {
            Ok(sandbox) => self.clone().run(&invocation, sandbox).await,
            Err(error) => failed(&error),
        };
        for (function, line) in self.logs.take() {
            let _ = self.door.input(Input::Log { function, line });
        }
        // An end cannot be refused.
        let _ = self.door.input(Input::InvocationEnded {
            id: invocation.id,
            outcome,
        });
    }

    async fn run(self: Rc<Self>, invocation: &Invocation, sandbox: Rc<Sandbox>) -> InvocationOutcome {
        let (plan, cut) = self.plan(invocation);
        let frozen = plan.freeze.is_some();
        *sandbox.line.plan() = plan;
        let skew = if self.is_calm() {
            0
        } else {
            self.mix.sandboxes.skew_min * MINUTE
        };
        if skew != 0 {
            self.door.reach("clock-off");
        }
        let skew = skew + self.draw(|rng| rng.i64(-500..=500));
        let now = Timestamp::from_millisecond(invocation.started_at + skew).context("read the time of the invocation");
        let payload = invocation.payload.clone();
        let at_work = sandbox.clone();
        let mut task = tokio::task::spawn_local(async move { at_work.handle(payload, now?).await });
        let died = "exit status 137".to_owned();
        let outcome = tokio::select! {
            biased;
            () = sandbox.line.crashed.notified() => InvocationOutcome::Crashed { message: died },
            () = sleep(millis(cut)) => InvocationOutcome::Crashed { message: died },
            () = sleep(millis(invocation.timeout_ms)) => InvocationOutcome::TimedOut,
            answer = &mut task => match answer {
                Ok(Ok(answer)) => {
                    self.sandboxes.give_back(&invocation.function, sandbox);
                    return InvocationOutcome::Returned(answer);
                }
                Ok(Err(error)) => {
                    self.sandboxes.give_back(&invocation.function, sandbox);
                    return failed(&error);
                }
                Err(panic) => {
                    self.door.note(json!({ "event": "panic", "function": invocation.function, "panic": panic.to_string() }));
                    InvocationOutcome::Crashed { message: panic.to_string() }
                }
            },
        };
        if matches!(outcome, InvocationOutcome::TimedOut) {
            self.door.reach("timed-out");
        }
        if frozen && matches!(outcome, InvocationOutcome::TimedOut) {
            // It thaws later and goes on with what it had read.
            self.door.fault("frozen", json!({ "invocation": invocation.id }));
        } else {
            task.abort();
        }
        outcome
    }

    /// What happens to the sandbox during this invocation, and when it dies at the latest.
    fn plan(&self, invocation: &Invocation) -> (Plan, Millis) {
        let mut plan = Plan {
            invocation: invocation.id.clone(),
            ..Plan::default()
        };
        let never = Millis::from(i32::MAX);
        if self.is_calm() {
            return (plan, never);
        }
        let faults = &self.mix.sandboxes;
        let mut cut = never;
        if self.draw(|rng| rng.u32(..1000)) < faults.crashed {
            let call = self.draw(|rng| rng.u32(1..25));
            let kind = match self.draw(|rng| rng.u32(..3)) {
                0 => {
                    plan.crash_before = Some(call);
                    "crashed-before-a-call"
                }
                1 => {
                    plan.crash_after = Some(call);
                    "crashed-after-a-call"
                }
                _ => {
                    cut = self.draw(|rng| rng.i64(0..1500));
                    "crashed-at-any-await"
                }
            };
            self.door.reach(kind);
        } else if self.draw(|rng| rng.u32(..1000)) < faults.frozen {
            let span = self.draw(|rng| rng.i64(2 * MINUTE..FROZEN_MAX));
            plan.freeze = Some((self.draw(|rng| rng.u32(1..25)), span));
        }
        (plan, cut)
    }
}

impl Sandbox {
    async fn handle(&self, payload: Value, now: Timestamp) -> anyhow::Result<Value> {
        let mut handler = pin!(crate::mutants::as_release(
            self.elder,
            self.function.handle(payload, now)
        ));
        let mut thaw: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|context| {
            let (until, clock) = (self.line.plan().frozen_until, self.line.door.clock);
            if let Some(until) = until.filter(|until| clock.now() < *until) {
                let thaw = thaw.get_or_insert_with(|| Box::pin(sleep_until(clock.at(until))));
                if thaw.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
            handler.as_mut().poll(context)
        })
        .await
    }
}

fn failed(error: &anyhow::Error) -> InvocationOutcome {
    InvocationOutcome::Failed {
        error_type: "WindsockError".to_owned(),
        message: format!("{error:#}"),
    }
}
