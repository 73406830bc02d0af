//! Preprocess: the frozen objects in; train, validation and holdout rows, the monitor's baseline data and a report out.
//!
//! One bad object becomes a rejection, one bad row is counted with its reason; the job fails only when too little is
//! left to learn from. The same objects give the same bytes.

mod classes;
mod columns;
mod output;
mod rows;
mod split;
mod survey;

use anyhow::{Result, bail};
use windsock_decisions::project::{Data, SplitBy};
use windsock_decisions::state::{FORMAT, Manifest, Rejection, Rejections};

use crate::common::objects::{self, Object};
use crate::common::paths::Root;
use crate::common::table::{Table, Unreadable};
use crate::common::{files, values};
use crate::learn::record::{Preprocessed, Rows};
use crate::learn::task::Task;
use output::Outputs;
use rows::Judge;
use split::Side;
use survey::Survey;

pub fn run(root: &Root) -> Result<String> {
    let manifest = objects::read_manifest(&root.processing_input("manifest").join("manifest.json"))?;
    let task = Task::of_metric(&manifest.project.training.objective.metric)?;
    let (objects, mut rejections) = objects::take(&manifest, &root.processing_input("objects"))?;
    let surveyed = survey_all(objects, &manifest, task, &mut rejections)?;
    let data = &manifest.project.data;
    let agreed = columns::agree(surveyed, data, &mut rejections);
    let agreed = columns::of_one_kind(agreed, data, task, &mut rejections);
    if agreed.is_empty() {
        bail!("{}", nothing_left(&rejections));
    }
    let schema = columns::schema(&agreed, &manifest.project.data, task)?;

    let mut judge = Judge::new(&manifest, &schema, task);
    let mut outputs = Outputs::create(root, &schema, &manifest.project.data)?;
    for survey in &agreed {
        split_object(&survey.object, &manifest.project.data, &mut judge, &mut outputs)?;
    }
    let rows = outputs.rows();
    enough(&rows, &judge, &manifest)?;
    outputs.finish()?;

    rejections.sort_by(|one, other| (&one.key, &one.etag).cmp(&(&other.key, &other.etag)));
    let used = rows.train + rows.validation + rows.holdout;
    let report = Rejections {
        format: FORMAT,
        rejections,
        rows_quarantined: judge.quarantined(),
        rows_used: used,
    };
    let run = Preprocessed {
        format: FORMAT,
        slot: manifest.slot.clone(),
        project: manifest.project.project.clone(),
        split: manifest.project.data.split.clone(),
        learned_from: agreed.iter().map(|survey| survey.object.arrival.clone()).collect(),
        rows,
        jobs_version: env!("CARGO_PKG_VERSION").into(),
    };
    let folder = root.processing_output("report");
    files::write_json(&folder.join("schema.json"), &schema)?;
    files::write_json(&folder.join("rejections.json"), &report)?;
    files::write_json(&folder.join("run.json"), &run)?;
    Ok(summary(&run, &report))
}

/// Reads every object once, so that an object with one broken line gives no rows at all.
fn survey_all(
    objects: Vec<Object>,
    manifest: &Manifest,
    task: Task,
    rejections: &mut Vec<Rejection>,
) -> Result<Vec<Survey>> {
    let mut surveyed = Vec::new();
    for object in objects {
        match survey::survey(&object, &manifest.project.data, task) {
            Ok(survey) => surveyed.push(survey),
            Err(Unreadable::Refused(reason)) => rejections.push(objects::rejection(&object.arrival, reason)),
            Err(broken) => return Err(broken.about(&object.arrival.key)),
        }
    }
    Ok(surveyed)
}

fn split_object(object: &Object, data: &Data, judge: &mut Judge, outputs: &mut Outputs) -> Result<()> {
    let about = |problem: Unreadable| problem.about(&object.arrival.key);
    let mut table = Table::open_as(data.format, &object.path).map_err(about)?;
    judge.face(table.header());
    while let Some(record) = table.next_record().map_err(about)? {
        if let Some(row) = judge.judge(record) {
            outputs.write(&row)?;
        }
    }
    Ok(())
}

fn nothing_left(rejections: &[Rejection]) -> String {
    match rejections {
        [] => "The manifest lists no objects, so there is nothing to learn from".into(),
        [first, ..] => format!(
            "Nothing is left to learn from: all {} objects were rejected, {} because it {}",
            rejections.len(),
            values::quoted(&first.key),
            first.reason
        ),
    }
}

/// A model needs rows to learn from, and rows to be judged by.
fn enough(rows: &Rows, judge: &Judge, manifest: &Manifest) -> Result<()> {
    let split = &manifest.project.data.split;
    let used = rows.train + rows.validation + rows.holdout;
    if used == 0 {
        let reasons = judge.quarantined();
        let reason = reasons
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or("", |(reason, _)| reason);
        bail!("Nothing is left to learn from: no row can be used, mostly because {reason}");
    }
    let learned = 1.0 - split.holdout - split.validation;
    let (kept, held_out) = match &split.by {
        SplitBy::Time {
            holdout_from,
            holdout_until,
            ..
        } => {
            let until = holdout_until.map_or(String::new(), |until| format!(" until {until}"));
            let held_out = format!("what happened from {holdout_from} on{until}");
            (format!("share {learned:.2} of all but {held_out}"), held_out)
        }
        SplitBy::Content | SplitBy::TimeBlock { .. } => {
            (format!("share {learned:.2}"), format!("share {:.2}", split.holdout))
        }
    };
    for (side, part, count) in [(Side::Train, kept, rows.train), (Side::Holdout, held_out, rows.holdout)] {
        if count == 0 {
            bail!(
                "{used} usable rows are too few: the split ({part}) left none for {}; deliver more rows or change \
                 data.split",
                side.name()
            );
        }
    }
    Ok(())
}

fn summary(run: &Preprocessed, report: &Rejections) -> String {
    let quarantined: u64 = report.rows_quarantined.values().sum();
    format!(
        "{} objects give {} rows to train, {} to validate, {} to hold out; {} objects rejected, {quarantined} rows \
         quarantined",
        run.learned_from.len(),
        run.rows.train,
        run.rows.validation,
        run.rows.holdout,
        report.rejections.len()
    )
}
