//! Matches an arrival's columns with the model's by name, and writes rows in the model's order.

use std::collections::{BTreeMap, HashSet};

use csv::StringRecord;
use windsock_decisions::state::Schema;

use crate::common::values::{self, named, quoted};

/// A row that can be scored.
#[derive(Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub excluded: Vec<&'a str>,
    pub features: Vec<&'a str>,
}

/// Where an object's header has the columns.
#[derive(Debug)]
pub struct Places {
    excluded: Vec<usize>,
    features: Vec<usize>,
}

pub struct Judge<'s> {
    schema: &'s Schema,
    /// Carried round the model into the predictions: the project's columns, which the transform's filter counts.
    exclude: &'s [String],
    quarantined: BTreeMap<String, u64>,
}

impl<'s> Judge<'s> {
    pub fn new(schema: &'s Schema, exclude: &'s [String]) -> Judge<'s> {
        Judge {
            schema,
            exclude,
            quarantined: BTreeMap::new(),
        }
    }

    /// Every feature and every excluded column must be there; the label may be, and nothing else.
    pub fn places(&self, header: &[String]) -> Result<Places, String> {
        let place = |name: &str| header.iter().position(|column| column == name);
        let features = self.schema.features.iter().map(|column| column.name.as_str());
        let wanted: Vec<&str> = self.exclude.iter().map(String::as_str).chain(features).collect();
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| place(name).is_none()).collect();
        let known: HashSet<&str> = wanted.iter().copied().chain([self.schema.label.as_str()]).collect();
        let unexpected: Vec<&str> = header
            .iter()
            .map(String::as_str)
            .filter(|name| !known.contains(name))
            .collect();
        if missing.is_empty() && unexpected.is_empty() {
            let excluded = self.exclude.len();
            let places: Vec<usize> = wanted.iter().filter_map(|name| place(name)).collect();
            return Ok(Places {
                excluded: places[..excluded].to_vec(),
                features: places[excluded..].to_vec(),
            });
        }
        let mut faults = Vec::new();
        if !missing.is_empty() {
            faults.push(format!("{} missing", named(&missing)));
        }
        if !unexpected.is_empty() {
            faults.push(format!("{} unexpected", named(&unexpected)));
        }
        Err(format!(
            "has other columns than the champion was trained on: {}",
            faults.join(", ")
        ))
    }

    pub fn row<'r>(&self, places: &Places, record: &'r StringRecord) -> Result<Row<'r>, String> {
        let raw = |at: &usize| record.get(*at).unwrap_or_default();
        let excluded: Vec<&str> = places.excluded.iter().map(raw).collect();
        for (name, field) in self.exclude.iter().zip(&excluded) {
            if values::breaks_the_line(field) {
                return Err(format!(
                    "{} holds a line break, which a batch transform cannot carry",
                    quoted(name)
                ));
            }
        }
        let fields = self.schema.features.iter().zip(&places.features);
        let features = fields
            .map(|(column, at)| values::usable(column, raw(at)))
            .collect::<Result<_, _>>()?;
        Ok(Row { excluded, features })
    }

    pub fn quarantine(&mut self, reason: String) {
        *self.quarantined.entry(reason).or_default() += 1;
    }

    pub fn into_quarantined(self) -> BTreeMap<String, u64> {
        self.quarantined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windsock_decisions::state::{Column, ColumnKind, FORMAT};

    fn schema() -> Schema {
        let column = |name: &str, kind| Column {
            name: name.into(),
            kind,
        };
        Schema {
            format: FORMAT,
            label: "late".into(),
            exclude: vec!["id".into()],
            features: vec![
                column("temp", ColumnKind::Numeric),
                column("origin", ColumnKind::Categorical),
            ],
            classes: vec![],
        }
    }

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(String::from).collect()
    }

    #[test]
    fn columns_are_matched_by_name_and_put_in_order() {
        let schema = schema();
        let judge = Judge::new(&schema, &schema.exclude);
        for (names, record) in [
            ("id,temp,origin", vec!["7", " 1.5", "JFK"]),
            ("origin,late,temp,id", vec!["JFK", "1", "1.5 ", "7"]),
        ] {
            let places = judge.places(&header(names)).unwrap();
            let record = StringRecord::from(record);
            let row = judge.row(&places, &record).unwrap();
            assert_eq!(
                row,
                Row {
                    excluded: vec!["7"],
                    features: vec!["1.5", "JFK"]
                }
            );
        }
    }

    #[test]
    fn other_columns_are_named() {
        let schema = schema();
        let error = Judge::new(&schema, &schema.exclude)
            .places(&header("temp,origin,wind"))
            .unwrap_err();
        assert_eq!(
            error,
            "has other columns than the champion was trained on: `id` missing, `wind` unexpected"
        );
    }

    #[test]
    fn rows_that_no_model_can_read_say_why() {
        let schema = schema();
        let judge = Judge::new(&schema, &schema.exclude);
        let places = judge.places(&header("id,temp,origin")).unwrap();
        let reason = |fields: [&str; 3]| {
            judge
                .row(&places, &StringRecord::from(fields.to_vec()))
                .err()
                .unwrap_or_default()
        };
        assert_eq!(reason(["7", "NA", ""]), "");
        assert_eq!(reason(["7", "warm", "JFK"]), "`temp` is not a number");
        assert_eq!(reason(["7", "-inf", "JFK"]), "`temp` is not finite");
        assert!(reason(["7", "1", "J\nFK"]).starts_with("`origin` holds a line break"));
        assert!(reason(["7\r", "1", "JFK"]).starts_with("`id` holds a line break"));
    }
}
