//! The search: every state there is, and what was found in them.

use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use crate::{Protocol, Step};

/// What a search says.
#[derive(Debug)]
pub struct Found {
    pub states: usize,
    /// Steps of the longest history that was followed.
    pub depth: usize,
    pub took: Duration,
    /// Properties that do not hold, each with a history that shows it.
    pub violations: Vec<(&'static str, String)>,
    /// Things that should happen sometimes, and never did.
    pub never: Vec<&'static str>,
}

/// Every state there is; a broken protocol's search ends at its first violation.
pub fn search(protocol: Protocol) -> Found {
    let began = Instant::now();
    let finish = match protocol.broken {
        Some(_) => HasDiscoveries::AnyFailures,
        None => HasDiscoveries::All,
    };
    // One thread each: the tests run side by side.
    let checker = protocol.checker().finish_when(finish).spawn_bfs().join();
    let story = |name| checker.discovery(name).map(|path| told(&path.into_actions()));
    let (mut violations, mut never) = (Vec::new(), Vec::new());
    for property in checker.model().properties() {
        match (property.expectation, story(property.name)) {
            (Expectation::Sometimes, None) => never.push(property.name),
            (Expectation::Always, Some(story)) => violations.push((property.name, story)),
            _ => {}
        }
    }
    Found {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took: began.elapsed(),
        violations,
        never,
    }
}

fn told(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("  {step:?}\n")).collect()
}
