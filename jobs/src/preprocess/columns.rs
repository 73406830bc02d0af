//! Which columns the objects agree on, and the schema that follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, bail};
use windsock_decisions::project::Data;
use windsock_decisions::state::{Column, ColumnKind, FORMAT, Rejection, Schema};

use super::classes::Labels;
use super::survey::{Survey, Tally};
use crate::common::objects;
use crate::common::values::{named, quoted};
use crate::learn::task::Task;

/// A column is numeric when at least this share of its values are numbers; the rows with the others are quarantined.
/// One mistyped cell among thousands must not turn a measurement into categories.
const NUMBERS_SHARE_MIN: f64 = 0.95;

/// Keeps the objects with the columns that most objects have (on a tie: the first in key order), and rejects the rest:
/// so one file of another shape is never taken for the rule, wherever it sorts. The order of columns does not matter.
pub fn agree(surveyed: Vec<Survey>, data: &Data, rejections: &mut Vec<Rejection>) -> Vec<Survey> {
    let mut votes: BTreeMap<BTreeSet<String>, (usize, usize)> = BTreeMap::new();
    for (at, survey) in surveyed.iter().enumerate() {
        votes.entry(columns_learned_from(survey, data)).or_insert((0, at)).0 += 1;
    }
    let best = votes
        .iter()
        .max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
    let Some((chosen, _)) = best.map(|(columns, votes)| (columns.clone(), votes)) else {
        return Vec::new();
    };
    let mut agreed = Vec::new();
    for survey in surveyed {
        match difference(&columns_learned_from(&survey, data), &chosen) {
            None => agreed.push(survey),
            Some(reason) => rejections.push(objects::rejection(&survey.object.arrival, reason)),
        }
    }
    agreed
}

/// Rejects the objects of which a column holds next to no value of the kind that it holds in all others: left in, such a
/// one would turn a measurement into categories, or end the run at its label. Which of two halves is wrong is not for a
/// program to say: then the pooled values decide.
pub fn of_one_kind(agreed: Vec<Survey>, data: &Data, task: Task, rejections: &mut Vec<Rejection>) -> Vec<Survey> {
    let totals = totals(&agreed);
    let mut kept = Vec::new();
    for survey in agreed {
        let learned_from = survey.header.iter().filter(|name| !data.exclude.contains(name));
        let wrong = learned_from.filter_map(|name| {
            let (own, total) = (survey.tally(name)?, totals.get(name)?);
            let wanted = Wanted::of(name, data, task)?;
            wanted
                .is_missed_by(own, &total.without(own))
                .then(|| wanted.missed(name))
        });
        match wrong.min() {
            None => kept.push(survey),
            Some(reason) => rejections.push(objects::rejection(&survey.object.arrival, reason)),
        }
    }
    kept
}

/// What a column's values may be asked to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Numbers,
    ZerosAndOnes,
}

impl Wanted {
    /// Nothing is asked of a label that may be any class.
    fn of(column: &str, data: &Data, task: Task) -> Option<Wanted> {
        match (column == data.label, task) {
            (true, Task::Multiclass) => None,
            (true, Task::Binary) => Some(Wanted::ZerosAndOnes),
            (true, Task::Regression) | (false, _) => Some(Wanted::Numbers),
        }
    }

    fn share(self, tally: &Tally) -> Option<f64> {
        let usable = match self {
            Wanted::Numbers => tally.numbers,
            Wanted::ZerosAndOnes => tally.zeros_and_ones,
        };
        (tally.values() > 0).then(|| usable as f64 / tally.values() as f64)
    }

    fn is_missed_by(self, own: &Tally, others: &Tally) -> bool {
        let missed = self.share(own).is_some_and(|share| share <= 1.0 - NUMBERS_SHARE_MIN);
        missed && self.share(others).is_some_and(|share| share >= NUMBERS_SHARE_MIN)
    }

    fn missed(self, column: &str) -> String {
        match self {
            Wanted::Numbers => format!("has no numbers in {}, where the rest has them", quoted(column)),
            Wanted::ZerosAndOnes => {
                format!(
                    "has labels in {} that are not 0 or 1, as they are in the rest",
                    quoted(column)
                )
            }
        }
    }
}

fn totals(surveyed: &[Survey]) -> HashMap<String, Tally> {
    let mut totals: HashMap<String, Tally> = HashMap::new();
    for survey in surveyed {
        for (name, tally) in survey.header.iter().zip(&survey.tallies) {
            totals.entry(name.clone()).or_default().add(tally);
        }
    }
    totals
}

/// Excluded columns are carried through at inference; here they may be absent.
fn columns_learned_from(survey: &Survey, data: &Data) -> BTreeSet<String> {
    survey
        .header
        .iter()
        .filter(|name| !data.exclude.contains(name))
        .cloned()
        .collect()
}

fn difference(columns: &BTreeSet<String>, chosen: &BTreeSet<String>) -> Option<String> {
    let missing: Vec<&str> = chosen.difference(columns).map(String::as_str).collect();
    let unexpected: Vec<&str> = columns.difference(chosen).map(String::as_str).collect();
    match (missing.is_empty(), unexpected.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("has other columns than the rest: {} missing", named(&missing))),
        (true, false) => Some(format!(
            "has other columns than the rest: {} unexpected",
            named(&unexpected)
        )),
        (false, false) => Some(format!(
            "has other columns than the rest: {} missing, {} unexpected",
            named(&missing),
            named(&unexpected)
        )),
    }
}

