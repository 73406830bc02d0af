//! project.yaml: what is wrong is told with its line, and what is right survives being stored.

use jiff::Timestamp;
use windsock_decisions::{Project, layout, schedule};
use windsock_events::facts::PipelineKind::{Inference, Training};

use crate::assert_sentence;

pub fn project_yaml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Project::from_yaml(&text) {
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a problem");
            let lines = text.split(crate::LINE_ENDS).count();
            for problem in &problems {
                assert_sentence(&problem.to_string());
                assert!(!problem.wrong.is_empty() && !problem.right.is_empty(), "{problem}");
                assert!(
                    problem.line.is_none_or(|line| (1..=lines).contains(&line)),
                    "{problem}: {lines}"
                );
            }
        }
        Ok(project) => is_sound(&project),
    }
}

fn is_sound(project: &Project) {
    let name = &project.project;
    assert!(layout::is_project_name(name), "{name:?}");
    let stored = serde_json::to_string(project).expect("a project is JSON");
    let again: Project = serde_json::from_str(&stored).expect("what windsock apply stores is read by the functions");
    assert_eq!(&again, project);
    for kind in [Training, Inference] {
        let pipeline = layout::pipeline_name("windsock", name, kind);
        assert_eq!(
            layout::parse_pipeline("windsock", &pipeline),
            Some((name.as_str(), kind))
        );
    }
    let alarm = layout::alarm_name("windsock", name);
    assert_eq!(layout::parse_alarm("windsock", &alarm), Some(name.as_str()));
    let letters = &project.letters;
    for address in letters
        .managers
        .iter()
        .chain(&letters.approvers)
        .chain(&letters.engineers)
    {
        let plain = address.is_ascii() && !address.bytes().any(|b| b.is_ascii_control() || b == b' ');
        assert!(plain && address.matches('@').count() == 1, "{address:?}");
    }
    assert!(project.monitor.threshold.is_finite() && project.monitor.columns.values().all(|it| it.is_finite()));
    if let Some(inference) = &project.inference
        && let Some(expression) = &inference.schedule
    {
        let now: Timestamp = "2013-04-01T06:00:00Z".parse().expect("a time");
        let due = schedule::last_due(expression, &inference.timezone, now);
        assert!(due.is_none_or(|due| due <= now), "{expression} was due at {due:?}");
    }
}
