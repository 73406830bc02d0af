//! Every sample under `events/` reads, as an event that its function waits for.

use std::path::{Path, PathBuf};

use serde_json::Value;
use windsock_events::Event;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The events of a sample: itself, or the bodies of a queue's batch.
fn read(path: &Path) -> Vec<Result<Event, windsock_events::EventError>> {
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    match sample["Records"].as_array() {
        Some(records) => records
            .iter()
            .map(|record| Event::from_json(record["body"].as_str().unwrap()))
            .collect(),
        None => vec![Event::from_value(&sample)],
    }
}

#[test]
fn every_sample_reads_as_something_we_know() {
    let mut seen = 0;
    for function in files(&folder()).iter().filter(|path| path.is_dir()) {
        for sample in files(function) {
            let broken = read(&sample).into_iter().filter(Result::is_err).count();
            let expected = usize::from(sample.ends_with("mixed-batch-with-one-broken.json"));
            assert_eq!(broken, expected, "{}", sample.display());
            let known = |event: &Event| !matches!(event, Event::Other { .. });
            assert!(read(&sample).iter().flatten().all(known), "{}", sample.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} samples were found");
}

#[test]
fn every_function_has_samples() {
    for function in files(&folder().join("../functions")) {
        let samples = folder().join(function.file_name().unwrap());
        assert!(
            samples.is_dir(),
            "events/{} is missing",
            function.file_name().unwrap().to_string_lossy()
        );
    }
}
