//! A profile and a comparison as a person reads them: plain tables, most important first.

use windsock_decisions::state::{DriftReport, Verdict};

use super::column::ColumnProfile;
use super::{Checked, Profile};
use crate::common::values::quoted;

/// More violations than these are counted, not listed.
const VIOLATIONS_LISTED_MAX: usize = 50;

pub fn profile(profile: &Profile) -> String {
    let mut table = vec![["column", "type", "present", "distinct", "min", "mean", "max"].map(String::from)];
    table.extend(profile.columns.iter().map(described));
    let columns = profile.columns.len();
    format!(
        "{} rows, {columns} columns\n\n{}",
        grouped(profile.rows),
        aligned(&table)
    )
}

fn described(column: &ColumnProfile) -> [String; 7] {
    let kind = column.inferred_type();
    let moments = &column.moments;
    let number = |value: f64| if kind.is_numeric() { short(value) } else { String::new() };
    [
        shown(&column.name),
        format!("{kind:?}"),
        format!("{:.1} %", column.completeness() * 100.0),
        grouped(column.distinct.count()),
        number(moments.min),
        number(moments.mean()),
        number(moments.max),
    ]
}

pub fn check(checked: &Checked) -> String {
    let mut text = match checked.report() {
        Some(report) => distances(report),
        None => "No distances: the baseline has no statistics, so its constraints alone were checked\n".to_owned(),
    };
    text.push_str(&match checked.violations.len() {
        0 => "\nNo constraint is violated\n".to_owned(),
        1 => "\n1 constraint is violated\n".to_owned(),
        count => format!("\n{count} constraints are violated\n"),
    });
    for violation in checked.violations.iter().take(VIOLATIONS_LISTED_MAX) {
        let (name, check) = (shown(&violation.feature_name), &violation.constraint_check_type);
        text.push_str(&format!("  {name}: {check}: {}\n", violation.description));
    }
    text
}

fn distances(report: &DriftReport) -> String {
    let drifted = report.features.iter().filter(|feature| feature.violated).count();
    let compared = report.features.len();
    let mut text = match report.verdict {
        Verdict::Drift => format!("Drift: {drifted} of {compared} columns have moved"),
        Verdict::NoDrift => format!("No drift: none of {compared} columns has moved"),
        Verdict::TooFewRows if report.rows >= report.min_rows => format!(
            "Too few values to say: no column has the {} that are needed",
            grouped(report.min_rows)
        ),
        Verdict::TooFewRows => format!(
            "Too few rows to say: {} where {} are needed",
            grouped(report.rows),
            grouped(report.min_rows)
        ),
    };
    text.push_str(&format!(
        " ({} rows against {})\n\n",
        grouped(report.rows),
        grouped(report.baseline_rows)
    ));
    let mut features: Vec<_> = report.features.iter().collect();
    features.sort_by(|one, other| (other.distance / other.threshold).total_cmp(&(one.distance / one.threshold)));
    let mut table = vec![["column", "distance", "threshold", "method", "furthest at", ""].map(String::from)];
    table.extend(features.into_iter().map(|feature| {
        [
            shown(&feature.feature),
            format!("{:.4}", feature.distance),
            short(feature.threshold),
            feature.method.clone(),
            feature.furthest_at.as_deref().map(shown).unwrap_or_default(),
            if feature.violated {
                "drift".into()
            } else {
                String::new()
            },
        ]
    }));
    text.push_str(&aligned(&table));
    text
}

/// What a file says must not steer a terminal.
fn shown(text: &str) -> String {
    quoted(text).trim_matches('`').to_owned()
}

fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    match rounded.abs() {
        size if size != 0.0 && !(1e-4..1e9).contains(&size) => format!("{rounded:e}"),
        _ => format!("{rounded}"),
    }
}

/// Thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns as wide as their widest cell; the first one to the left, numbers to the right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            0 | 1 if N == 7 || at == 0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_rows_and_too_few_values_are_told_apart() {
        let report = |rows: u64| DriftReport {
            format: 1,
            verdict: Verdict::TooFewRows,
            score: 0.0,
            rows,
            baseline_rows: 9_000,
            min_rows: 1_000,
            features: vec![],
        };
        let told = |rows| distances(&report(rows)).lines().next().unwrap_or_default().to_owned();
        assert_eq!(
            [told(500), told(5_000)],
            [
                "Too few rows to say: 500 where 1,000 are needed (500 rows against 9,000)",
                "Too few values to say: no column has the 1,000 that are needed (5,000 rows against 9,000)"
            ]
        );
    }

    #[test]
    fn numbers_are_short_and_grouped() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        let shorts = [0.0, 0.1 + 0.2, 1_013.26, 123_456.0, 1e12, 1.5e-7, -2.0].map(short);
        assert_eq!(shorts, ["0", "0.3", "1013.3", "123460", "1e12", "1.5e-7", "-2"]);
    }
}
