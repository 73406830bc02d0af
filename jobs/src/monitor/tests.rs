//! The monitor as a whole, on small data whose expectations were worked out by hand.

use expect_test::expect;
use windsock_decisions::state::Verdict;

use super::*;

fn table(header: &str, rows: &[String]) -> Profile {
    profile_with(header, rows, None)
}

fn profile_with(header: &str, rows: &[String], baseline: Option<&Baseline>) -> Profile {
    let names: Vec<String> = header.split(',').map(String::from).collect();
    let mut profile = empty(&names, baseline);
    for row in rows {
        profile.rows += 1;
        for (column, field) in profile.columns.iter_mut().zip(row.split(',')) {
            column.add(field);
        }
    }
    profile
}

fn baseline(profile: &Profile) -> Baseline {
    // Through their texts, as they come from the files.
    let again = |value: serde_json::Value| value.to_string();
    let statistics = again(serde_json::to_value(statistics::describe(profile)).unwrap());
    let constraints = again(serde_json::to_value(constraints::suggest(profile)).unwrap());
    Baseline {
        statistics: Some(serde_json::from_str(&statistics).unwrap()),
        constraints: serde_json::from_str(&constraints).unwrap(),
    }
}

fn settings(text: &str) -> Settings {
    serde_json::from_str(text).unwrap()
}

fn compare(header: &str, before: &[String], after: &[String], with: &str) -> (DriftReport, Vec<documents::Violation>) {
    let baseline = baseline(&table(header, before));
    let profile = profile_with(header, after, Some(&baseline));
    let checked = check(&profile, &baseline, &settings(with));
    (checked.compared.unwrap().report, checked.violations)
}

