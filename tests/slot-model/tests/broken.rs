//! Protocols that are nearly ours, each without one of its parts: the properties see what is wrong with each. That is
//! the proof that the search can see, and what each part is for.

use windsock_slot_model::{Broken, Budget, Protocol, property::*, search};

#[track_caller]
fn is_seen(broken: Broken, budget: Budget, expected: &str) {
    let found = search(Protocol::new(2, 2, budget).broken(broken));
    let names: Vec<&str> = found.violations.iter().map(|(name, _)| *name).collect();
    println!("{broken:?}: after {} states, not true: {names:?}", found.states);
    assert!(
        names.contains(&expected),
        "{broken:?} breaks {names:?}, not `{expected}`"
    );
}

#[test]
fn a_slot_without_its_predecessor_can_never_follow_itself() {
    is_seen(Broken::PredecessorLeftOut, Budget::default(), COVERAGE);
}

/// The markers of the old pipeline's runs would all have to be followed, more than lists may ever hide.
#[test]
fn a_slot_without_the_creation_time_leads_back_into_the_old_pipelines_chain() {
    let budget = Budget {
        deletions: 1,
        failures: 1,
        ..Budget::default()
    };
    is_seen(Broken::CreationTimeLeftOut, budget, COVERAGE);
}

#[test]
fn without_a_frozen_manifest_racers_send_one_token_with_different_manifests() {
    is_seen(Broken::NothingFrozen, Budget::default(), PURITY);
}

#[test]
fn a_token_per_event_starts_a_run_per_racer() {
    is_seen(Broken::TokenPerEvent, Budget::default(), EXCLUSION);
}

#[test]
fn following_a_persons_run_forks_the_chain() {
    let budget = Budget {
        person_runs: 1,
        ..Budget::default()
    };
    is_seen(Broken::PersonsRunIsPredecessor, budget, EXCLUSION);
}

#[test]
fn without_markers_a_stale_list_starts_a_slot_twice_once_its_token_is_forgotten() {
    let budget = Budget {
        tokens: 1,
        ..Budget::default()
    };
    is_seen(Broken::MarkersUnread, budget, EXCLUSION);
}
