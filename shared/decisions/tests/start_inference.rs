//! start-inference's decisions, one screen per rule.

mod starting;

use expect_test::{Expect, expect};
use starting::{at, ended, execution, in_flight, project, runs, seen, told, version};
use windsock_decisions::{
    Project,
    project::Inference,
    runs::{LastRun, Runs},
    start_inference::{Action, Champion, Observed, decide},
};

/// Champion is version 1; the schedule was last due on 03-10 at 06:00.
fn observed(runs: Runs, arrivals: &[(&str, &str)]) -> Observed {
    let scored = runs.last.clone().filter(|last| last.run.status.is_succeeded());
    let inference = Inference {
        schedule: Some("cron(0 6 * * ? *)".into()),
        timezone: "UTC".into(),
        on_arrival: false,
        on_promotion: true,
        settle_s: 60,
        per_day: 4,
        retries: 3,
    };
    Observed {
        now: at("03-10 12:00"),
        project: Some(Project {
            inference: Some(inference),
            ..project("")
        }),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        champion: Some(champion(1)),
        runs: Some(runs),
        scored,
        arrivals: seen("inference", arrivals),
        tick: None,
    }
}

fn champion(number: u32) -> Champion {
    Champion {
        version: version(number),
        is_usable: true,
    }
}

fn check(observed: Observed, expected: Expect) {
    let plan = decide(&observed);
    let action = |action: &Action| match action {
        Action::RecordStart(last) => format!("record the start of {}", last.run.arn),
        Action::Start(manifest) => starting::manifest(manifest),
    };
    expected.assert_eq(&told(&plan, action));
}

fn with(mut observed: Observed, change: impl FnOnce(&mut Inference)) -> Observed {
    change(observed.project.as_mut().unwrap().inference.as_mut().unwrap());
    observed
}

/// Version 1 scored `a` and succeeded.
fn scored(started: &str) -> Runs {
    runs(Some(ended("inference", "Succeeded", started, &["a"], &[])))
}

fn failed(started: &str, ended_at: &str, before: u32, reads: &[&str]) -> LastRun {
    let mut last = ended("inference", "Failed", started, reads, &[]);
    last.ended_at = Some(at(ended_at));
    last.manifest.as_mut().unwrap().failures_before = before;
    last
}

#[test]
fn a_tick_scores_what_was_there() {
    check(
        observed(runs(None), &[("a", "03-10 05:00")]),
        expect!["start for Schedule with version 1: reads [a], accounts for [], failures 0"],
    );
    check(
        observed(scored("03-09 06:01"), &[("a", "03-09 05:00"), ("b", "03-10 05:00")]),
        expect!["start for Schedule with version 1: reads [b], accounts for [a], failures 0"],
    );
}

#[test]
fn what_came_after_the_tick_waits_for_the_next() {
    check(
        observed(runs(None), &[("a", "03-10 07:00")]),
        expect!["waiting-for-schedule"],
    );
    let told = Observed {
        tick: Some(at("03-10 11:59")),
        ..observed(runs(None), &[("a", "03-10 07:00")])
    };
    check(
        told,
        expect!["start for Schedule with version 1: reads [a], accounts for [], failures 0"],
    );
}

#[test]
fn a_tick_that_a_run_has_answered_is_over() {
    check(
        observed(scored("03-10 06:01"), &[("a", "03-10 05:00"), ("b", "03-10 05:30")]),
        expect!["waiting-for-schedule"],
    );
}

#[test]
fn with_on_arrival_input_is_scored_when_it_has_settled() {
    let on_arrival = |arrived| {
        with(observed(runs(None), &[("a", arrived)]), |inference| {
            inference.on_arrival = true
        })
    };
    check(
        on_arrival("03-10 11:50"),
        expect!["start for Arrival with version 1: reads [a], accounts for [], failures 0"],
    );
    let slowly = with(on_arrival("03-10 11:59"), |inference| inference.settle_s = 300);
    check(slowly, expect!["still-arriving until 2013-03-10T12:04:00Z"]);
    check(
        with(on_arrival("03-10 12:00"), |inference| inference.settle_s = 0),
        expect!["start for Arrival with version 1: reads [a], accounts for [], failures 0"],
    );
}

#[test]
fn what_any_champion_has_scored_is_not_due() {
    check(
        observed(scored("03-09 06:01"), &[("a", "03-09 05:00")]),
        expect!["nothing-new"],
    );
}