fn rows(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

#[test]
fn the_files_have_model_monitors_shapes() {
    let profile = table("t,n,s", &["1.5,1,a", "2.5,-3,b", "3.5,,a", "4.5,4,a"].map(String::from));
    let statistics = serde_json::to_value(statistics::describe(&profile)).unwrap();
    let written = serde_json::to_value(statistics::Described(&profile)).unwrap();
    assert_eq!(written.to_string(), statistics.to_string());
    let t = &statistics["features"][0];
    assert_eq!(statistics["version"].to_string(), "0.0");
    assert_eq!(statistics["dataset"]["item_count"], 4);
    assert_eq!(t["inferred_type"], "Fractional");
    let numbers = &t["numerical_statistics"];
    assert_eq!((&numbers["mean"], &numbers["sum"]), (&3.0.into(), &12.0.into()));
    assert_eq!(numbers["std_dev"].as_f64().unwrap(), 1.25f64.sqrt());
    let kll = &numbers["distribution"]["kll"];
    assert_eq!(kll["buckets"].as_array().unwrap().len(), 10);
    assert_eq!(
        kll["buckets"][9].to_string(),
        r#"{"lower_bound":4.2,"upper_bound":4.5,"count":1.0}"#
    );
    assert_eq!(
        kll["sketch"].to_string(),
        r#"{"parameters":{"c":0.64,"k":2048.0},"data":[[1.5,2.5,3.5,4.5]]}"#
    );
    expect![[r#"{"common":{"num_present":4,"num_missing":0},"distinct_count":2.0,"completeness":1.0,"distribution":{"categorical":{"buckets":[{"value":"a","count":3},{"value":"b","count":1}]}}}"#]]
        .assert_eq(&statistics["features"][2]["string_statistics"].to_string());
    let constraints = serde_json::to_value(constraints::suggest(&profile)).unwrap();
    expect![[r#"[{"name":"t","inferred_type":"Fractional","completeness":1.0,"num_constraints":{"is_non_negative":true}},{"name":"n","inferred_type":"Integral","completeness":0.75,"num_constraints":{"is_non_negative":false}},{"name":"s","inferred_type":"String","completeness":1.0,"string_constraints":{"domains":["a","b"]}}]"#]]
        .assert_eq(&constraints["features"].to_string());
}

#[test]
fn the_same_distribution_is_no_drift() {
    let data = rows(1_000, |at| format!("{},{}", at % 100, ["x", "y"][at % 2]));
    let (report, violations) = compare("n,s", &data, &data, "{}");
    assert_eq!((report.verdict, report.score), (Verdict::NoDrift, 0.0));
    assert_eq!(violations, []);
}

#[test]
fn a_moved_column_is_drift_and_the_violation_can_be_parsed() {
    let before = rows(1_000, |at| format!("{},k", at % 100));
    let after = rows(1_000, |at| format!("{},k", at % 100 + 50));
    let (report, violations) = compare("n,s", &before, &after, r#"{"method": "simple"}"#);
    assert_eq!((report.verdict, report.score), (Verdict::Drift, 5.0));
    assert_eq!(report.features[0].furthest_at.as_deref(), Some("49"));
    assert_eq!(violations.len(), 1);
    assert_eq!(
        violations[0].description,
        "Baseline drift distance: 0.5 exceeds threshold: 0.1"
    );
    // Robust takes 1.8 * sqrt(2000 / 1000000) off.
    let (report, _) = compare(
        "n,s",
        &before,
        &after,
        r#"{"method": "robust", "columns": {"n": 0.45}}"#,
    );
    assert!((report.features[0].distance - (0.5 - 1.8 * 0.002f64.sqrt())).abs() < 1e-12);
    assert_eq!(report.verdict, Verdict::NoDrift);
}

#[test]
fn sampling_alone_is_no_drift_even_by_the_simple_distance() {
    let before = rows(100, |at| (at % 10).to_string());
    let after = rows(100, |at| (at % 10 + usize::from(at % 10 < 5)).to_string());
    let (report, _) = compare("n", &before, &after, r#"{"method": "simple"}"#);
    let moved = &report.features[0];
    assert!(moved.distance >= moved.threshold && !moved.violated, "{moved:?}");
    assert_eq!((report.verdict, report.score), (Verdict::NoDrift, 0.0));
}

#[test]
fn too_few_rows_is_a_verdict_of_its_own() {
    let (report, violations) = compare(
        "n",
        &rows(1_000, |at| at.to_string()),
        &rows(50, |_| "5000".into()),
        r#"{"min_rows": 100}"#,
    );
    assert_eq!((report.verdict, report.score), (Verdict::TooFewRows, 0.0));
    assert_eq!((report.features[0].violated, violations.len()), (false, 0));
}

#[test]
fn each_broken_constraint_is_named() {
    let before = rows(1_000, |at| format!("{},{},x", at % 10, ["a", "b"][at % 2]));
    let mut after = before.clone();
    after[0] = "0.5,c,".into();
    let (_, violations) = compare("n,s,full", &before, &after, "{}");
    let lines: Vec<String> = violations
        .iter()
        .map(|it| format!("{} {}: {}", it.feature_name, it.constraint_check_type, it.description))
        .collect();
    expect![[r#"
        n data_type_check: Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. Observed: Only 99.9% of data is Integral.
        s categorical_values_check: Unknown categorical values are observed. Expected match: 100.0%. Observed: Only 99.9% of data is in the baseline's domain.
        full completeness_check: Completeness constraint is not met. Expected completeness: 100.0%. Observed: Only 99.9% of data is present."#]]
    .assert_eq(&lines.join("\n"));
}

/// As the managed analyzer wrote it of a share of 0.9964592817400101: printed in the executed notebook
/// sm-model_monitor_introduction of aws/amazon-sagemaker-examples (Apache-2.0).
#[test]
fn an_odd_share_is_told_in_the_analyzers_digits() {
    let before = rows(100, |at| (at % 2).to_string());
    let after = rows(1_977, |at| if at < 7 { "0.5".into() } else { (at % 2).to_string() });
    let (_, violations) = compare("n", &before, &after, "{}");
    assert_eq!(
        violations[0].description,
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. Observed: Only \
         99.64592817400101% of data is Integral."
    );
}

#[test]
fn missing_and_extra_columns_are_named() {
    let baseline = baseline(&table("a,b", &rows(10, |_| "1,2".into())));
    for (header, row, check) in [
        ("a", "1", "missing_column_check"),
        ("a,b,c", "1,2,3", "extra_column_check"),
        ("a,c", "1,2", "missing_column_check"),
    ] {
        let profile = profile_with(header, &rows(10, |_| row.into()), Some(&baseline));
        let violations = super::check(&profile, &baseline, &Settings::default()).violations;
        assert_eq!(violations[0].constraint_check_type, check);
    }
    let profile = profile_with("a,c", &rows(10, |_| "1,2".into()), Some(&baseline));
    let texts: Vec<String> = check::violations(&profile, &baseline, &[])
        .into_iter()
        .map(|it| it.description)
        .collect();
    expect![[r#"
        There are missing columns in current dataset. Number of columns in current dataset: 2, Number of columns in baseline constraints: 2. They are `b`
        There are extra columns in current dataset. Number of columns in current dataset: 2, Number of columns in baseline constraints: 2. They are `c`"#]]
    .assert_eq(&texts.join("\n"));
}

#[test]
fn old_files_are_read() {
    let constraints: Constraints = serde_json::from_str(
        r#"{"features": [{"name": "m", "inferred_type": "String", "completeness": 1.0, "string_constraints":
            {"domains": ["x"], "monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}}],
            "monitoring_config": {"evaluate_constraints": "Enabled", "distribution_constraints":
            {"enable_comparisons": true, "min_domain_mass": 1.0, "comparison_threshold": 1.0, "comparion_method": "Simple"}}}"#,
    )
    .unwrap();
    let statistics = statistics::describe(&table("m", &rows(10, |_| "x".into())));
    let baseline = Baseline {
        statistics: Some(statistics),
        constraints,
    };
    let profile = profile_with("m", &rows(10, |_| "y".into()), Some(&baseline));
    assert_eq!(
        check(&profile, &baseline, &Settings::default()).violations,
        [],
        "the override switches the checks off"
    );
}

#[test]
fn chi_squared_is_an_option_and_more_is_worse() {
    let before = rows(1_000, |at| ["a", "b"][at % 2].into());
    let after = rows(100, |at| ["a", "b"][usize::from(at % 100 < 36)].into());
    let mut baseline = baseline(&table("s", &before));
    let profile = profile_with("s", &after, Some(&baseline));
    let by_distance = drift::compare(&profile, &baseline, &Settings::default())
        .unwrap()
        .report;
    assert_eq!(
        (by_distance.verdict, by_distance.features[0].method.as_str()),
        (Verdict::NoDrift, "robust")
    );
    let config = baseline.constraints.monitoring_config.as_mut().unwrap();
    let distributions = config.distribution_constraints.as_mut().unwrap();
    distributions.categorical_drift_method = Some("ChiSquared".into());
    distributions.categorical_comparison_threshold = Some(0.01);
    let report = drift::compare(&profile, &baseline, &Settings::default())
        .unwrap()
        .report;
    let feature = &report.features[0];
    // The p-value of 64 to 36 where 50 to 50 is expected is 0.0051.
    assert_eq!(
        (feature.method.as_str(), feature.threshold, feature.violated),
        ("chi-squared", 0.99, true)
    );
    assert!((feature.distance - 0.994_889).abs() < 1e-6, "{feature:?}");
    assert!(
        (report.score - 0.005_111f64.ln() / 0.01f64.ln()).abs() < 1e-4,
        "{}",
        report.score
    );
    assert_eq!(report.verdict, Verdict::Drift);
}

#[test]
fn a_column_whose_values_go_missing_has_moved() {
    let before = rows(1_000, |at| {
        if at % 50 == 0 {
            ",a,id1".into()
        } else {
            format!("{},a,id{at}", at % 100)
        }
    });
    let dead = rows(1_000, |at| if at % 50 == 0 { "3,a,id".into() } else { ",a,id".into() });
    let (report, violations) = compare("sensor,s,id", &before, &dead, r#"{"min_rows": 100}"#);
    let sensor = &report.features[0];
    assert_eq!(
        (sensor.method.as_str(), sensor.furthest_at.as_deref(), sensor.violated),
        ("missing", Some("(missing values)"), true)
    );
    assert!(
        (sensor.distance - (0.96 - 1.8 * 0.002f64.sqrt())).abs() < 1e-12,
        "{sensor:?}"
    );
    assert_eq!((sensor.n, sensor.m, report.verdict), (1_000, 1_000, Verdict::Drift));
    // Model Monitor has a check of its own for it.
    let checks: Vec<&str> = violations.iter().map(|it| it.constraint_check_type.as_str()).collect();
    assert_eq!(checks, ["completeness_check"]);
    // A text of any number of values has nothing else to compare.
    assert_eq!(
        (report.features[2].method.as_str(), report.features[2].violated),
        ("missing", false)
    );

    // What is left has moved as well: missing values stand for the column, and Model Monitor's files say what its values do.
    let both = rows(1_000, |at| if at % 5 == 0 { "900,a,id".into() } else { ",a,id".into() });
    let (report, violations) = compare("sensor,s,id", &before, &both, r#"{"min_rows": 100, "threshold": 0.5}"#);
    assert!(report.features[0].violated, "{:?}", report.features[0]);
    let checks: Vec<&str> = violations.iter().map(|it| it.constraint_check_type.as_str()).collect();
    assert_eq!(checks, ["completeness_check", "baseline_drift_check"]);

    let gone = rows(1_000, |_| ",a,id".into());
    let (report, _) = compare("sensor,s,id", &before, &gone, r#"{"min_rows": 100}"#);
    assert_eq!(
        (report.features[0].method.as_str(), report.verdict),
        ("missing", Verdict::Drift)
    );
    let sparse = rows(1_000, |at| if at % 50 == 0 { at.to_string() } else { String::new() });
    let (report, _) = compare("n", &sparse, &sparse, r#"{"min_rows": 100}"#);
    assert_eq!(report.verdict, Verdict::TooFewRows, "20 values of 1,000 rows");
}

#[test]
fn histograms_stand_beside_the_report_which_stays_what_it_was() {
    let before = rows(100, |at| format!("{},{}", at % 10, ["x", "y"][at % 2]));
    let after = rows(100, |at| format!("{},{}", at % 10 + 5, ["x", "z"][at % 2]));
    let baseline = baseline(&table("n,s", &before));
    let profile = profile_with("n,s", &after, Some(&baseline));
    let report = drift::compare(&profile, &baseline, &settings(r#"{"method": "simple"}"#))
        .unwrap()
        .report;
    let written = serde_json::to_value(histograms::beside(&report, &profile, &baseline)).unwrap();
    assert_eq!(serde_json::from_value::<DriftReport>(written.clone()).unwrap(), report);
    let histogram = |at: usize| written["features"][at]["histogram"].clone();
    assert_eq!(
        histogram(0)[9],
        serde_json::json!({"lower_bound": 8.1, "upper_bound": 9.0, "baseline": 0.1, "current": 0.6})
    );
    assert_eq!(
        histogram(1),
        serde_json::json!([
            {"value": "x", "baseline": 0.5, "current": 0.5},
            {"value": "y", "baseline": 0.5, "current": 0.0},
            {"value": "(other values)", "baseline": 0.0, "current": 0.5},
        ])
    );
}
