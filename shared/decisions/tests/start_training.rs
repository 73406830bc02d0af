//! start-training's decisions, one screen per rule.

mod starting;

use expect_test::{Expect, expect};
use starting::{at, execution, failed, in_flight, project, runs, seen, succeeded, told};
use windsock_decisions::{
    Plan, Project,
    runs::{LastRun, Runs},
    start_training::{Action, Observed, decide},
    state::{Incident, IncidentAnswer, Rejection, Start},
};
use windsock_events::facts::Cause;

fn observed(runs: Runs, arrivals: &[(&str, &str)]) -> Observed {
    Observed {
        now: at("03-10 12:00"),
        project: Some(project("")),
        data_bucket: "data".into(),
        work_bucket: "work".into(),
        runs: Some(runs),
        arrivals: seen("training", arrivals),
        incident: None,
        champion: None,
        tick: None,
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

fn with(mut observed: Observed, change: impl FnOnce(&mut Project)) -> Observed {
    change(observed.project.as_mut().unwrap());
    observed
}

/// A run that learned from `a` and succeeded on 03-01.
fn learned() -> Runs {
    runs(Some(succeeded("03-01 09:00", &["a"], &[])))
}

#[test]
fn the_first_data_of_a_project_is_learned_from() {
    check(
        observed(runs(None), &[("a", "03-10 11:00"), ("b", "03-10 11:00")]),
        expect!["start for First: reads [a b], accounts for [], failures 0"],
    );
}

#[test]
fn nobody_knows_the_project() {
    check(
        Observed {
            project: None,
            ..observed(runs(None), &[("a", "03-10 11:00")])
        },
        expect!["unknown-project"],
    );
}

#[test]
fn an_expired_project_learns_nothing() {
    let expire = |day: &'static str| move |project: &mut Project| project.expires = Some(day.into());
    check(
        with(observed(runs(None), &[("a", "03-10 11:00")]), expire("2013-03-09")),
        expect!["project-expired"],
    );
    check(
        with(observed(runs(None), &[("a", "03-10 11:00")]), expire("2013-03-10")),
        expect!["start for First: reads [a], accounts for [], failures 0"],
    );
}

#[test]
fn a_missing_pipeline_is_named() {
    check(
        Observed {
            runs: None,
            ..observed(runs(None), &[("a", "03-10 11:00")])
        },
        expect!["pipeline-missing"],
    );
}

#[test]
fn a_definition_that_is_not_ours_or_too_old_is_left_alone() {
    let with_format = |format| observed(Runs { format, ..runs(None) }, &[("a", "03-10 11:00")]);
    check(with_format(None), expect!["definition-too-old"]);
    check(with_format(Some(0)), expect!["definition-too-old"]);
}

#[test]
fn anybodys_run_in_flight_stops_us() {
    let persons = execution("Executing", "03-10 11:59", false);
    let beside = Runs {
        executions: vec![persons],
        ..learned()
    };
    check(
        observed(beside, &[("a", "03-01 08:00"), ("b", "03-10 11:00")]),
        expect!["run-in-flight"],
    );
    let stopping = runs(Some(in_flight("Stopping", "03-10 11:59")));
    check(observed(stopping, &[("b", "03-10 11:00")]), expect!["run-in-flight"]);
}

#[test]
fn a_run_that_a_stale_list_hides_stops_us_too() {
    let hidden = Runs {
        executions: Vec::new(),
        ..runs(Some(in_flight("Executing", "03-10 11:59")))
    };
    check(observed(hidden, &[("b", "03-10 11:00")]), expect!["run-in-flight"]);
}

#[test]
fn a_start_that_was_never_recorded_is_recorded_first() {
    let lost = LastRun {
        recorded: false,
        ..in_flight("Executing", "03-10 11:59")
    };
    check(
        observed(runs(Some(lost)), &[("b", "03-10 11:00")]),
        expect!["record the start of run of 03-10 11:59"],
    );
}

#[test]
fn too_many_objects_are_refused_by_name() {
    let mut many = observed(learned(), &[("b", "03-10 11:00")]);
    many.arrivals.more = true;
    check(many, expect!["too-many-objects"]);
}

#[test]
fn what_a_run_has_learned_is_not_new() {
    check(observed(learned(), &[("a", "03-01 08:00")]), expect!["nothing-new"]);
    check(observed(learned(), &[]), expect!["nothing-new"]);
}

#[test]
fn an_overwritten_object_is_new() {
    let mut overwritten = observed(learned(), &[("a", "03-10 11:00")]);
    overwritten.arrivals.seen[0].arrival.etag = "another".into();
    check(
        overwritten,
        expect!["start for Arrival: reads [a], accounts for [], failures 0"],
    );
}

#[test]
fn a_rejected_object_is_neither_new_nor_read_again() {
    let last = succeeded("03-01 09:00", &["a", "bad"], &["bad"]);
    check(
        observed(
            runs(Some(last.clone())),
            &[("a", "03-01 08:00"), ("bad", "03-01 08:00")],
        ),
        expect!["nothing-new"],
    );
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00"), ("bad", "03-01 08:00")];
    check(
        observed(runs(Some(last)), &arrivals),
        expect!["start for Arrival: reads [a b], accounts for [a bad], failures 0"],
    );
}

#[test]
fn rejections_of_a_failed_run_count() {
    let last = failed("03-10 09:00", "03-10 09:10", 0, &["a", "bad"], &["bad"]);
    check(
        observed(runs(Some(last)), &[("bad", "03-10 08:00")]),
        expect!["nothing-new"],
    );
}

#[test]
fn windows() {
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    use windsock_decisions::project::Window;
    for (window, expected) in [
        (
            Window::All,
            expect!["start for Arrival: reads [a b], accounts for [a], failures 0"],
        ),
        (
            Window::New,
            expect!["start for Arrival: reads [b], accounts for [a], failures 0"],
        ),
        (
            Window::LastS(86_400),
            expect!["start for Arrival: reads [b], accounts for [a], failures 0"],
        ),
        (
            Window::LastS(30 * 86_400),
            expect!["start for Arrival: reads [a b], accounts for [a], failures 0"],
        ),
    ] {
        let mut last = succeeded("03-01 09:00", &["a"], &[]);
        last.manifest.as_mut().unwrap().project.training.window = window;
        check(
            with(observed(runs(Some(last)), &arrivals), |project| {
                project.training.window = window
            }),
            expected,
        );
    }
}

#[test]
fn new_data_is_learned_from_even_after_it_fell_out_of_the_window() {
    use windsock_decisions::project::Window;
    let old = observed(runs(None), &[("a", "01-01 08:00"), ("b", "03-10 11:00")]);
    check(
        with(old, |project| project.training.window = Window::LastS(86_400)),
        expect!["start for First: reads [a b], accounts for [], failures 0"],
    );
}

#[test]
fn data_that_still_arrives_is_waited_for() {
    check(
        observed(learned(), &[("a", "03-01 08:00"), ("b", "03-10 11:58")]),
        expect!["still-arriving until 2013-03-10T12:03:00Z"],
    );
}

#[test]
fn a_burst_that_never_pauses_is_not_waited_for_for_ever() {
    let minutes: Vec<(String, String)> = (0..70)
        .map(|m| {
            (
                format!("f{m:02}"),
                format!("03-10 {}:{:02}", 10 + (50 + m) / 60, (50 + m) % 60),
            )
        })
        .collect();
    let arrivals: Vec<(&str, &str)> = minutes.iter().map(|(key, at)| (key.as_str(), at.as_str())).collect();
    let plan = decide(&observed(runs(None), &arrivals));
    assert!(matches!(plan, Plan::Act(_)), "{plan:?}");
}

#[test]
fn a_run_cools_down() {
    let last = succeeded("03-10 09:00", &["a"], &[]);
    check(
        observed(runs(Some(last)), &[("a", "03-01 08:00"), ("b", "03-10 11:00")]),
        expect!["cooling-down until 2013-03-10T15:00:00Z"],
    );
}

fn incident(opened: &str) -> Incident {
    Incident {
        format: 1,
        id: "x".into(),
        project: "demo".into(),
        opened_at: at(opened),
        closed_at: None,
        announced_at: None,
        report_slot: None,
        score: None,
        features: Vec::new(),
        answer: IncidentAnswer::Retrain,
    }
}

#[test]
fn drift_skips_the_cool_down_once() {
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let cooling = || observed(runs(Some(succeeded("03-10 09:00", &["a"], &[]))), &arrivals);
    check(
        Observed {
            incident: Some(incident("03-10 11:30")),
            ..cooling()
        },
        expect!["start for Drift: reads [a b], accounts for [a], failures 0"],
    );
    // A run that knew of the incident answers it, whatever the clocks say; one that the drift caused and that failed
    // does not.
    let answered = |cause: Cause, last: LastRun| {
        let mut last = last;
        let manifest = last.manifest.as_mut().unwrap();
        manifest.incident = Some(incident("03-10 11:30").id);
        manifest.cause = cause;
        Observed {
            incident: Some(incident("03-10 11:30")),
            ..observed(runs(Some(last)), &arrivals)
        }
    };
    check(
        answered(Cause::Drift, succeeded("03-10 09:00", &["a"], &[])),
        expect!["cooling-down until 2013-03-10T15:00:00Z"],
    );
    check(
        answered(Cause::Arrival, succeeded("03-10 09:00", &["a"], &[])),
        expect!["cooling-down until 2013-03-10T15:00:00Z"],
    );
}

#[test]
fn drift_that_is_over_or_was_refused_is_no_reason() {
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let cooling = || observed(runs(Some(succeeded("03-10 09:00", &["a"], &[]))), &arrivals);
    let over = Incident {
        closed_at: Some(at("03-10 11:45")),
        ..incident("03-10 11:30")
    };
    check(
        Observed {
            incident: Some(over),
            ..cooling()
        },
        expect!["cooling-down until 2013-03-10T15:00:00Z"],
    );
    let refused = Incident {
        answer: IncidentAnswer::Refused { reason: "x".into() },
        ..incident("03-10 11:30")
    };
    check(
        Observed {
            incident: Some(refused),
            ..cooling()
        },
        expect!["cooling-down until 2013-03-10T15:00:00Z"],
    );
}

#[test]
fn drift_without_new_data_retrains_nothing() {
    let same = observed(learned(), &[("a", "03-01 08:00")]);
    check(
        Observed {
            incident: Some(incident("03-10 11:30")),
            ..same
        },
        expect!["nothing-new"],
    );
}

#[test]
fn without_the_arrival_trigger_new_data_waits() {
    use windsock_decisions::project::Trigger;
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let waiting = || {
        with(observed(learned(), &arrivals), |project| {
            project.training.on = vec![Trigger::Drift]
        })
    };
    check(waiting(), expect!["waiting-for-drift-or-schedule"]);
    check(
        Observed {
            incident: Some(incident("03-10 11:30")),
            ..waiting()
        },
        expect!["start for Drift: reads [a b], accounts for [a], failures 0"],
    );
    let first = with(observed(runs(None), &arrivals), |project| {
        project.training.on = vec![Trigger::Drift]
    });
    check(
        first,
        expect!["start for First: reads [a b], accounts for [], failures 0"],
    );
}

#[test]
fn a_tick_learns_what_was_there_and_is_found_again_when_it_is_lost() {
    use windsock_decisions::project::Trigger;
    let scheduled = |arrived: &'static str, schedule: Option<&str>| {
        with(
            observed(learned(), &[("a", "03-01 08:00"), ("b", arrived)]),
            |project| {
                project.training.on = vec![Trigger::Schedule];
                project.training.schedule = schedule.map(str::to_owned);
            },
        )
    };
    let daily = Some("cron(0 6 * * ? *)");
    check(
        scheduled("03-10 05:00", daily),
        expect!["start for Schedule: reads [a b], accounts for [a], failures 0"],
    );
    check(
        scheduled("03-10 11:00", daily),
        expect!["waiting-for-drift-or-schedule"],
    );
    check(
        Observed {
            tick: Some(at("03-10 11:30")),
            ..scheduled("03-10 11:00", daily)
        },
        expect!["start for Schedule: reads [a b], accounts for [a], failures 0"],
    );
    check(
        scheduled("03-10 11:00", Some("rate(1 hour)")),
        expect!["start for Schedule: reads [a b], accounts for [a], failures 0"],
    );
}

#[test]
fn a_failed_run_is_tried_again_more_and_more_rarely_and_then_parked() {
    let arrivals = [("a", "03-10 08:00")];
    for (before, expected) in [
        (0, expect!["start for Arrival: reads [a], accounts for [], failures 1"]),
        (1, expect!["backing-off until 2013-03-10T12:10:00Z"]),
        (2, expect!["retries-spent"]),
    ] {
        let last = failed("03-10 11:00", "03-10 11:50", before, &["a"], &[]);
        check(
            with(observed(runs(Some(last)), &arrivals), |project| {
                project.training.retries = 3
            }),
            expected,
        );
    }
    let rested = failed("03-10 09:00", "03-10 09:10", 1, &["a"], &[]);
    check(
        with(observed(runs(Some(rested)), &arrivals), |project| {
            project.training.retries = 3
        }),
        expect!["start for Arrival: reads [a], accounts for [], failures 2"],
    );
}

#[test]
fn new_data_unparks() {
    let last = failed("03-10 03:00", "03-10 03:10", 2, &["a"], &[]);
    check(
        observed(runs(Some(last)), &[("a", "03-10 02:00"), ("b", "03-10 11:00")]),
        expect!["start for Arrival: reads [a b], accounts for [], failures 0"],
    );
}

/// Of the run that would be started now: failures before it on the same data, and in a row whatever was read.
fn failures(last: LastRun) -> (u32, u32) {
    let arrivals = [("a", "03-10 02:00"), ("b", "03-10 11:00")];
    let Plan::Act(actions) = decide(&observed(runs(Some(last)), &arrivals)) else {
        panic!("a start was expected");
    };
    let [Action::Start(manifest)] = &actions[..] else {
        panic!("a start was expected, not {actions:?}");
    };
    (manifest.failures_before, manifest.failures_in_a_row)
}

#[test]
fn failures_in_a_row_are_counted_whatever_the_runs_read() {
    let last = |reads, in_a_row| {
        let mut last = failed("03-10 03:00", "03-10 03:10", 1, reads, &[]);
        last.manifest.as_mut().unwrap().failures_in_a_row = in_a_row;
        last
    };
    assert_eq!(failures(last(&["a", "b"], 4)), (2, 5));
    assert_eq!(failures(last(&["a"], 4)), (0, 5));
    // A manifest from before they were counted.
    assert_eq!(failures(last(&["a"], 0)), (0, 2));
    let gone = LastRun {
        manifest: None,
        ..last(&["a"], 4)
    };
    assert_eq!(failures(gone), (0, 1));
    assert_eq!(failures(succeeded("03-10 03:00", &["a"], &[])), (0, 0));
}

#[test]
fn nothing_skips_the_daily_cap() {
    let last = succeeded("03-10 09:00", &["a"], &[]);
    let mut spent = runs(Some(last));
    spent.executions.push(execution("Succeeded", "03-09 20:00", true));
    spent.executions.push(execution("Succeeded", "03-09 02:00", true));
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let capped = |per_day| {
        let capped = with(observed(spent.clone(), &arrivals), |project| {
            project.training.per_day = per_day
        });
        Observed {
            incident: Some(incident("03-10 11:30")),
            ..capped
        }
    };
    check(capped(1), expect!["daily-budget-spent until 2013-03-11T09:00:00Z"]);
    check(capped(2), expect!["daily-budget-spent until 2013-03-10T20:00:00Z"]);
    check(
        capped(3),
        expect!["start for Drift: reads [a b], accounts for [a], failures 0"],
    );
}

#[test]
fn runs_that_sagemaker_does_not_list_count_for_the_daily_cap_once() {
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let start = |started: &str| Start {
        slot: started.into(),
        started_at: at(started),
    };
    let mut last = succeeded("03-10 05:00", &["a"], &[]);
    last.manifest.as_mut().unwrap().recent_starts =
        vec![start("03-09 08:00"), start("03-09 14:00"), start("03-10 04:00")];
    // Of a pipeline that was deleted and made again.
    let forgotten = Runs {
        executions: Vec::new(),
        ..runs(Some(last.clone()))
    };
    let mut listed = runs(Some(last));
    listed.executions.push(execution("Succeeded", "03-10 04:00", true));
    for runs in [forgotten, listed] {
        let capped = |per_day| {
            with(observed(runs.clone(), &arrivals), |project| {
                project.training.per_day = per_day;
            })
        };
        check(capped(2), expect!["daily-budget-spent until 2013-03-11T04:00:00Z"]);
        check(capped(3), expect!["daily-budget-spent until 2013-03-10T14:00:00Z"]);
        let Plan::Act(actions) = decide(&capped(4)) else {
            panic!("a start was expected")
        };
        let [Action::Start(manifest)] = &actions[..] else {
            panic!("{actions:?}")
        };
        let remembered = ["03-09 14:00", "03-10 04:00", "03-10 05:00"].map(start);
        assert_eq!(manifest.recent_starts, remembered);
    }
}

#[test]
fn a_success_that_sagemaker_has_forgotten_was_one() {
    use windsock_decisions::project::Trigger;
    let arrivals = [("a", "03-01 08:00"), ("b", "03-10 11:00")];
    let waiting = |last: LastRun| {
        let forgotten = Runs {
            executions: Vec::new(),
            ..runs(Some(last))
        };
        with(observed(forgotten, &arrivals), |project| {
            project.training.on = vec![Trigger::Drift];
        })
    };
    check(
        waiting(succeeded("03-01 09:00", &["a"], &[])),
        expect!["waiting-for-drift-or-schedule"],
    );
    // It failed, but whatever was started for another cause than being the first came after a success.
    let mut last = failed("03-01 09:00", "03-01 09:10", 0, &["a"], &[]);
    check(waiting(last.clone()), expect!["waiting-for-drift-or-schedule"]);
    last.manifest.as_mut().unwrap().cause = Cause::First;
    check(
        waiting(last),
        expect!["start for First: reads [a b], accounts for [], failures 0"],
    );
}

#[test]
fn a_long_history_is_decided_quickly() {
    let keys: Vec<String> = (0..20_000).map(|n| format!("f{n:06}")).collect();
    let reads: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut last = succeeded("03-01 09:00", &reads, &[]);
    last.rejections.push(Rejection {
        key: "x".into(),
        etag: "e".into(),
        size: 1,
        reason: "r".into(),
    });
    let arrivals: Vec<(&str, &str)> = reads
        .iter()
        .map(|key| (*key, "03-01 08:00"))
        .chain([("new", "03-10 11:00")])
        .collect();
    let plan = decide(&observed(runs(Some(last)), &arrivals));
    assert!(matches!(plan, Plan::Act(_)));
}
