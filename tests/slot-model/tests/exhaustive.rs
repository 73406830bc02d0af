//! All short histories of the slot protocol. Whatever order racers, people and crashes come in: one run at a time, one
//! manifest per token, and everything learned in the end.

use windsock_slot_model::{Budget, Found, Hole, Protocol, search};

const CALM: Budget = Budget {
    crashes: 0,
    failures: 0,
    person_runs: 0,
    deletions: 0,
    tokens: 0,
    approvals: 0,
};

/// Nothing is violated, and everything that should be possible happened: the search was not about nothing.
#[track_caller]
fn holds(name: &str, protocol: Protocol) -> Found {
    let found = search(protocol);
    println!(
        "{name}: {} states, histories of up to {} steps, {:.1} s",
        found.states,
        found.depth,
        found.took.as_secs_f64()
    );
    if let Some((property, story)) = found.violations.first() {
        panic!("{name}: not true: {property}:\n{story}");
    }
    assert!(found.never.is_empty(), "{name}: never happened: {:?}", found.never);
    found
}

#[test]
fn three_racers_two_crashes_a_failed_run_and_a_persons_run() {
    let budget = Budget {
        crashes: 2,
        failures: 1,
        person_runs: 1,
        ..CALM
    };
    let found = holds("three racers", Protocol::new(3, 2, budget).hiding(2));
    assert!(found.states > 100_000, "{} states are too few", found.states);
}

#[test]
fn a_pipeline_deleted_and_made_again() {
    let budget = Budget {
        crashes: 1,
        person_runs: 1,
        deletions: 1,
        ..CALM
    };
    holds("made again", Protocol::new(2, 2, budget));
}

/// How long SageMaker remembers a token is not documented. It is enough that it outlives one invocation: then
/// started.json takes over.
#[test]
fn a_token_is_forgotten_once_its_start_is_marked() {
    let budget = Budget {
        crashes: 1,
        failures: 1,
        tokens: 1,
        ..CALM
    };
    holds("forgotten token", Protocol::new(2, 2, budget));
}

#[test]
fn a_frozen_champion_is_rejected_while_nobody_is_starting() {
    let budget = Budget {
        crashes: 1,
        approvals: 1,
        ..CALM
    };
    holds("rejected champion", Protocol::new(2, 2, budget));
}

/// The slot that was given up is free again, and a list may hide the run of the slot after it: whoever looks finds that
/// one frozen, and leaves the first alone.
#[test]
fn a_champion_is_approved_again_while_a_list_hides_the_run_of_the_next() {
    let budget = Budget {
        crashes: 1,
        approvals: 2,
        ..CALM
    };
    holds("approved again", Protocol::new(2, 2, budget));
}

/// Where two runs are in flight after all. What else is promised, holds even then: one manifest per token, and
/// everything is learned in the end. `holds` also sees that the hole is there: one that is closed belongs elsewhere.
mod known_holes {
    use windsock_slot_model::shortest;

    use super::*;

    #[track_caller]
    fn story(name: &str, protocol: impl Fn() -> Protocol) -> String {
        holds(name, protocol());
        let story = shortest(&protocol(), |state| state.running().count() > 1).unwrap();
        println!("{name}:\n{story}");
        story
    }

    /// An invocation would have to sleep between DescribePipeline and StartPipelineExecution, which takes it a second
    /// or two, while a person deletes a pipeline and makes it again. No call could refuse: executions are started by
    /// the pipeline's name, and a token of the old pipeline is a new one to the new pipeline.
    #[test]
    fn a_racer_sleeps_while_the_pipeline_is_made_again() {
        let budget = Budget { deletions: 1, ..CALM };
        let protocol = || Protocol::new(2, 2, budget).with_hole(Hole::AsleepWhileMadeAgain);
        assert!(story("asleep", protocol).contains("PersonMakesItAgain"));
    }

    #[test]
    fn a_token_is_forgotten_within_one_invocation() {
        let budget = Budget { tokens: 1, ..CALM };
        let protocol = || Protocol::new(2, 2, budget).with_hole(Hole::TokenForgottenTooSoon);
        assert!(story("forgotten too soon", protocol).contains("TokenIsForgotten"));
    }

    /// The functions give a frozen slot up only ten minutes after it was frozen, longer than any invocation takes: here
    /// somebody sleeps through them between a start and its marker.
    #[test]
    fn a_champion_is_rejected_while_its_slot_is_starting() {
        let budget = Budget { approvals: 1, ..CALM };
        let protocol = || Protocol::new(2, 2, budget).with_hole(Hole::RejectedWhileStarting);
        assert!(story("rejected while starting", protocol).contains("FirstChampionIs"));
    }
}
