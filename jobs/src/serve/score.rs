//! Scores a mini-batch of CSV records: exactly one prediction a record, in their order, or a sentence about the first
//! record that cannot be scored.

use std::fmt::Write;

use csv::StringRecord;
use windsock_decisions::state::ColumnKind;

use crate::learn::artefact::Artefact;
use crate::learn::frame::FrameBuilder;

pub fn score(artefact: &Artefact, body: &[u8]) -> Result<String, String> {
    let columns = &artefact.schema.features;
    let mut builder = FrameBuilder::new(columns);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut record = StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        builder.push(record.iter()).map_err(|reason| match rows {
            // A header is the likeliest reason for text in the first record.
            0 if columns.iter().all(|column| column.kind == ColumnKind::Numeric) => {
                format!("Line {line}: {reason} (input must have no header)")
            }
            _ => format!("Line {line}: {reason}"),
        })?;
        rows += 1;
    }
    if rows == 0 {
        return Err("The request holds no record".into());
    }
    let mut answer = String::with_capacity(rows * 20);
    for prediction in artefact.predict(&builder.finish()) {
        // Writing to a string cannot fail.
        let _ = writeln!(answer, "{prediction}");
    }
    Ok(answer)
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("Line {}: not UTF-8", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => format!("The request cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::encoder::Encoder;
    use crate::learn::frame::{Frame, Values};
    use crate::learn::hyperparameters::Hyperparameters;
    use crate::learn::task::Task;
    use crate::learn::{Examples, engine};
    use windsock_decisions::state::{Column, FORMAT, Schema};

    fn artefact() -> Artefact {
        let column = Column {
            name: "x".into(),
            kind: ColumnKind::Numeric,
        };
        let schema = Schema {
            format: FORMAT,
            label: "y".into(),
            exclude: vec![],
            features: vec![column],
        };
        let numbers: Vec<f64> = (0..200).map(f64::from).collect();
        let labels: Vec<f64> = numbers.iter().map(|x| f64::from(*x > 100.0)).collect();
        let frame = Frame {
            rows: 200,
            columns: vec![("x".into(), Values::Numbers(numbers))],
        };
        let (encoder, matrix) = Encoder::fit(&schema, &frame, &labels);
        let with = Hyperparameters::default();
        let fitted = engine::default_trainer()
            .fit(Task::Binary, &Examples { matrix, labels }, None, &with)
            .unwrap();
        Artefact::new(schema, Task::Binary, encoder, fitted.model)
    }

    #[test]
    fn one_prediction_a_record_in_order() {
        let answer = score(&artefact(), b"10\n190\n\"\"\n15").unwrap();
        let predictions: Vec<f64> = answer.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(predictions.len(), 4);
        assert!(predictions[0] < 0.1 && predictions[1] > 0.9 && predictions[0] == predictions[3]);
        assert!(answer.ends_with('\n'));
    }

    #[test]
    fn what_cannot_be_scored_is_named_by_line() {
        let artefact = artefact();
        let reason = |body: &[u8]| score(&artefact, body).unwrap_err();
        assert_eq!(reason(b"1\n2\nthree\n"), "Line 3: `x` is not a number: `three`");
        assert_eq!(
            reason(b"x\n1\n"),
            "Line 1: `x` is not a number: `x` (input must have no header)"
        );
        assert_eq!(reason(b"1\n2,3\n"), "Line 2: 2 fields where 1 are right");
        assert_eq!(reason(b"1\n\xff\n"), "Line 2: not UTF-8");
        assert_eq!(reason(b"\n\n"), "The request holds no record");
    }
}
