//! Every parser keeps its promises: on good inputs, on good inputs with hostile words in them, on pieces of them glued
//! together at random, and on noise.

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use windsock_properties::{ALL, Property, samples};

/// An input that a failing test prints as a text.
#[derive(Clone)]
struct Input(Vec<u8>);

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A good input into which something is put in the place of something else.
#[derive(Debug, Clone)]
struct Splice {
    seed: prop::sample::Index,
    from: prop::sample::Index,
    length: usize,
    with: Vec<u8>,
}

fn splices() -> impl Strategy<Value = Vec<Splice>> {
    let hostile = prop::sample::select(samples::HOSTILE.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let scraps = prop::sample::select(SCRAPS.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let with = prop_oneof![hostile, scraps, prop::collection::vec(any::<u8>(), 0..16)];
    let splice = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0_usize..40,
        with,
    );
    let splice = splice.prop_map(|(seed, from, length, with)| Splice {
        seed,
        from,
        length,
        with,
    });
    prop::collection::vec(splice, 1..6)
}

/// What JSON, YAML, patterns and forms are made of.
const SCRAPS: [&str; 24] = [
    "null",
    "true",
    "-1",
    "1e400",
    "0.5",
    "18446744073709551616",
    "\"\"",
    "[]",
    "{}",
    "[[",
    "{\"a\":",
    ",",
    ":",
    "\n",
    "  ",
    "- ",
    "&a ",
    "*a",
    "!Ref x",
    "? ",
    "|\n",
    "\"",
    "'",
    "\u{feff}",
];

fn spliced(seeds: &[Vec<u8>], splices: &[Splice]) -> Vec<u8> {
    let mut input = splices
        .first()
        .map(|first| first.seed.get(seeds).clone())
        .unwrap_or_default();
    for splice in splices {
        let from = splice.from.index(input.len() + 1);
        let to = (from + splice.length).min(input.len());
        input.splice(from..to, splice.with.iter().copied());
    }
    input
}

fn property(name: &str) -> Property {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no property `{name}`")).1
}

fn holds(name: &str, cases: u32) {
    let (property, seeds) = (property(name), samples::seeds(name));
    seeds.iter().for_each(|seed| property(seed));
    samples::HOSTILE.iter().for_each(|text| property(text.as_bytes()));
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same cases every time: what is new is for the fuzz targets to find.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let inputs = prop_oneof![
        8 => splices().prop_map(move |splices| spliced(&seeds, &splices)),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ];
    let checked = runner.run(&inputs.prop_map(Input), |Input(input)| {
        property(&input);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn an_event_is_read_as_it_stands_or_refused_by_its_member() {
    holds("event", 3_000);
}

#[test]
fn a_pattern_matches_or_is_refused_with_a_reason() {
    holds("event_pattern", 3_000);
}

#[test]
fn no_text_breaks_out_of_a_letter_and_no_secret_is_in_one() {
    holds("letter_text", 60);
}

#[test]
fn a_data_file_is_read_as_the_other_jobs_read_it_or_refused_with_a_sentence() {
    holds("data_files", 2_000);
}

#[test]
fn a_report_of_drift_is_finite_whatever_the_baseline_says() {
    holds("monitor_files", 1_000);
}

#[test]
fn a_project_is_sound_or_refused_with_its_lines() {
    holds("project_yaml", 2_000);
}

#[test]
fn a_template_can_be_worked_with_or_is_refused_with_its_line() {
    holds("template", 150);
}

#[test]
fn the_local_endpoint_answers_whatever_is_asked() {
    holds("wire_request", 400);
}
