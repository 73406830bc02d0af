//! Data files: whatever bytes lie in one, the monitor profiles it or refuses it with a sentence, and finds the rows and fields that
//! the other jobs find, which read it with another parser.

use std::path::{Path, PathBuf};

use windsock_jobs::common::paths::{OPT_ML, Root};
use windsock_jobs::common::table::{Header, Table};
use windsock_jobs::monitor::column::ColumnProfile;
use windsock_jobs::monitor::progress::Progress;
use windsock_jobs::monitor::source::{Format, profile};
use windsock_jobs::monitor::{Profile, constraints, statistics};

use crate::assert_sentence;

/// The first byte says what the file is called to be, the rest is the file.
pub fn data_files(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let file = Written::new(bytes);
    let format = match kind % 4 {
        0 => Format::Csv(Header::Present),
        1 => Format::Csv(Header::Absent),
        2 => Format::JsonLines,
        _ => Format::Parquet,
    };
    let nothing = &mut Progress::new(std::time::Duration::MAX, || std::time::Duration::ZERO, |_| {});
    match profile(std::slice::from_ref(&file.0), format, None, &Root::new(OPT_ML), nothing) {
        Ok(profile) => {
            is_sound(&profile);
            if format == Format::Csv(Header::Present) {
                as_the_other_jobs_read_it(&file.0, &profile);
            }
        }
        Err(error) => assert_sentence(&format!("{error:#}")),
    }
}

/// A file that is gone when nobody looks at it any more.
struct Written(PathBuf);

impl Written {
    fn new(bytes: &[u8]) -> Written {
        let name = format!("windsock-data-{}-{:?}", std::process::id(), std::thread::current().id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).expect("a temporary file can be written");
        Written(path)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // A leftover in the folder for such files hurts nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn is_sound(profile: &Profile) {
    assert!(profile.rows > 0 && !profile.columns.is_empty());
    for column in &profile.columns {
        assert_eq!(column.present() + column.missing, profile.rows, "{}", column.name);
    }
    serde_json::to_string(&statistics::describe(profile)).expect("statistics are JSON");
    serde_json::to_string(&constraints::suggest(profile)).expect("constraints are JSON");
}

fn as_the_other_jobs_read_it(path: &Path, found: &Profile) {
    let table = Table::open(path, Header::Present);
    let mut table =
        table.unwrap_or_else(|error| panic!("{:#}", error.about("the table refuses what the monitor reads, which")));
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(table.header(), names);
    let mut columns: Vec<ColumnProfile> = names.iter().map(|name| ColumnProfile::new(name, vec![])).collect();
    let mut rows = 0;
    loop {
        let record = table.next_record();
        let record = record
            .unwrap_or_else(|error| panic!("{:#}", error.about("the table refuses what the monitor reads, which")));
        let Some(record) = record else { break };
        rows += 1;
        columns
            .iter_mut()
            .zip(record)
            .for_each(|(column, field)| column.add(field));
    }
    assert_eq!(rows, found.rows);
    for (ours, theirs) in found.columns.iter().zip(&columns) {
        let counts = |column: &ColumnProfile| (column.missing, column.integral, column.fractional, column.text);
        assert_eq!(counts(ours), counts(theirs), "{}", ours.name);
        assert_eq!(ours.categories.listed(), theirs.categories.listed(), "{}", ours.name);
        assert_eq!(ours.distinct.count(), theirs.distinct.count(), "{}", ours.name);
    }
}
