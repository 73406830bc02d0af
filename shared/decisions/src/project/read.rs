//! From the tree of a project.yaml to a `Project`: the whole, and the data it is about.

use super::names::check_project_name;
use super::problem::{Problems, shown};
use super::schedule::Refusal;
use super::section::{Field, Section};
use super::tree::Node;
use super::*;

const SECTIONS: [&str; 10] = [
    "project",
    "data",
    "training",
    "approval",
    "inference",
    "monitor",
    "drift",
    "compute",
    "letters",
    "expires",
];
/// More columns of segments than this make an evaluation that nobody reads.
const SEGMENTS_MAX: usize = 8;

pub(super) fn project(root: &Node, problems: &mut Problems) -> Project {
    let file = Section::open(root, "", &SECTIONS, problems);
    let name = file.required("project", "name the project, e.g. `project: flight-delay`", problems);
    let name = name
        .and_then(|field| checked(&field, check_project_name, problems))
        .unwrap_or_default();
    let data = data(&file, problems);
    let training = read_training::training(&file, problems);
    let approval = read_objective::approval(&file, &training, problems);
    let monitor = read_serving::monitor(&file, &data, problems);
    Project {
        project: name,
        data,
        training,
        approval,
        inference: read_serving::inference(&file, problems),
        monitor,
        drift: read_serving::drift(&file, problems),
        compute: read_compute::compute(&file, problems),
        letters: read_serving::letters(&file, problems),
        expires: read_serving::expires(&file, problems),
    }
}

/// A text that a check lets through.
pub(super) fn checked(
    field: &Field,
    check: impl Fn(&str) -> Result<(), Refusal>,
    problems: &mut Problems,
) -> Option<String> {
    let text = field.text(problems)?;
    match check(text) {
        Ok(()) => Some(text.to_owned()),
        Err((wrong, right)) => {
            field.refuse(problems, wrong, right);
            None
        }
    }
}

fn data(file: &Section, problems: &mut Problems) -> Data {
    let data = file.child("data", &["format", "label", "exclude", "split", "segments"], problems);
    let formats = [("csv", Format::Csv), ("parquet", Format::Parquet)];
    let format = data
        .field("format")
        .and_then(|field| field.word(&formats, problems))
        .unwrap_or(Format::Csv);
    let label = data.required("label", "name the column to predict, e.g. `label: late`", problems);
    let label_text = label
        .as_ref()
        .and_then(|field| field.text(problems))
        .unwrap_or_default()
        .to_owned();
    let exclude_field = data.field("exclude");
    let exclude = exclude_field
        .as_ref()
        .and_then(|field| field.texts("[flight_id]", problems))
        .unwrap_or_default();
    if let Some(field) = &exclude_field
        && exclude.contains(&label_text)
    {
        let wrong = format!("{} is the label", shown(&label_text));
        field.refuse(problems, wrong, "exclude other columns; the label is never a feature");
    }
    let split = read_split::split(&data, &label_text, problems);
    Data {
        format,
        segments: segments(&data, &label_text, problems),
        label: label_text,
        exclude,
        split,
    }
}

fn segments(data: &Section, label: &str, problems: &mut Problems) -> Vec<String> {
    let Some(field) = data.field("segments") else {
        return Vec::new();
    };
    let segments = field.texts("[origin]", problems).unwrap_or_default();
    if segments.iter().any(|column| column == label) {
        let wrong = format!("{} is the label", shown(label));
        field.refuse(problems, wrong, "name columns that are known before the answer is");
    }
    if segments.len() > SEGMENTS_MAX {
        let wrong = format!("{} columns make segments", segments.len());
        field.refuse(
            problems,
            wrong,
            format!("name at most {SEGMENTS_MAX}, or nobody reads them"),
        );
    }
    segments
}
