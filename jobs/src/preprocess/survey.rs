//! The first reading of an object: is it whole, which columns has it, and what kind of values do they hold?

use windsock_decisions::project::Data;

use super::classes::Labels;
use crate::common::objects::Object;
use crate::common::table::{Table, Unreadable};
use crate::common::values::{self, Number, quoted};
use crate::learn::task::Task;

/// What one column of one object holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Numbers, the infinite ones included.
    pub numbers: u64,
    pub texts: u64,
    /// Numbers that are 0 or 1.
    pub zeros_and_ones: u64,
}

impl Tally {
    fn count(&mut self, field: &str) {
        match values::number(field) {
            Number::Missing => {}
            Number::Finite(value) => {
                self.numbers += 1;
                self.zeros_and_ones += u64::from(value == 0.0 || value == 1.0);
            }
            Number::Infinite => self.numbers += 1,
            Number::Text => self.texts += 1,
        }
    }

    pub fn add(&mut self, other: &Tally) {
        self.numbers += other.numbers;
        self.texts += other.texts;
        self.zeros_and_ones += other.zeros_and_ones;
    }

    /// What is left without another that was added.
    pub fn without(&self, other: &Tally) -> Tally {
        Tally {
            numbers: self.numbers - other.numbers,
            texts: self.texts - other.texts,
            zeros_and_ones: self.zeros_and_ones - other.zeros_and_ones,
        }
    }

    pub fn values(&self) -> u64 {
        self.numbers + self.texts
    }
}

#[derive(Debug)]
pub struct Survey {
    pub object: Object,
    pub header: Vec<String>,
    /// In the header's order.
    pub tallies: Vec<Tally>,
    /// Counted where there may be any number of classes.
    pub labels: Labels,
}

impl Survey {
    pub fn tally(&self, column: &str) -> Option<&Tally> {
        self.header
            .iter()
            .position(|name| name == column)
            .and_then(|at| self.tallies.get(at))
    }
}

pub fn survey(object: &Object, data: &Data, task: Task) -> Result<Survey, Unreadable> {
    let mut table = Table::open_as(data.format, &object.path)?;
    let header = table.header().to_vec();
    for (column, what) in needed(data) {
        if !header.iter().any(|name| name == column) {
            return Err(Unreadable::Refused(format!("has no column {}, {what}", quoted(column))));
        }
    }
    let mut tallies = vec![Tally::default(); header.len()];
    let mut labels = Labels::default();
    let label = header.iter().position(|name| *name == data.label);
    while let Some(record) = table.next_record()? {
        if let (Task::Multiclass, Some(at)) = (task, label) {
            labels.count(record.get(at).unwrap_or_default());
        }
        for (tally, field) in tallies.iter_mut().zip(record) {
            tally.count(field);
        }
    }
    Ok(Survey {
        object: object.clone(),
        header,
        tallies,
        labels,
    })
}

/// The columns without which no row can be used.
fn needed(data: &Data) -> Vec<(&str, &'static str)> {
    let mut needed = vec![(data.label.as_str(), "the label")];
    if let Some(column) = data.split.by.time_column() {
        needed.push((column, "whose time decides the split"));
    }
    needed
}
