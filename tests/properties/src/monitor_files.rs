//! Monitor files: whatever a baseline says, the report of a batch holds finite numbers and can be read back.

use serde::{Serialize, de::DeserializeOwned};
use windsock_decisions::{Plan, Project, publish_drift, state::DriftReport};
use windsock_jobs::monitor::{
    Baseline, Profile, check, column::ColumnProfile, constraints, settings::Settings, statistics,
};

use crate::{assert_sentence, parts};

/// statistics.json, constraints.json, the monitor's settings, and a batch of comma-separated values with a header.
pub fn monitor_files(bytes: &[u8]) {
    let [known, constraints, settings, batch] = parts(bytes);
    let known = match serde_json::from_str(&known) {
        Ok(statistics) => Some(statistics),
        Err(error) => {
            assert_sentence(&error.to_string());
            None
        }
    };
    let baseline = Baseline {
        statistics: known,
        constraints: serde_json::from_str(&constraints).unwrap_or_default(),
    };
    let settings: Settings = serde_json::from_str(&settings).unwrap_or_default();
    let profile = profile(&batch, &baseline);
    reads_back(&statistics::describe(&profile));
    reads_back(&constraints::suggest(&profile));
    let checked = check(&profile, &baseline, &settings);
    if let Some(report) = checked.report() {
        is_sound(report);
    }
    for violation in checked.violations {
        assert!(!violation.constraint_check_type.is_empty() && !violation.description.is_empty());
    }
}

fn profile(batch: &str, baseline: &Baseline) -> Profile {
    let mut lines = batch.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &&str| ColumnProfile::new(name, check::known_categories(baseline, name));
    let mut profile = Profile {
        rows: 0,
        columns: header.iter().map(column).collect(),
    };
    for line in lines {
        profile.rows += 1;
        for (column, field) in profile.columns.iter_mut().zip(line.split(',')) {
            column.add(field);
        }
    }
    profile
}

/// A baseline that we wrote is a baseline that we read.
fn reads_back<T: Serialize + DeserializeOwned>(document: &T) {
    let written = serde_json::to_string(document).expect("a document is JSON");
    let again = serde_json::from_str::<T>(&written);
    let again = again.unwrap_or_else(|error| panic!("{error}: {written:.2000}"));
    assert_eq!(serde_json::to_string(&again).expect("a document is JSON"), written);
}

fn is_sound(report: &DriftReport) {
    assert!(
        report.score.is_finite() && report.score >= 0.0,
        "score {}",
        report.score
    );
    for feature in &report.features {
        assert!(feature.distance.is_finite(), "{feature:?}");
        assert!(feature.threshold.is_finite(), "{feature:?}");
    }
    let written = serde_json::to_string(report).expect("a report is JSON");
    let again: DriftReport = serde_json::from_str(&written).expect("publish-drift reads what the monitor wrote");
    published_numbers_are_finite(again);
}

fn published_numbers_are_finite(report: DriftReport) {
    let yaml = "project: demo\ndata: { label: late }\ndrift: { feature_metrics: true }\n";
    let plan = publish_drift::decide(&publish_drift::Observed {
        project: Project::from_yaml(yaml).ok(),
        slot: "slot".into(),
        report: Some(report),
        published: false,
    });
    let Plan::Act(actions) = plan else { panic!("{plan:?}") };
    for publish_drift::Action::Publish { metrics, .. } in actions {
        for metric in metrics {
            assert!(metric.value.is_finite() && metric.value.abs() <= 1e15, "{metric:?}");
            let name = metric.feature.unwrap_or_else(|| "x".into());
            let plain = name.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
            assert!(plain && (1..=255).contains(&name.len()), "{name:?}");
        }
    }
}
