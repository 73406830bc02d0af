//! The holdout by the values of the columns that the project names: where a model is worse than its average says.

use std::collections::BTreeMap;

use windsock_decisions::state::Segment;

use crate::learn::context::RowContext;
use crate::learn::metrics::Scored;

/// So many values of one column are listed, those with the most rows.
const VALUES_LISTED_MAX: usize = 20;

/// The segments, and how many values are not among them.
pub fn segments(context: &RowContext, ours: &Scored, theirs: Option<&Scored>) -> (Vec<Segment>, u64) {
    let (mut segments, mut not_listed) = (Vec::new(), 0);
    for (column, values) in &context.segments {
        let mut rows_of: BTreeMap<&str, u64> = BTreeMap::new();
        for value in values {
            *rows_of.entry(value).or_default() += 1;
        }
        let mut largest: Vec<(&str, u64)> = rows_of.into_iter().collect();
        largest.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        not_listed += largest.len().saturating_sub(VALUES_LISTED_MAX) as u64;
        for (value, rows) in largest.into_iter().take(VALUES_LISTED_MAX) {
            let counts: Vec<u32> = values.iter().map(|it| u32::from(it == value)).collect();
            segments.push(Segment {
                column: column.clone(),
                value: value.to_owned(),
                rows,
                metrics: ours.all_of(&counts),
                champion_metrics: theirs.map(|theirs| theirs.all_of(&counts)).unwrap_or_default(),
            });
        }
    }
    (segments, not_listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::predictions::Predictions;
    use crate::learn::task::Task;

    #[test]
    fn each_value_has_its_own_metrics_and_the_rarest_are_counted_only() {
        let labels: Vec<f64> = (0..60).map(|row| f64::from(row % 2)).collect();
        // Always right at LGA, always wrong at JFK.
        let origin = |row: usize| if row < 40 { "LGA" } else { "JFK" };
        let said = labels.iter().enumerate().map(|(row, label)| match origin(row) {
            "LGA" => *label,
            _ => 1.0 - label,
        });
        let scored = Scored::new(Task::Binary, &labels, Predictions::single(said.collect()));
        let context = RowContext {
            blocks: vec![],
            segments: vec![
                ("origin".into(), (0..60).map(|row| origin(row).into()).collect()),
                ("flight".into(), (0..60).map(|row| format!("{:02}", row / 2)).collect()),
            ],
        };
        let (segments, not_listed) = segments(&context, &scored, None);
        let shown: Vec<(&str, u64, f64)> = segments
            .iter()
            .take(2)
            .map(|it| (it.value.as_str(), it.rows, it.metrics["accuracy"]))
            .collect();
        assert_eq!(shown, [("LGA", 40, 1.0), ("JFK", 20, 0.0)]);
        assert_eq!((segments.len(), not_listed), (22, 10));
        assert!(segments[0].champion_metrics.is_empty());
    }
}
