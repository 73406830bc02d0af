//! One seed from beginning to end: a fresh world, a script, a mix of faults, and what the checker says of it.

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, atomic::Ordering},
};

use anyhow::Context;
use fastrand::Rng;
use tokio::{runtime::Builder, task::LocalSet, time::sleep_until};
use windsock_deployment::Deployed;
use windsock_stage::platform::{self, ACCOUNT, REGION};
use windsock_wire::Wire;
use windsock_world::{Blobs, MemoryBlobs, Millis, Settings, World};

use crate::{
    checker::{Checker, Violation, again, liveness},
    clock::{Clock, EPOCH, HOUR, MINUTE, millis},
    door::Door,
    laboratory::Laboratory,
    mix::Mix,
    people::People,
    projects,
    run::Runner,
    sandbox::Sandboxes,
    script::{self, Script},
};

/// People act for so long.
const ACTS_FOR: Millis = 4 * HOUR + 15 * MINUTE;
/// Everything is to be done so long after the last fault: two turns of the sweep, the longest run, and the retries of
/// the invocations in between.
const CONVERGES_WITHIN: Millis = 75 * MINUTE;

/// One seed in so many delivers everything once more when all is at rest, at most so many events, and looks so long.
const AGAIN_EVERY: u64 = 8;
const AGAIN_MAX: usize = 60;
const AGAIN_LOOKS: Millis = 8 * MINUTE;

/// What is to be run.
#[derive(Debug, Clone, Default)]
pub struct Order {
    pub seed: u64,
    /// Deeds of the script that are left out, by their place.
    pub without: Vec<usize>,
    /// Kinds of faults that are left out.
    pub calm: Vec<String>,
    /// Keep the whole journal.
    pub keep_all: bool,
    /// Stop after so long, finished or not.
    pub stops_after: Option<Millis>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub seed: u64,
    pub violations: Vec<Violation>,
    pub calls: u64,
    pub virtual_ms: Millis,
    pub trace: u64,
    pub reached: BTreeMap<String, u64>,
    pub arrivals: usize,
    pub starts: usize,
    pub promotions: usize,
    pub incidents: usize,
    pub letters: usize,
    pub script: Script,
    pub mix: Mix,
    pub told: Vec<String>,
}

impl Outcome {
    /// Too little happened to prove anything.
    pub fn is_empty(&self) -> bool {
        self.arrivals < 20 || self.starts < 3 || self.promotions < 1 || self.letters < 3
    }
}

/// What the SDK sets up once in a process draws from the same numbers as everything after it.
static WARM: std::sync::Once = std::sync::Once::new();
/// A seed with calls that are tried again.
const WARMING: u64 = 3;

/// A world with the platform on it, made once per thread and template and copied for every seed.
pub struct Ground {
    world: World,
}

impl Ground {
    pub fn new(template: &str) -> anyhow::Result<Self> {
        let settings = Settings {
            account: ACCOUNT.into(),
            region: REGION.into(),
            started_at: EPOCH,
            sagemaker_event_copies: 2,
            confirm_emails: true,
            faults: windsock_world::Faults::default(),
            enforcement: Default::default(),
        };
        let blobs = MemoryBlobs::shared();
        let world = World::new(settings, blobs.clone());
        in_time(async {
            let door = Arc::new(Door::new(Clock::start(), world, blobs, Checker::default(), false));
            let wire = Wire::new(door.clone());
            let sandboxes = Sandboxes::new(
                door.clone(),
                wire,
                crate::mix::CallFaults::default(),
                0,
                Rng::with_seed(0),
            );
            platform::deploy(&sandboxes.person("operator"), template).await?;
            let world = door.world(|world| world.fork(MemoryBlobs::shared()));
            anyhow::Ok(Self { world })
        })
        .map(Self::warmed)
    }

    fn warmed(self) -> Self {
        WARM.call_once(|| {
            let order = Order {
                seed: WARMING,
                stops_after: Some(HOUR),
                ..Order::default()
            };
            // Whatever comes of it, it was run.
            let _ = self.run(&order);
        });
        self
    }

    /// Runs one seed. Panics and time are its own.
    pub fn run(&self, order: &Order) -> anyhow::Result<Outcome> {
        fastrand::seed(order.seed);
        in_time(self.live(order))
    }

    async fn live(&self, order: &Order) -> anyhow::Result<Outcome> {
        let mut rng = Rng::with_seed(order.seed);
        let mut mix = Mix::draw(&mut rng, order.seed);
        for kind in &order.calm {
            mix.without(kind);
        }
        let names: Vec<String> = projects::NAMES[..[1, 1, 1, 1, 1, 2, 2, 3][rng.usize(..8)]]
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let described = names
            .iter()
            .map(|name| (name.clone(), projects::yaml(name, rng.usize(..24))))
            .collect();
        let script = script::draw(&mut rng, names.len(), ACTS_FOR);
        let stage = self.stage(order, &mix, &mut rng, described).await?;
        let mut until = stage.play(order, &mix, &script).await;
        // What must hold in the end is asked before anything comes again.
        let mut at_rest = stage.promises(&names);
        if order.seed.is_multiple_of(AGAIN_EVERY) && order.stops_after.is_none() {
            until += AGAIN_LOOKS;
            at_rest.extend(stage.again(until, &names).await);
        }
        let mut outcome = stage.judge(order);
        if outcome.violations.is_empty() {
            outcome.violations = at_rest;
        }
        outcome.virtual_ms = until - EPOCH;
        outcome.script = script;
        outcome.mix = mix;
        Ok(outcome)
    }

