//! The simulator's checker on what a host left behind: every entry of the journal with the bytes as they lay then, and
//! what must hold in the end.

use std::path::Path;

use windsock_host::Recording;
use windsock_simulation::checker::{Checker, Violation, liveness};
use windsock_world::{Entry, World};

use crate::coverage::Coverage;

/// What the journal shows.
pub struct Checked {
    pub checker: Checker,
    pub coverage: Coverage,
    /// What does not hold in the end.
    pub broken: Vec<(&'static str, String)>,
    pub entries: usize,
}

impl Checked {
    /// Everything that does not hold, as sentences.
    pub fn failings(&self) -> Vec<String> {
        let after = |violation: &Violation| format!("{} (at {}): {}", violation.rule, violation.at, violation.what);
        let promised = |(promise, what): &(&str, String)| format!("{promise}, in the end: {what}");
        self.checker
            .violations
            .iter()
            .map(after)
            .chain(self.broken.iter().map(promised))
            .collect()
    }
}

/// Reads a state directory that no host uses any more.
pub fn check(state: &Path, projects: &[String]) -> anyhow::Result<Checked> {
    let recording = Recording::read(state)?;
    let entries = recording.entries().count();
    let (mut checker, mut coverage) = (Checker::default(), Coverage::default());
    let mut broken = Vec::new();
    let mut told = 0;
    recording.replay(|entry: &Entry, world: &World| {
        checker.observe(entry, world);
        coverage.take(entry);
        coverage.read(world);
        told += 1;
        if told == entries {
            coverage.close(entry.at);
            let settings = world.settings();
            let scene = liveness::Scene {
                projects,
                work_bucket: &format!("windsock-work-{}-{}", settings.account, settings.region),
                stored: world,
            };
            broken = liveness::check(&checker.history, &scene);
        }
    })?;
    Ok(Checked {
        checker,
        coverage,
        broken,
        entries,
    })
}
