//! What is looked at in every state: what must always hold, and what must happen sometimes, lest the search be about
//! nothing.

use stateright::Property;

use crate::{Champion, Manifest, Protocol, Racer, Slot, State, Status};

pub const EXCLUSION: &str = "never two runs of ours in flight";
pub const PURITY: &str = "the same token is always sent with the same manifest";
pub const COVERAGE: &str = "every file is learned in the end";
pub const BOUNDED: &str = "starts are bounded";
pub const HOLE: &str = "known hole: two runs of ours in flight";
pub const SAME_EXECUTION: &str = "two racers get the same execution";
pub const FIRST_FREEZE_WINS: &str = "a racer wants to freeze what another froze otherwise";
pub const LOST_START: &str = "a run of ours has no marker and nobody who would write it";
pub const STALE_LIST: &str = "a list hides the newest run of ours";
pub const PERSON_RUNS: &str = "a racer acts while a person's run is in flight";
pub const TRIED_AGAIN: &str = "a run follows one that failed";
pub const MADE_AGAIN: &str = "a pipeline made again learns";
pub const WITHDRAWN: &str = "a frozen slot is given up, and another one started";

pub(crate) fn properties(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let budget = &protocol.budget;
    let mut all = vec![
        Property::always(PURITY, |_, state: &State| !state.conflict),
        Property::always(COVERAGE, |protocol: &Protocol, state: &State| {
            protocol.learns_in_the_end(state)
        }),
        Property::always(BOUNDED, |protocol: &Protocol, state: &State| {
            state.started <= protocol.starts_max()
        }),
        Property::sometimes(SAME_EXECUTION, |_, state: &State| two_mark_the_same(state)),
        Property::sometimes(FIRST_FREEZE_WINS, |_, state: &State| {
            state.racers.iter().any(|racer| is_too_late(state, racer))
        }),
        Property::sometimes(STALE_LIST, |_, state: &State| {
            state.racers.iter().any(|racer| was_deceived(state, racer))
        }),
    ];
    all.push(match protocol.hole {
        None => Property::always(EXCLUSION, |_, state: &State| state.running().count() <= 1),
        Some(_) => Property::sometimes(HOLE, |_, state: &State| state.running().count() > 1),
    });
    if budget.deletions > 0 {
        all.push(Property::sometimes(MADE_AGAIN, |_, state: &State| {
            state.made > 1 && learns_again(state)
        }));
    }
    if budget.crashes > 0 {
        all.push(Property::sometimes(LOST_START, |_, state: &State| {
            has_lost_start(state)
        }));
    }
    if budget.person_runs > 0 {
        all.push(Property::sometimes(PERSON_RUNS, |_, state: &State| {
            acts_beside_a_person(state)
        }));
    }
    if budget.failures > 0 {
        all.push(Property::sometimes(TRIED_AGAIN, |_, state: &State| {
            follows_a_failure(state)
        }));
    }
    if budget.approvals > 0 {
        all.push(Property::sometimes(WITHDRAWN, |_, state: &State| state.has_withdrawn()));
    }
    all
}

fn two_mark_the_same(state: &State) -> bool {
    let marking = |racer: &Racer| match racer {
        Racer::Marking { execution, .. } => Some(*execution),
        _ => None,
    };
    // They stand in order, so equals are neighbours.
    let mut pairs = state.racers.windows(2);
    pairs.any(|pair| marking(&pair[0]).is_some() && marking(&pair[0]) == marking(&pair[1]))
}

fn is_too_late(state: &State, racer: &Racer) -> bool {
    match racer {
        Racer::Freezing { slot, manifest, .. } => state.frozen.get(slot).is_some_and(|first| first != manifest),
        _ => false,
    }
}

fn was_deceived(state: &State, racer: &Racer) -> bool {
    let newest = state.executions.iter().rev().find(|execution| execution.ours.is_some());
    match racer {
        Racer::Listed { newest: shown, .. } => newest.map(|run| run.id) > shown.as_ref().map(|run| run.id),
        _ => false,
    }
}

fn has_lost_start(state: &State) -> bool {
    let unmarked = |slot| !state.marked.contains_key(&slot);
    let ours = state.executions.iter().filter_map(|execution| execution.ours.as_ref());
    let all_idle = state.racers.iter().all(|racer| *racer == Racer::Idle);
    all_idle && ours.map(|ours| ours.slot).any(unmarked)
}

fn acts_beside_a_person(state: &State) -> bool {
    let mut executions = state.executions.iter();
    let person = executions.any(|execution| execution.ours.is_none() && execution.status == Status::Executing);
    person && state.running().count() == 1
}

fn follows_a_failure(state: &State) -> bool {
    let statuses: Vec<Status> = state.executions.iter().map(|execution| execution.status).collect();
    statuses
        .windows(2)
        .any(|pair| pair == [Status::Failed, Status::Succeeded])
}

fn learns_again(state: &State) -> bool {
    let mut executions = state.executions.iter();
    executions.any(|execution| execution.ours.is_some() && execution.status == Status::Succeeded)
}

impl State {
    /// A slot that was frozen for a champion, given up, and followed by one for another.
    fn has_withdrawn(&self) -> bool {
        let started = |champion| {
            self.executions
                .iter()
                .any(|execution| execution.ours.is_some_and(|ours| ours.manifest.champion == champion))
        };
        let given_up =
            |(slot, frozen): (&Slot, &Manifest)| frozen.champion == Champion::First && !self.marked.contains_key(slot);
        self.frozen.iter().any(given_up) && started(Champion::Second)
    }
}
