//! The commands with which Windsock is operated, as processes: what they say, and how they refuse.

use windsock_story::{local::Local, scratch};

const WIND_POWER: &str = "\
project: wind-power
data: { label: megawatts }
training: { settle: 1s, objective: { metric: rmse } }
";

#[test]
fn an_operator_is_told_what_was_done_and_why_something_cannot_be() -> anyhow::Result<()> {
    let folder = scratch();
    let local = Local::up(&folder.path().join("state"))?;
    local.apply(WIND_POWER)?;
    assert_eq!(
        local
            .windsock(&["rollback", "wind-power", "--reason", "misses storms"])?
            .sentence(),
        "windsock: wind-power has never had a champion, so there is nothing to roll back"
    );
    assert_eq!(
        local.windsock(&["rollback", "wind", "--dry-run"])?.sentence(),
        "windsock: there is no project wind here; there are: wind-power"
    );
    assert_eq!(local.windsock(&["replay"])?.stdout, "There are no dead letters here.\n");
    let all = local.windsock(&["apply", "--all"])?;
    assert!(all.succeeded(), "{all:?}");
    assert!(
        all.stdout.starts_with("wind-power\n") && all.stdout.ends_with("1 of 1 projects are up to date.\n"),
        "{all:?}"
    );
    assert_eq!(local.status()?["outdated"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_project_that_is_well_is_retired_and_leaves_nothing_but_records() -> anyhow::Result<()> {
    let folder = scratch();
    let local = Local::up(&folder.path().join("state"))?;
    local.apply(WIND_POWER)?;
    let doctor = local.windsock(&["doctor"])?;
    assert!(
        doctor.succeeded() && doctor.stdout.ends_with(" checks are well.\n"),
        "{doctor:?}"
    );

    let listed = local.windsock(&["retire", "wind-power"])?;
    assert!(
        listed.succeeded() && listed.stdout.contains("\n  stack windsock-project-wind-power: "),
        "{listed:?}"
    );
    assert!(local.status()?["project"] == "wind-power", "a list changes nothing");
    let retired = local.windsock(&["retire", "wind-power", "--yes"])?;
    assert!(
        retired.succeeded() && retired.stdout.ends_with("\nwind-power is retired.\n"),
        "{retired:?}"
    );
    assert_eq!(
        local.windsock(&["status"])?.stdout,
        "There is no project yet: windsock apply project.yaml\n"
    );
    assert_eq!(
        local.windsock(&["retire", "wind-power", "--yes"])?.sentence(),
        "windsock: there is nothing of project wind-power here to remove"
    );
    Ok(())
}
