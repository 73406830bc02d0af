//! Rows in memory, as columns: numbers with NaN for missing, and categories by number.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail};
use windsock_decisions::state::{Column, ColumnKind, Schema};

use crate::common::files;
use crate::common::table::{Header, Table};
use crate::common::values::{self, Number, quoted};

/// Numbers in columns, one after the other; NaN is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    pub values: Vec<f64>,
    pub rows: usize,
    pub columns: usize,
}

impl Matrix {
    pub fn from_columns(columns: Vec<Vec<f64>>, rows: usize) -> Matrix {
        let count = columns.len();
        Matrix {
            values: columns.into_iter().flatten().collect(),
            rows,
            columns: count,
        }
    }

    pub fn column(&self, at: usize) -> &[f64] {
        &self.values[at * self.rows..(at + 1) * self.rows]
    }
}

/// One column as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Numbers(Vec<f64>),
    /// Each value is an index into `names`; an empty field is a category like any other.
    Categories {
        values: Vec<u32>,
        names: Vec<String>,
    },
}

#[derive(Debug, Clone)]
pub struct Frame {
    pub rows: usize,
    pub columns: Vec<(String, Values)>,
}

impl Frame {
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, values)| values)
    }
}

/// Builds a frame record by record.
pub struct FrameBuilder<'s> {
    columns: &'s [Column],
    values: Vec<Values>,
    known: Vec<HashMap<String, u32>>,
    rows: usize,
}

impl<'s> FrameBuilder<'s> {
    pub fn new(columns: &'s [Column]) -> FrameBuilder<'s> {
        let empty = |column: &Column| match column.kind {
            ColumnKind::Numeric => Values::Numbers(Vec::new()),
            ColumnKind::Categorical => Values::Categories {
                values: Vec::new(),
                names: Vec::new(),
            },
        };
        let known = vec![HashMap::new(); columns.len()];
        FrameBuilder {
            columns,
            values: columns.iter().map(empty).collect(),
            known,
            rows: 0,
        }
    }

    /// The reason names the column when a field cannot be read; the frame is then of no further use.
    pub fn push<'a>(&mut self, fields: impl Iterator<Item = &'a str>) -> Result<(), String> {
        let mut count = 0;
        for (at, field) in fields.enumerate() {
            count += 1;
            let Some(column) = self.columns.get(at) else { continue };
            match &mut self.values[at] {
                Values::Numbers(numbers) => numbers.push(numeric(&column.name, field)?),
                Values::Categories { values, names } => {
                    let known = &mut self.known[at];
                    let number = match known.get(field) {
                        Some(number) => *number,
                        None => {
                            let number = names.len() as u32;
                            known.insert(field.to_owned(), number);
                            names.push(field.to_owned());
                            number
                        }
                    };
                    values.push(number);
                }
            }
        }
        if count != self.columns.len() {
            return Err(format!("{count} fields where {} are right", self.columns.len()));
        }
        self.rows += 1;
        Ok(())
    }

    pub fn finish(self) -> Frame {
        let names = self.columns.iter().map(|column| column.name.clone());
        Frame {
            rows: self.rows,
            columns: names.zip(self.values).collect(),
        }
    }
}

fn numeric(column: &str, field: &str) -> Result<f64, String> {
    match values::number(field) {
        Number::Missing => Ok(f64::NAN),
        Number::Finite(value) => Ok(value),
        Number::Infinite => Err(format!("{} is not finite: {}", quoted(column), quoted(field))),
        Number::Text => Err(format!("{} is not a number: {}", quoted(column), quoted(field))),
    }
}

/// Reads what Preprocess wrote: every file below `folder`, without headers, label first. No file at all: no rows.
/// Where the schema has classes, a label is the class's place among them.
pub fn read_labelled(folder: &Path, schema: &Schema) -> Result<(Frame, Vec<f64>)> {
    let mut builder = FrameBuilder::new(&schema.features);
    let mut labels = Vec::new();
    let paths = if folder.is_dir() {
        files::list(folder)?
    } else {
        Vec::new()
    };
    for path in paths {
        let name = path.display().to_string();
        let mut table = Table::open(&path, Header::Absent).map_err(|problem| problem.about(&name))?;
        loop {
            let fault = match table.next_record().map_err(|problem| problem.about(&name))? {
                None => break,
                Some(record) => {
                    let mut fields = record.iter();
                    let label = label(schema, fields.next().unwrap_or_default());
                    label
                        .map(|label| labels.push(label))
                        .and_then(|()| builder.push(fields))
                        .err()
                }
            };
            if let Some(fault) = fault {
                bail!("{name} line {}: {fault}", table.line());
            }
        }
    }
    if labels.iter().any(|label| label.is_nan()) {
        bail!(
            "{} has rows without the label {}",
            folder.display(),
            quoted(&schema.label)
        );
    }
    Ok((builder.finish(), labels))
}

fn label(schema: &Schema, field: &str) -> Result<f64, String> {
    if schema.classes.is_empty() {
        return numeric(&schema.label, field);
    }
    match schema.classes.iter().position(|class| class == field) {
        Some(at) => Ok(at as f64),
        None => Err(format!(
            "{} is a class that the schema does not have: {}",
            quoted(&schema.label),
            quoted(field)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_columns() {
        let columns = [
            Column {
                name: "temp".into(),
                kind: ColumnKind::Numeric,
            },
            Column {
                name: "origin".into(),
                kind: ColumnKind::Categorical,
            },
        ];
        let mut builder = FrameBuilder::new(&columns);
        builder.push(["1.5", "JFK"].into_iter()).unwrap();
        builder.push(["", "LGA"].into_iter()).unwrap();
        builder.push(["2", "JFK"].into_iter()).unwrap();
        assert_eq!(
            builder.push(["warm", "JFK"].into_iter()).unwrap_err(),
            "`temp` is not a number: `warm`"
        );
        let mut builder = FrameBuilder::new(&columns);
        assert_eq!(
            builder.push(["1"].into_iter()).unwrap_err(),
            "1 fields where 2 are right"
        );
        assert_eq!(
            builder.push(["1", "JFK", "x"].into_iter()).unwrap_err(),
            "3 fields where 2 are right"
        );
    }
}
