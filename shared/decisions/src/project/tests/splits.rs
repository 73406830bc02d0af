//! How rows are split: what may stand under `data.split`, and what it means.

use super::*;

fn data(split: &str) -> String {
    format!("project: tides\ndata:\n  label: late\n  split: {split}\n")
}

fn read(split: &str) -> Split {
    let project = Project::from_yaml(&data(split)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let again: Project = serde_json::from_str(&serde_json::to_string(&project).unwrap()).unwrap();
    assert_eq!(project, again, "a manifest keeps it");
    project.data.split
}

#[test]
fn a_split_by_time_holds_out_from_a_moment_on() {
    let split = read("{ by: time, column: at, block: 1d, holdout_from: 2013-11-01, validation: 0.2 }");
    assert_eq!((split.holdout, split.validation), (0.0, 0.2));
    let by = |holdout_from: &str, holdout_until: Option<&str>| SplitBy::Time {
        column: "at".into(),
        block_s: 86_400,
        holdout_from: holdout_from.parse().unwrap(),
        holdout_until: holdout_until.map(|until| until.parse().unwrap()),
    };
    assert_eq!(split.by, by("2013-11-01T00:00:00Z", None));
    let between = "holdout_from: 2013-11-01 06:30:00, holdout_until: 2013-12-01T00:00:00-05:00";
    assert_eq!(
        read(&format!("{{ by: time, column: at, block: 1d, {between} }}")).by,
        by("2013-11-01T06:30:00Z", Some("2013-12-01T05:00:00Z"))
    );
    let project = Project::from_yaml(&data("{ by: time, column: at, holdout_from: 2013-11-01 }")).unwrap();
    let unknown = project.check_columns(&["late".into(), "art".into()]);
    assert_eq!(
        unknown[0].to_string(),
        "data.split.column: the data has no column `at`; did you mean `art`?"
    );
}

#[test]
fn what_cannot_be_a_split_is_told_with_its_line() {
    check(
        &data("{ by: time, column: at }"),
        expect![[r#"
        line 4: data.split.holdout_from: this key is missing; name the first moment that is held out, e.g. `holdout_from: 2013-11-01`
    "#]],
    );
    check(
        &data("{ by: time, column: late, holdout_from: november, holdout: 0.2 }"),
        expect![[r#"
            line 4: data.split.holdout_from: `november` is no time; write a day as 2013-11-01, or a time as 2013-11-01 17:00:00 (in UTC) or 2013-11-01T17:00:00-05:00
            line 4: data.split.column: `late` is the label; name the column that holds the time
            line 4: data.split.holdout: a split by time holds out what holdout_from says, and no share; remove it
        "#]],
    );
    check(
        &data("{ by: time, holdout_from: 2013-11-31, holdout_until: 1383264000 }"),
        expect![[r#"
            line 4: data.split.holdout_from: `2013-11-31` is no time; write a day as 2013-11-01, or a time as 2013-11-01 17:00:00 (in UTC) or 2013-11-01T17:00:00-05:00
            line 4: data.split.holdout_until: `1383264000` is no time; write a day as 2013-11-01, or a time as 2013-11-01 17:00:00 (in UTC) or 2013-11-01T17:00:00-05:00
        "#]],
    );
    check(
        &data("{ by: time, holdout_from: 2013-11-01, holdout_until: 2013-11-01 00:00:00 }"),
        expect![[r#"
            line 4: data.split.holdout_until: this is not after holdout_from, so that nothing would be held out; write a later time, or remove it to hold out all that comes
        "#]],
    );
    check(
        &data("{ by: time-block, holdout_from: 2013-11-01 }"),
        expect![[r#"
        line 4: data.split.holdout_from: this belongs to a split by time; add `by: time` or remove it
    "#]],
    );
    check(
        &data("{ holdout_until: 2013-11-01, column: at }"),
        expect![[r#"
        line 4: data.split.column: this belongs to a split by time or time-block; add `by: time-block` or remove it
        line 4: data.split.holdout_until: this belongs to a split by time; add `by: time` or remove it
    "#]],
    );
    check(
        &data("{ by: tiem, holdout_form: 2013-11-01 }"),
        expect![[r#"
        line 4: data.split.holdout_form: there is no key `holdout_form`; did you mean `holdout_from`?
        line 4: data.split.by: `tiem` is not a choice here; did you mean `time`?
    "#]],
    );
}