    async fn stage(
        &self,
        order: &Order,
        mix: &Mix,
        rng: &mut Rng,
        projects: Vec<(String, String)>,
    ) -> anyhow::Result<Stage> {
        let blobs: Arc<dyn Blobs> = MemoryBlobs::shared();
        let world = self.world.fork(blobs.clone());
        let door = Arc::new(Door::new(
            Clock::start(),
            world,
            blobs.clone(),
            Checker::default(),
            order.keep_all,
        ));
        let wire = Wire::new(door.clone());
        let mut draw = || Rng::with_seed(rng.u64(..));
        let sandboxes = Sandboxes::new(door.clone(), wire, mix.calls.clone(), mix.sandboxes.elder, draw());
        let deployed = Deployed::find_with(
            &sandboxes.person("operator"),
            windsock_deployment::template::PLATFORM_STACK,
        )
        .await?;
        let runner = Rc::new(Runner::new(
            door.clone(),
            sandboxes,
            Laboratory::new(blobs),
            mix.clone(),
            draw(),
        ));
        tokio::task::spawn_local(runner.clone().pump());
        let people = Rc::new(People::new(runner, deployed, projects));
        let count = people.projects.borrow().len();
        for number in 0..count {
            people.apply(number).await.context("apply a project")?;
        }
        door.world(|world| world.set_faults(mix.world.clone()));
        Ok(Stage { door, people })
    }
}

struct Stage {
    door: Arc<Door>,
    people: Rc<People>,
}

impl Stage {
    /// Everybody acts; then faults end, an operator replays the dead letters, and everything settles.
    async fn play(&self, order: &Order, mix: &Mix, script: &Script) -> Millis {
        let began = self.door.clock.now();
        for (place, (at, deed)) in script.iter().enumerate() {
            if order.without.contains(&place) {
                continue;
            }
            let (people, at, deed) = (self.people.clone(), self.door.clock.at(began + at), deed.clone());
            tokio::task::spawn_local(async move {
                sleep_until(at).await;
                people.perform(deed).await;
            });
        }
        if let Some(span) = order.stops_after {
            self.wait(began + span).await;
            return began + span;
        }
        let faults_end = if mix.ends_half_way { ACTS_FOR / 2 } else { ACTS_FOR };
        self.wait(began + faults_end).await;
        self.end_faults();
        self.wait(began + ACTS_FOR + 2 * MINUTE).await;
        // Whoever watched the dead letters sends them again, twice, once everything works.
        self.people.runner.laboratory.mend();
        for _ in 0..2 {
            self.wait(self.door.clock.now() + 15 * MINUTE).await;
            let _ = self.people.replay();
        }
        let until = began + ACTS_FOR + 32 * MINUTE + CONVERGES_WITHIN;
        self.wait(until).await;
        until
    }

    /// All is at rest. Whatever was delivered comes once more, in another order: nothing may change.
    async fn again(&self, until: Millis, names: &[String]) -> Vec<Violation> {
        let rest = |name: &String| self.door.check(|checker, _| again::rest(&checker.history, name));
        let before: Vec<_> = names.iter().map(rest).collect();
        if self.people.deliver_again(AGAIN_MAX).await.is_err() {
            return Vec::new();
        }
        self.wait(until).await;
        let mut violations = Vec::new();
        for (name, before) in names.iter().zip(before) {
            let Some(before) = before else { continue };
            self.door.reach("again");
            let changed = self
                .door
                .check(|checker, _| again::changed(&checker.history, name, &before));
            violations.extend(changed.into_iter().map(|what| Violation {
                rule: "again",
                what,
                at: until,
            }));
        }
        violations
    }

    async fn wait(&self, until: Millis) {
        // A failure is not waited out.
        while !self.door.is_broken() && self.door.clock.now() < until {
            let step = (self.door.clock.now() + 5 * MINUTE).min(until);
            sleep_until(self.door.clock.at(step)).await;
        }
    }

    fn end_faults(&self) {
        self.people.runner.sandboxes.calm.store(true, Ordering::Relaxed);
        self.door
            .world(|world| world.set_faults(windsock_world::Faults::default()));
    }

    fn promises(&self, names: &[String]) -> Vec<Violation> {
        self.door.check(|checker, world| {
            let scene = liveness::Scene {
                projects: names,
                work_bucket: &self.people.deployed.work_bucket,
                stored: world,
            };
            let at = checker.history.now;
            liveness::check(&checker.history, &scene)
                .into_iter()
                .map(|(rule, what)| Violation { rule, what, at })
                .collect()
        })
    }

    fn judge(&self, order: &Order) -> Outcome {
        let mut outcome = self.door.check(|checker, _| {
            let history = &checker.history;
            Outcome {
                violations: checker.violations.clone(),
                arrivals: history.arrivals.values().map(Vec::len).sum(),
                starts: history.runs.iter().filter(|run| run.slot.is_some()).count(),
                promotions: history.champions.values().map(Vec::len).sum(),
                incidents: history.written.keys().filter(|key| key.contains("/incidents/")).count(),
                letters: history.letters.len(),
                ..Outcome::default()
            }
        });
        outcome.seed = order.seed;
        outcome.calls = self.people.runner.sandboxes.calls.load(Ordering::Relaxed);
        outcome.trace = self.door.trace();
        outcome.reached = self.door.reached();
        outcome.told = self.door.told();
        outcome
    }
}

/// A runtime of its own, one thread, paused time: it jumps to the next timer whenever everybody waits.
fn in_time<T>(live: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without threads and sockets can be made");
    runtime.block_on(LocalSet::new().run_until(async {
        // The runtime's first instant is the beginning of time.
        tokio::time::sleep(millis(0)).await;
        live.await
    }))
}
