//! examples/flight-delay as Preprocess would lay it: no header, the label first, what is excluded left out.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use windsock_jobs::common::hash::Random;

const TRAINING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/flight-delay/training");
/// Places in the example's files.
const DAY_OF: usize = 1;
const FIRST_FEATURE: usize = 2;
/// Places among the features: origin, weekday.
const CATEGORICAL: [usize; 2] = [0, 2];
/// Rows are repeated for scoring until there are so many.
const SCORED_ROWS: usize = 200_000;

struct Rows {
    names: Vec<String>,
    train: Vec<Vec<String>>,
    holdout: Vec<Vec<String>>,
}

/// Every fifth day is held out, so there are so many ways to divide the data.
pub const FOLDS: usize = 5;

fn read(fold: usize) -> Result<Rows> {
    let mut paths = std::fs::read_dir(TRAINING)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    let (mut names, mut records) = (Vec::new(), Vec::new());
    for path in paths {
        let mut reader = csv::Reader::from_path(&path).with_context(|| format!("read {}", path.display()))?;
        names = reader.headers()?.iter().map(String::from).collect();
        for record in reader.records() {
            records.push(record?.iter().map(String::from).collect::<Vec<_>>());
        }
    }
    // Neighbouring hours resemble each other, so whole days are held out.
    let days: BTreeSet<String> = records.iter().map(|record| record[DAY_OF][..10].to_owned()).collect();
    let held: BTreeSet<&String> = days.iter().skip(fold).step_by(FOLDS).collect();
    let (holdout, train) = records
        .into_iter()
        .partition(|record| held.contains(&record[DAY_OF][..10].to_owned()));
    Ok(Rows { names, train, holdout })
}

/// Rows of training, rows held out, and the labels of those.
pub fn lay(folder: &Path, fold: usize) -> Result<(usize, usize, Vec<f64>)> {
    let rows = read(fold)?;
    std::fs::create_dir_all(folder)?;
    for (name, rows) in [("train.csv", &rows.train), ("holdout.csv", &rows.holdout)] {
        let mut file = BufWriter::new(File::create(folder.join(name))?);
        for row in rows {
            write(&mut file, row, None)?;
        }
        file.flush()?;
    }
    let features = rows.names[FIRST_FEATURE..rows.names.len() - 1].iter().enumerate();
    let features: Vec<Value> = features
        .map(|(at, name)| json!({"name": name, "kind": if CATEGORICAL.contains(&at) { "categorical" } else { "numeric" }}))
        .collect();
    let schema = json!({"format": 1, "label": "late", "exclude": [], "features": features, "classes": []});
    std::fs::write(folder.join("schema.json"), schema.to_string())?;
    std::fs::write(folder.join("peer.json"), json!(CATEGORICAL).to_string())?;
    let labels = rows
        .holdout
        .iter()
        .map(|row| row[row.len() - 1].parse())
        .collect::<Result<_, _>>()?;
    Ok((rows.train.len(), rows.holdout.len(), labels))
}

/// With noise of up to one per cent on the numbers that have a fraction.
fn write(to: &mut impl Write, row: &[String], mut noise: Option<&mut Random>) -> Result<()> {
    write!(to, "{}", row[row.len() - 1])?;
    for field in &row[FIRST_FEATURE..row.len() - 1] {
        match (&mut noise, field.parse::<f64>()) {
            (Some(random), Ok(value)) if field.contains('.') => {
                write!(to, ",{:.4}", value * (0.99 + random.below(2_001) as f64 / 100_000.0))?
            }
            _ => write!(to, ",{field}")?,
        }
    }
    Ok(writeln!(to)?)
}

/// The same rows as CSV and as JSON lines, and for the peer with a label before them.
pub fn lay_for_scoring(folder: &Path) -> Result<usize> {
    let rows = read(0)?;
    let mut random = Random::new(2);
    let mut labelled = Vec::new();
    for at in 0..SCORED_ROWS {
        write(&mut labelled, &rows.holdout[at % rows.holdout.len()], Some(&mut random))?;
    }
    let (mut plain, mut json_lines) = (String::new(), String::new());
    for line in std::str::from_utf8(&labelled)?.lines() {
        let (_, features) = line.split_once(',').unwrap_or_default();
        plain.push_str(features);
        plain.push('\n');
        let members = rows.names[FIRST_FEATURE..].iter().zip(features.split(','));
        let members: Map<String, Value> = members.map(|(name, field)| (name.clone(), member(field))).collect();
        json_lines.push_str(&Value::Object(members).to_string());
        json_lines.push('\n');
    }
    std::fs::write(folder.join("score.csv"), &labelled)?;
    std::fs::write(folder.join("request.csv"), plain)?;
    std::fs::write(folder.join("request.jsonlines"), json_lines)?;
    Ok(SCORED_ROWS)
}

fn member(field: &str) -> Value {
    match field.parse::<f64>() {
        Ok(number) => json!(number),
        Err(_) if field.is_empty() => Value::Null,
        Err(_) => json!(field),
    }
}
