//! What no input may do to our parsers, one function a parser. Property tests call them with generated inputs, the
//! fuzz targets of `fuzz/` with whatever libFuzzer comes up with; a broken promise is a panic.
//!
//! They stand in one package and not in the parsers' own, because the fuzz targets need them as a library.

mod data_files;
mod event;
mod event_pattern;
mod letter_text;
mod monitor_files;
mod project_yaml;
pub mod requests;
pub mod samples;
mod template;
mod wire_request;

pub use data_files::data_files;
pub use event::event;
pub use event_pattern::event_pattern;
pub use letter_text::letter_text;
pub use monitor_files::monitor_files;
pub use project_yaml::project_yaml;
pub use template::template;
pub use wire_request::wire_request;

/// A parser's promise to keep, whatever the bytes.
pub type Property = fn(&[u8]);

/// Every property by the name of its fuzz target.
pub const ALL: [(&str, Property); 8] = [
    ("data_files", data_files),
    ("event", event),
    ("event_pattern", event_pattern),
    ("letter_text", letter_text),
    ("monitor_files", monitor_files),
    ("project_yaml", project_yaml),
    ("template", template),
    ("wire_request", wire_request),
];

/// Between the parts of an input that has several.
pub const CUT: &str = "\n---8<---\n";

/// What YAML counts as the end of a line.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// The input's parts; those that are not there are empty.
fn parts<const N: usize>(bytes: &[u8]) -> [String; N] {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.splitn(N, CUT).map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// A sentence for a person: it says something, on one line, and is not the whole input once more.
#[track_caller]
fn assert_sentence(sentence: &str) {
    const CHARS_MAX: usize = 2_000;
    assert!(!sentence.trim().is_empty(), "an error that says nothing");
    assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
    assert!(
        sentence.chars().count() <= CHARS_MAX,
        "{} characters: {sentence:.200}",
        sentence.len()
    );
}
