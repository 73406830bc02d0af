//! What is learned: metrics of any number of classes, and segments.

use super::*;

fn read(rest: &str) -> Project {
    Project::from_yaml(rest).unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn metrics_of_any_number_of_classes_know_which_way_is_better() {
    for (metric, direction) in [
        ("macro_f1", Direction::Maximize),
        ("multi_accuracy", Direction::Maximize),
        ("multi_logloss", Direction::Minimize),
    ] {
        let project = read(&format!("{SMALL}training: {{ objective: {{ metric: {metric} }} }}\n"));
        assert_eq!(project.training.objective.direction, direction, "{metric}");
    }
    let wrong = format!("{SMALL}approval: {{ automatic: {{ macro_f1: \">= 80\", multi_logloss: \"< 3\" }} }}\n");
    let problems = Project::from_yaml(&wrong).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].wrong, "macro_f1 lies between 0 and 1");
}

#[test]
fn segments_are_columns_known_before_the_answer() {
    let data = |segments: &str| format!("project: p\ndata: {{ label: late, segments: {segments} }}\n");
    let project = read(&data("[origin, carrier]"));
    assert_eq!(project.data.segments, ["origin", "carrier"]);
    let unknown = project.check_columns(&["late".into(), "origin".into(), "carriers".into()]);
    assert_eq!((unknown.len(), unknown[0].key.as_str()), (1, "data.segments"));
    let again: Project = serde_json::from_str(&serde_json::to_string(&project).unwrap()).unwrap();
    assert_eq!(project, again);
    let refused = |segments: &str| Project::from_yaml(&data(segments)).unwrap_err()[0].wrong.clone();
    assert_eq!(refused("[origin, late]"), "`late` is the label");
    assert_eq!(refused("[a, b, c, d, e, f, g, h, i]"), "9 columns make segments");
}