/// Features in the order of the first object's header.
pub fn schema(agreed: &[Survey], data: &Data, task: Task) -> Result<Schema> {
    let totals = totals(agreed);
    let total = |column: &str| totals.get(column).cloned().unwrap_or_default();
    let mut labels = Labels::default();
    agreed.iter().for_each(|survey| labels.add(&survey.labels));
    let classes = learnable(&data.label, &total(&data.label), &labels, task)?;
    let names = agreed
        .first()
        .map(|survey| survey.header.as_slice())
        .unwrap_or_default();
    let features: Vec<Column> = names
        .iter()
        .filter(|name| **name != data.label && !data.exclude.contains(name))
        .map(|name| Column {
            name: name.clone(),
            kind: kind(&total(name)),
        })
        .collect();
    if features.is_empty() {
        bail!(
            "There is no column to learn from besides the label {} and the excluded ones",
            quoted(&data.label)
        );
    }
    Ok(Schema {
        format: FORMAT,
        label: data.label.clone(),
        exclude: data.exclude.clone(),
        features,
        classes,
    })
}

fn kind(tally: &Tally) -> ColumnKind {
    let values = tally.values() as f64;
    match tally.numbers as f64 >= NUMBERS_SHARE_MIN * values {
        true => ColumnKind::Numeric,
        false => ColumnKind::Categorical,
    }
}

/// Single odd labels are quarantined; a label of another kind altogether stops the run. The classes, where there may be
/// any number of them.
fn learnable(label: &str, tally: &Tally, labels: &Labels, task: Task) -> Result<Vec<String>> {
    let values = tally.values();
    let (usable, wanted, otherwise) = match task {
        Task::Multiclass => return labels.classes(label),
        Task::Binary => (
            tally.zeros_and_ones,
            "0 or 1",
            "multi_logloss, multi_accuracy or macro_f1 for more classes, rmse or mae for a number",
        ),
        Task::Regression => (
            tally.numbers,
            "a number",
            "multi_logloss, multi_accuracy or macro_f1 for classes",
        ),
    };
    if (usable as f64) < NUMBERS_SHARE_MIN * values as f64 {
        bail!(
            "The label {} must be {wanted}, because the objective asks for {}: {} of {values} values are not. Choose \
             another label, or the metric {otherwise}",
            quoted(label),
            task.question(),
            values - usable
        );
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(numbers: u64, texts: u64, zeros_and_ones: u64) -> Tally {
        Tally {
            numbers,
            texts,
            zeros_and_ones,
        }
    }

    #[test]
    fn a_few_texts_do_not_make_categories() {
        assert_eq!(kind(&tally(0, 0, 0)), ColumnKind::Numeric);
        assert_eq!(kind(&tally(99, 1, 0)), ColumnKind::Numeric);
        assert_eq!(kind(&tally(90, 10, 0)), ColumnKind::Categorical);
    }

    fn learnable(label: &str, tally: &Tally, task: Task) -> Result<Vec<String>> {
        super::learnable(label, tally, &Labels::default(), task)
    }

    #[test]
    fn three_classes_are_refused_and_a_stray_label_is_not() {
        assert!(learnable("late", &tally(100, 0, 98), Task::Binary).is_ok());
        let refused = learnable("late", &tally(99, 1, 66), Task::Binary)
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "The label `late` must be 0 or 1, because the objective asks for one of two classes: 34 of 100 values are \
             not. Choose another label, or the metric multi_logloss, multi_accuracy or macro_f1 for more classes, rmse \
             or mae for a number"
        );
        assert!(learnable("delay", &tally(100, 0, 3), Task::Regression).is_ok());
    }

    #[test]
    fn a_kind_is_missed_when_only_this_object_misses_it() {
        let numbers = |own: &Tally, others: &Tally| Wanted::Numbers.is_missed_by(own, others);
        assert!(numbers(&tally(5, 95, 0), &tally(95, 5, 0)));
        assert!(
            !numbers(&tally(6, 94, 0), &tally(95, 5, 0)),
            "mixed, so its texts are quarantined"
        );
        assert!(
            !numbers(&tally(0, 100, 0), &tally(94, 6, 0)),
            "the others are mixed, too"
        );
        assert!(!numbers(&tally(0, 0, 0), &tally(100, 0, 0)), "nothing is known of it");
        assert!(
            !numbers(&tally(0, 100, 0), &tally(0, 0, 0)),
            "nothing is known of the others"
        );
        assert!(Wanted::ZerosAndOnes.is_missed_by(&tally(100, 0, 0), &tally(100, 0, 100)));
    }

    #[test]
    fn differences_are_named() {
        let set = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
        assert_eq!(difference(&set(&["a", "b"]), &set(&["b", "a"])), None);
        assert_eq!(
            difference(&set(&["a", "c"]), &set(&["a", "b"])).unwrap(),
            "has other columns than the rest: `b` missing, `c` unexpected"
        );
    }
}
