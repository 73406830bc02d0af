//! Prepare: the frozen list of arrivals to what a batch transform can score: CSV without a header, excluded columns first,
//! then the features in the model's order. Beside it the same rows for the monitor, and a report.

mod names;
mod rows;

use anyhow::{Context, Result, bail};
use windsock_decisions::layout;
use windsock_decisions::project::Format;
use windsock_decisions::state::{
    ChampionVersion, FORMAT, Manifest, Prepared, PreparedInput, Rejection, Rejections, Schema,
};

use crate::common::csv_out::CsvFile;
use crate::common::objects::{self, Object};
use crate::common::paths::Root;
use crate::common::table::{Table, Unreadable};
use crate::common::{files, values};
use rows::Judge;

pub fn run(root: &Root) -> Result<String> {
    let manifest = objects::read_manifest(&root.processing_input("manifest").join("manifest.json"))?;
    let champion = manifest
        .champion
        .as_ref()
        .context("The manifest names no champion, so nothing can score its input")?;
    let schema: Schema = files::read_json(&root.processing_input("champion").join("preprocess/report/schema.json"))?;
    let (objects, mut rejections) = objects::take(&manifest, &root.processing_input("objects"))?;

    let mut features = CsvFile::create(&root.processing_output("features").join("features.csv"))?;
    features.write(schema.features.iter().map(|column| column.name.as_str()))?;
    let mut judge = Judge::new(&schema, &manifest.project.data.exclude);
    let format = manifest.project.data.format;
    let mut inputs = Vec::new();
    for object in &objects {
        // Looked at whole before a row is written: an object is scored or rejected, never half of each.
        match check(object, format, &judge) {
            Ok(()) => inputs.push(write(root, object, format, &mut judge, &mut features)?),
            Err(Unreadable::Refused(reason)) => rejections.push(objects::rejection(&object.arrival, reason)),
            Err(broken) => return Err(broken.about(&object.arrival.key)),
        }
    }
    if inputs.is_empty() {
        bail!("{}", nothing_to_score(&rejections));
    }
    let rows = features.rows() - 1;
    features.finish()?;
    report(root, &manifest, champion, rejections, judge, rows, inputs)
}

fn check(object: &Object, format: Format, judge: &Judge) -> Result<(), Unreadable> {
    let mut table = Table::open_as(format, &object.path)?;
    let places = judge.places(table.header()).map_err(Unreadable::Refused)?;
    let (mut usable, mut reason) = (false, String::new());
    while let Some(record) = table.next_record()? {
        match judge.row(&places, record) {
            Ok(_) => usable = true,
            Err(why) => reason = why,
        }
    }
    match usable {
        true => Ok(()),
        false => Err(Unreadable::Refused(format!("has no row that can be scored: {reason}"))),
    }
}

fn write(
    root: &Root,
    object: &Object,
    format: Format,
    judge: &mut Judge,
    features: &mut CsvFile,
) -> Result<PreparedInput> {
    let about = |problem: Unreadable| problem.about(&object.arrival.key);
    let mut table = Table::open_as(format, &object.path).map_err(about)?;
    let places = judge
        .places(table.header())
        .map_err(|reason| about(Unreadable::Refused(reason)))?;
    let file = names::file_name(&object.arrival.key);
    let mut input = CsvFile::create(&root.processing_output("input").join(&file))?;
    while let Some(record) = table.next_record().map_err(about)? {
        match judge.row(&places, record) {
            Ok(row) => {
                input.write(row.excluded.iter().chain(&row.features).copied())?;
                features.write(row.features.iter().copied())?;
            }
            Err(reason) => judge.quarantine(reason),
        }
    }
    let rows = input.rows();
    input.finish()?;
    Ok(PreparedInput {
        key: object.arrival.key.clone(),
        file,
        rows,
    })
}

fn nothing_to_score(rejections: &[Rejection]) -> String {
    match rejections {
        [] => "The manifest lists no objects, so there is nothing to score".into(),
        [first, ..] => format!(
            "There is nothing to score: all {} objects were rejected, {} because it {}",
            rejections.len(),
            values::quoted(&first.key),
            first.reason
        ),
    }
}

fn report(
    root: &Root,
    manifest: &Manifest,
    champion: &ChampionVersion,
    mut rejections: Vec<Rejection>,
    judge: Judge,
    rows: u64,
    inputs: Vec<PreparedInput>,
) -> Result<String> {
    rejections.sort_by(|one, other| (&one.key, &one.etag).cmp(&(&other.key, &other.etag)));
    let prefix = names::prefix(&champion.model_package_arn, &manifest.project.project)?;
    let prepared = Prepared {
        format: FORMAT,
        model_name: layout::model_name(prefix, &manifest.project.project, champion.version),
        rows,
        files: inputs.len() as u64,
        inputs,
    };
    let quarantined = judge.into_quarantined();
    let said = format!(
        "{} objects give {rows} rows to score; {} objects rejected, {} rows quarantined",
        prepared.files,
        rejections.len(),
        quarantined.values().sum::<u64>()
    );
    let report = Rejections {
        format: FORMAT,
        rejections,
        rows_quarantined: quarantined,
        rows_used: rows,
    };
    let folder = root.processing_output("report");
    files::write_json(&folder.join("rejections.json"), &report)?;
    files::write_json(&folder.join("prepared.json"), &prepared)?;
    Ok(said)
}
