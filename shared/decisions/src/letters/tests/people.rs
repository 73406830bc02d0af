//! Who gets a letter, and when two letters are the same.

use super::failures::failed;
use super::*;

fn readers(letters: &str, write: impl Fn(Context) -> Vec<Letter>) -> Vec<&'static str> {
    let yaml = format!("project: flight-delay\ndata: {{ label: late }}\nletters: {letters}\n");
    let (project, place) = (Project::from_yaml(&yaml).unwrap(), place());
    write(Context {
        project: &project,
        place: &place,
    })
    .iter()
    .map(|letter| letter.audience.name())
    .collect()
}

#[test]
fn nobody_is_written_to_twice_about_one_fact() {
    let write = |context: Context| context.run_failed(&failed());
    let both = "{ managers: [m@example.com], engineers: [e@example.com] }";
    assert_eq!(readers(both, write), ["engineers", "managers"]);
    let same = "{ managers: [e@example.com], engineers: [e@example.com] }";
    assert_eq!(readers(same, write), ["engineers"]);
    assert_eq!(readers("{ managers: [m@example.com] }", write), ["managers"]);
    assert!(readers("{}", write).is_empty());
}

#[test]
fn without_approvers_the_managers_hear_that_somebody_must_decide() {
    let write = |context: Context| {
        context.approval_reminder(&ApprovalReminder {
            version: 1,
            waiting_h: 24,
            champion: None,
        })
    };
    assert_eq!(readers("{ managers: [m@example.com] }", write), ["managers"]);
    assert_eq!(
        readers("{ managers: [m@example.com], approvers: [a@example.com] }", write),
        ["approvers"]
    );
}

#[test]
fn the_same_fact_has_the_same_subject_and_another_fact_another() {
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let first = context.run_failed(&failed());
    let again = context.run_failed(&RunFailed {
        step: None,
        reason: None,
        ..failed()
    });
    assert_eq!(first[0].subject, again[0].subject);
    assert_eq!(first[0].marker(), again[0].marker());
    assert_ne!(first[0].marker(), first[1].marker());
    let other = context.run_failed(&RunFailed {
        execution_arn: "other".into(),
        ..failed()
    });
    assert_ne!(first[0].fact_id, other[0].fact_id);
}

#[test]
fn a_repeat_says_that_it_is_one_and_keeps_its_subject() {
    let (project, place) = (project(), place());
    let letter = Context {
        project: &project,
        place: &place,
    }
    .run_failed(&failed())
    .remove(0);
    let repeat = repeat(&letter);
    assert_eq!(repeat.subject, letter.subject);
    assert!(repeat.body.starts_with("(possible repeat"));
    assert!(repeat.body.ends_with(&letter.body));
}
