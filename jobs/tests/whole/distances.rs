//! Distances and p-values beside SciPy's, of the same samples: `tests/distances/expected.json`, which `expected.py` beside it
//! makes, with SciPy's version in it.

use std::path::Path;

use serde_json::{Value, json};
use windsock_jobs::monitor::column::ColumnProfile;
use windsock_jobs::monitor::settings::Settings;
use windsock_jobs::monitor::{Baseline, Profile, constraints, drift, statistics};

use crate::bench::json as read;

fn expected(kind: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/distances/expected.json");
    read::<Value>(&path)[kind].as_array().unwrap().clone()
}

fn profile(fields: &[String], known: Vec<String>) -> Profile {
    let mut column = ColumnProfile::new("x", known);
    fields.iter().for_each(|field| column.add(field));
    Profile {
        rows: fields.len() as u64,
        columns: vec![column],
    }
}

/// Distance of the only column, by the settings.
fn distance(baseline: &[String], current: &[String], settings: Value) -> f64 {
    let known = profile(baseline, vec![]);
    let baseline = Baseline {
        statistics: Some(statistics::describe(&known)),
        constraints: constraints::suggest(&known),
    };
    let known = windsock_jobs::monitor::check::known_categories(&baseline, "x");
    let settings: Settings = serde_json::from_value(settings).unwrap();
    let compared = drift::compare(&profile(current, known), &baseline, &settings).unwrap();
    compared.of_values[0].distance
}

fn close(ours: f64, scipys: f64, case: &Value) {
    assert!(
        (ours - scipys).abs() <= 1e-12,
        "{}: {ours} is not {scipys}",
        case["name"]
    );
}

#[test]
fn numbers_are_as_far_apart_as_scipy_finds_them() {
    let cases = expected("numbers");
    assert!(cases.len() >= 8);
    for case in &cases {
        let side = |name: &str| -> Vec<String> {
            let values = case[name].as_array().unwrap().iter();
            values.map(|value| format!("{:?}", value.as_f64().unwrap())).collect()
        };
        let (baseline, current) = (side("baseline"), side("current"));
        let scipys = case["distance"].as_f64().unwrap();
        close(distance(&baseline, &current, json!({"method": "simple"})), scipys, case);
        // Two-sample Kolmogorov-Smirnov at alpha = 0.003, as Deequ rounds it: what sampling explains is taken off.
        let (n, m) = (baseline.len() as f64, current.len() as f64);
        let robust = (scipys - 1.8 * ((n + m) / (n * m)).sqrt()).max(0.0);
        close(distance(&baseline, &current, json!({"method": "robust"})), robust, case);
    }
}

#[test]
fn categories_are_as_far_apart_as_scipy_finds_them() {
    let cases = expected("categories");
    assert!(cases.len() >= 4);
    for case in &cases {
        let side = |name: &str| -> Vec<String> {
            let counts = case[name].as_object().unwrap().iter();
            let rows = counts.flat_map(|(value, count)| vec![value.clone(); count.as_u64().unwrap() as usize]);
            rows.collect()
        };
        let (baseline, current) = (side("baseline"), side("current"));
        let scipys = case["distance"].as_f64().unwrap();
        close(distance(&baseline, &current, json!({"method": "simple"})), scipys, case);
        let one_less_p = distance(&baseline, &current, json!({"chi_squared": 0.01}));
        close(one_less_p, 1.0 - case["p_value"].as_f64().unwrap(), case);
    }
}