#[test]
fn a_promotion_scores_the_newest_batch_again() {
    let promoted = |arrivals| Observed {
        champion: Some(champion(2)),
        ..observed(scored("03-10 06:01"), arrivals)
    };
    check(
        promoted(&[("a", "03-09 05:00")]),
        expect!["start for Promotion with version 2: reads [a], accounts for [a], failures 0"],
    );
    // What waits for the schedule goes on waiting.
    check(
        promoted(&[("a", "03-09 05:00"), ("b", "03-10 07:00")]),
        expect!["start for Promotion with version 2: reads [a], accounts for [a], failures 0"],
    );
    check(
        with(promoted(&[("a", "03-09 05:00")]), |inference| {
            inference.on_promotion = false
        }),
        expect!["nothing-new"],
    );
    // The batch is gone from the bucket.
    check(promoted(&[]), expect!["nothing-new"]);
}

#[test]
fn due_input_goes_before_the_newest_batch() {
    let both = observed(scored("03-09 06:01"), &[("a", "03-09 05:00"), ("b", "03-10 05:00")]);
    check(
        Observed {
            champion: Some(champion(2)),
            ..both
        },
        expect!["start for Schedule with version 2: reads [b], accounts for [a], failures 0"],
    );
}

#[test]
fn rejected_files_are_not_scored_again() {
    let last = ended("inference", "Succeeded", "03-10 06:01", &["a", "bad"], &["bad"]);
    let both = observed(runs(Some(last)), &[("a", "03-09 05:00"), ("bad", "03-09 05:00")]);
    check(
        Observed {
            champion: Some(champion(2)),
            ..both
        },
        expect!["start for Promotion with version 2: reads [a], accounts for [a bad], failures 0"],
    );
}

#[test]
fn without_a_champion_still_approved_nothing_is_scored() {
    let due = || observed(runs(None), &[("a", "03-10 05:00")]);
    check(
        Observed {
            champion: None,
            ..due()
        },
        expect!["no-champion"],
    );
    let rejected = Champion {
        is_usable: false,
        ..champion(1)
    };
    check(
        Observed {
            champion: Some(rejected),
            ..due()
        },
        expect!["champion-not-approved"],
    );
}

#[test]
fn a_project_without_inference_and_one_nobody_knows() {
    let mut off = observed(runs(None), &[("a", "03-10 05:00")]);
    off.project.as_mut().unwrap().inference = None;
    check(off, expect!["inference-off"]);
    check(
        Observed {
            project: None,
            ..observed(runs(None), &[])
        },
        expect!["unknown-project"],
    );
    check(
        Observed {
            runs: None,
            ..observed(runs(None), &[])
        },
        expect!["pipeline-missing"],
    );
}

#[test]
fn one_run_at_a_time() {
    let running = runs(Some(in_flight("Executing", "03-10 11:59")));
    check(observed(running, &[("b", "03-10 05:00")]), expect!["run-in-flight"]);
    let lost = LastRun {
        recorded: false,
        ..in_flight("Executing", "03-10 11:59")
    };
    check(
        observed(runs(Some(lost)), &[]),
        expect!["record the start of run of 03-10 11:59"],
    );
}

#[test]
fn a_failed_run_backs_off_and_is_parked() {
    let arrivals = [("a", "03-10 05:00")];
    check(
        observed(runs(Some(failed("03-10 11:50", "03-10 11:58", 0, &["a"]))), &arrivals),
        expect!["backing-off until 2013-03-10T12:03:00Z"],
    );
    check(
        observed(runs(Some(failed("03-10 11:30", "03-10 11:40", 0, &["a"]))), &arrivals),
        expect!["start for Arrival with version 1: reads [a], accounts for [], failures 1"],
    );
    check(
        observed(runs(Some(failed("03-10 06:01", "03-10 06:10", 2, &["a"]))), &arrivals),
        expect!["retries-spent"],
    );
}

#[test]
fn another_champion_or_new_input_unparks() {
    let parked = || runs(Some(failed("03-09 06:01", "03-09 06:10", 2, &["a"])));
    let other = observed(parked(), &[("a", "03-09 05:00")]);
    check(
        Observed {
            champion: Some(champion(2)),
            ..other
        },
        expect!["start for Schedule with version 2: reads [a], accounts for [], failures 0"],
    );
    check(
        observed(parked(), &[("a", "03-09 05:00"), ("b", "03-10 05:00")]),
        expect!["start for Schedule with version 1: reads [a b], accounts for [], failures 0"],
    );
}

#[test]
fn the_daily_cap_holds() {
    let mut spent = scored("03-10 05:30");
    spent.executions.push(execution("Succeeded", "03-09 20:00", true));
    let capped = observed(spent, &[("a", "03-09 05:00"), ("b", "03-10 05:40")]);
    check(
        with(capped, |inference| inference.per_day = 2),
        expect!["daily-budget-spent until 2013-03-10T20:00:00Z"],
    );
}
