//! `holdout.csv` in Preprocess's report: what is known of the holdout's rows and is not learned from. In the rows' order
//! each one's time block and the values of the project's segments; Preprocess writes it where there is any of them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use windsock_decisions::project::Data;

use crate::common::csv_out::CsvFile;
use crate::common::table::{Header, Table};

fn path(report: &Path) -> PathBuf {
    report.join("holdout.csv")
}

fn has_blocks(data: &Data) -> bool {
    data.split.by.time_column().is_some()
}

pub fn create(report: &Path, data: &Data) -> Result<Option<CsvFile>> {
    match has_blocks(data) || !data.segments.is_empty() {
        true => Ok(Some(CsvFile::create(&path(report))?)),
        false => Ok(None),
    }
}

pub fn write(file: &mut CsvFile, block: Option<i64>, segments: &[&str]) -> Result<()> {
    let block = block.map_or(String::new(), |block| block.to_string());
    file.write(std::iter::once(block.as_str()).chain(segments.iter().copied()))
}

/// What is known of the holdout's rows, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RowContext {
    /// Empty where time does not decide the split.
    pub blocks: Vec<i64>,
    /// For each of the project's segments the rows' values.
    pub segments: Vec<(String, Vec<String>)>,
}

/// Nothing is known when Preprocess had nothing to write, or was of a version that did not.
pub fn read(report: &Path, data: &Data, rows: usize) -> Result<RowContext> {
    let path = path(report);
    if !path.exists() || rows == 0 {
        return Ok(RowContext::default());
    }
    let name = path.display().to_string();
    let mut table = Table::open(&path, Header::Absent).map_err(|problem| problem.about(&name))?;
    let width = data.segments.len() + 1;
    if table.header().len() != width {
        bail!("{name} has {} columns where {width} are right", table.header().len());
    }
    let mut context = RowContext {
        blocks: Vec::new(),
        segments: data.segments.iter().map(|name| (name.clone(), Vec::new())).collect(),
    };
    let mut read = 0;
    while let Some(record) = table.next_record().map_err(|problem| problem.about(&name))? {
        if let (true, Ok(block)) = (has_blocks(data), record[0].parse()) {
            context.blocks.push(block);
        }
        for ((_, values), field) in context.segments.iter_mut().zip(record.iter().skip(1)) {
            values.push(field.to_owned());
        }
        read += 1;
    }
    if read != rows || (has_blocks(data) && context.blocks.len() != rows) {
        bail!("{name} tells of {read} rows where the holdout has {rows}");
    }
    Ok(context)
}
