//! Judges rows: on which side of the split one falls and how it is written, or why it cannot be used.

use std::collections::BTreeMap;

use csv::StringRecord;
use windsock_decisions::project::{Split, instant};
use windsock_decisions::state::{Column, Manifest, Schema};

use super::classes::{CLASS_ROWS_MIN, class};
use super::split::{self, Side};
use crate::common::values::{self, Number, quoted};
use crate::learn::task::Task;

/// A row that can be used.
pub struct Row<'a> {
    pub side: Side,
    pub label: &'a str,
    /// In the schema's order; nothing is written for a missing number.
    pub features: Vec<&'a str>,
    /// Where the split is by time or time block.
    pub block: Option<i64>,
    /// The project's segments; an excluded column that the object does not have is empty.
    pub segments: Vec<&'a str>,
}

pub struct Judge<'m> {
    project: &'m str,
    split: &'m Split,
    task: Task,
    label: &'m str,
    classes: &'m [String],
    segments: &'m [String],
    features: &'m [Column],
    /// Features in the order of their names: what a row's hash goes through.
    by_name: Vec<usize>,
    places: Places,
    quarantined: BTreeMap<String, u64>,
}

/// Where the current object's header has the columns.
#[derive(Default)]
struct Places {
    label: usize,
    /// In the schema's order.
    features: Vec<usize>,
    time: Option<usize>,
    segments: Vec<Option<usize>>,
}

impl<'m> Judge<'m> {
    pub fn new(manifest: &'m Manifest, schema: &'m Schema, task: Task) -> Judge<'m> {
        let mut by_name: Vec<usize> = (0..schema.features.len()).collect();
        by_name.sort_by_key(|at| &schema.features[*at].name);
        Judge {
            project: &manifest.project.project,
            split: &manifest.project.data.split,
            task,
            label: &schema.label,
            classes: &schema.classes,
            segments: &manifest.project.data.segments,
            features: &schema.features,
            by_name,
            places: Places::default(),
            quarantined: BTreeMap::new(),
        }
    }

    /// Turns to an object whose columns were agreed on.
    pub fn face(&mut self, header: &[String]) {
        let place = |name: &str| header.iter().position(|column| column == name);
        self.places = Places {
            label: place(self.label).unwrap_or_default(),
            features: self.features.iter().filter_map(|column| place(&column.name)).collect(),
            time: self.split.by.time_column().and_then(place),
            segments: self.segments.iter().map(|name| place(name)).collect(),
        };
    }

    /// None when the row cannot be used; the reason is counted.
    pub fn judge<'r>(&mut self, record: &'r StringRecord) -> Option<Row<'r>> {
        match self.row(record) {
            Ok(row) => Some(row),
            Err(reason) => {
                *self.quarantined.entry(reason).or_default() += 1;
                None
            }
        }
    }

    fn row<'r>(&self, record: &'r StringRecord) -> Result<Row<'r>, String> {
        let raw = |at: usize| record.get(at).unwrap_or_default();
        let label = usable_label(self.label, raw(self.places.label), self.task, self.classes)?;
        let mut features = Vec::with_capacity(self.features.len());
        for (column, at) in self.features.iter().zip(&self.places.features) {
            features.push(values::usable(column, raw(*at))?);
        }
        let (side, block) = self.side(&raw)?;
        let segments = self.places.segments.iter().map(|at| at.map_or("", raw).trim());
        Ok(Row {
            side,
            label,
            features,
            block,
            segments: segments.collect(),
        })
    }

    /// The side, and the time block that decided it if one did.
    fn side<'r>(&self, raw: &impl Fn(usize) -> &'r str) -> Result<(Side, Option<i64>), String> {
        if let (Some(column), Some(at)) = (self.split.by.time_column(), self.places.time) {
            let time = instant(raw(at)).and_then(|time| split::by_time(self.project, time, self.split));
            let (side, block) =
                time.ok_or_else(|| format!("{} is no time like 2013-01-31 17:00:00", quoted(column)))?;
            return Ok((side, Some(block)));
        }
        let in_order = self.by_name.iter().map(|at| {
            (
                self.features[*at].name.as_str(),
                self.places.features.get(*at).map_or("", |place| raw(*place).trim()),
            )
        });
        Ok((split::by_content(self.project, in_order, self.split), None))
    }

    pub fn quarantined(&self) -> BTreeMap<String, u64> {
        self.quarantined.clone()
    }
}

fn usable_label<'r>(label: &str, field: &'r str, task: Task, classes: &[String]) -> Result<&'r str, String> {
    match (values::number(field), task) {
        (Number::Missing, _) => Err(format!("the label {} is missing", quoted(label))),
        (_, Task::Multiclass) => match class(field).filter(|class| classes.iter().any(|known| known == class)) {
            Some(class) => Ok(class),
            None => Err(format!(
                "the label {} is a class of fewer than {CLASS_ROWS_MIN} rows",
                quoted(label)
            )),
        },
        (Number::Finite(0.0), Task::Binary) => Ok("0"),
        (Number::Finite(1.0), Task::Binary) => Ok("1"),
        (Number::Finite(_), Task::Regression) => Ok(field.trim()),
        (_, Task::Binary) => Err(format!("the label {} is neither 0 nor 1", quoted(label))),
        (_, Task::Regression) => Err(format!("the label {} is not a finite number", quoted(label))),
    }
}
