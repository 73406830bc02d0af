//! SIGKILL, at any moment: to the local AWS, and to functions at work.

use std::{
    collections::BTreeSet,
    fs,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use anyhow::Context;
use windsock_story::{
    command::LOOK_EVERY,
    demo::{self, Change, Running},
    journal::Journal,
    local::Local,
    people::DATA,
    repository, scratch, victims,
};

const PROJECT: &str = "\
project: flight-delay
data:
  label: late
  exclude: [flight_hour, departs_at]
  split: { by: time-block, column: departs_at, block: 1d }
training: { settle: 1s, objective: { metric: auc }, hyperparameters: { rounds: 60 } }
";
const BETWEEN_KILLS: Duration = Duration::from_secs(3);
const KILLS: u32 = 3;
const MONTHS: [&str; 2] = ["2013-01.csv", "2013-02.csv"];

#[test]
fn a_host_that_is_killed_at_any_moment_loses_nothing_it_acknowledged() -> anyhow::Result<()> {
    let folder = scratch();
    let state = folder.path().join("state");
    let template = folder.path().join("template.yaml");
    fs::write(&template, impatient()?)?;
    let template = template.display().to_string();
    let up = || Local::up_with(&state, &["--template", &template]);

    let mut local = up()?;
    local.apply(PROJECT)?;
    let person = local.person()?;
    for month in MONTHS {
        person.upload(&format!("training/flight-delay/{month}"), &example(month)?)?;
    }
    let mut moments = Vec::new();
    for kill in 1..=KILLS {
        if kill == KILLS {
            // The others may have come before it; this one comes while it trains.
            local.wait("the start of a training run", |journal| {
                !journal.executions("-training").is_empty()
            })?;
        }
        let moment = random(BETWEEN_KILLS);
        moments.push(moment);
        windsock_story::pause::pause(moment);
        local.kill()?;
        local = up()?;
    }
    let ended = local.wait("the end of a training run", |journal| {
        let runs = journal.executions("-training");
        !runs.is_empty() && runs.iter().all(|(_, status)| status != "Executing") && !journal.versions().is_empty()
    });
    let journal = ended.with_context(|| format!("killed after {moments:?}"))?;
    let runs = journal.executions("-training");
    assert_eq!(runs.len(), 1, "killed after {moments:?}: {runs:?}");
    assert_eq!(runs[0].1, "Succeeded", "killed after {moments:?}");
    assert_eq!(journal.versions(), [1], "killed after {moments:?}");
    for month in MONTHS {
        let kept = local.person()?.read(DATA, &format!("training/flight-delay/{month}"))?;
        assert!(kept == example(month)?, "{month} is another, killed after {moments:?}");
    }
    Ok(())
}

/// Each function dies once, in the middle of its first invocation; the story waits a little longer and holds.
#[test]
fn functions_that_are_killed_at_work_are_started_again() -> anyhow::Result<()> {
    let mut demo = demo::start(Change::default())?;
    let mut alive: BTreeSet<&str> = [
        "start-training",
        "promote-model",
        "start-inference",
        "publish-drift",
        "respond-to-drift",
    ]
    .into();
    while !alive.is_empty() && !demo.is_over()? {
        let journal = Journal::read(&demo.state())?;
        let at_work = alive
            .iter()
            .copied()
            .filter(|name| !journal.at_work(&format!("windsock-{name}")).is_empty());
        for function in at_work.collect::<Vec<_>>() {
            if kill_processes_of(&demo, function)? {
                alive.remove(function);
            }
        }
        windsock_story::pause::pause(LOOK_EVERY / 4);
    }
    let told = demo.finish()?;
    // Two or three short invocations in the whole story: on a busy machine one function may never be caught in the act.
    assert!(alive.len() < 2, "{alive:?} were never seen at work");
    let crashes = told
        .journal
        .of("invocation-ended")
        .filter(|ended| ended["outcome"] == "crashed")
        .count();
    assert!(crashes > 0, "nobody was killed in the middle of anything");
    assert_eq!(told.failed(), [""; 0], "{}", told.ended.stdout);
    assert!(told.ended.succeeded(), "{}", told.ended.stderr);
    Ok(())
}

/// Kills every process of a function; whether there was one.
fn kill_processes_of(demo: &Running, function: &str) -> anyhow::Result<bool> {
    let alive = victims::alive(&demo.state())?.into_iter();
    let killed = alive.filter(|victim| victim.program == function && victim.kill());
    Ok(killed.count() > 0)
}

/// A hint that dies with its function comes back after the queue's visibility time-out: seconds here, not minutes.
fn impatient() -> anyhow::Result<String> {
    let mut template = fs::read_to_string(repository().join("template.yaml"))?;
    for (patient, impatient) in [
        ("VisibilityTimeout: 720", "VisibilityTimeout: 20"),
        ("Timeout: 120", "Timeout: 20"),
        ("WINDSOCK_TIMEOUT_S: \"120\"", "WINDSOCK_TIMEOUT_S: \"20\""),
    ] {
        anyhow::ensure!(template.contains(patient), "template.yaml has no `{patient}`");
        template = template.replace(patient, impatient);
    }
    Ok(template)
}

fn example(month: &str) -> anyhow::Result<Vec<u8>> {
    Ok(fs::read(
        windsock_story::example::flight_delay().join("training").join(month),
    )?)
}

/// Another moment every time, told when something goes wrong.
fn random(below: Duration) -> Duration {
    let number = RandomState::new().hash_one("moment");
    Duration::from_millis(number % u64::try_from(below.as_millis()).unwrap_or(u64::MAX))
}
