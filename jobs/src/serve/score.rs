//! Scores a mini-batch: exactly one answer a record, in their order, or a sentence about the first record that cannot be
//! scored.

use super::kind::Kind;
use super::{answers, records};
use crate::learn::artefact::Artefact;
use crate::learn::frame::FrameBuilder;

/// Records are scored so many at a time, which bounds what lies in memory beside the request and its answer.
const ROWS_AT_ONCE: usize = 1 << 16;

pub fn score(artefact: &Artefact, sent: Kind, wanted: Kind, body: &[u8]) -> Result<String, String> {
    let schema = &artefact.schema;
    let mut answer = String::new();
    let mut builder = FrameBuilder::new(&schema.features);
    let mut rows = 0;
    let answers = |builder: FrameBuilder, answer: &mut String| -> Result<(), String> {
        let predictions = artefact.predict(&builder.finish());
        let predictions = predictions.map_err(|error| format!("{error:#}"))?;
        answers::write(wanted, &predictions, &schema.classes, answer);
        Ok(())
    };
    records::each(sent, schema, body, |fields| {
        builder.push(fields.iter().copied())?;
        rows += 1;
        if rows % ROWS_AT_ONCE == 0 {
            let full = std::mem::replace(&mut builder, FrameBuilder::new(&schema.features));
            answers(full, &mut answer)?;
        }
        Ok(())
    })?;
    if rows == 0 {
        return Err("The request holds no record".into());
    }
    if rows % ROWS_AT_ONCE > 0 {
        answers(builder, &mut answer)?;
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::artefact::Part;
    use crate::learn::encoder::Encoder;
    use crate::learn::frame::{Frame, Values};
    use crate::learn::hyperparameters::Hyperparameters;
    use crate::learn::task::Task;
    use crate::learn::{Examples, engine};
    use windsock_decisions::state::{Column, ColumnKind, FORMAT, Schema};

    fn csv(artefact: &Artefact, body: &[u8]) -> Result<String, String> {
        score(artefact, Kind::Csv, Kind::Csv, body)
    }

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
            classes: vec![],
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
        let model = fitted.model;
        Artefact::new(schema, Task::Binary, vec![Some(Part { encoder, model })])
    }

    #[test]
    fn one_prediction_a_record_in_order() {
        let answer = csv(&artefact(), b"10\n190\n\"\"\n15").unwrap();
        let predictions: Vec<f64> = answer.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(predictions.len(), 4);
        assert!(predictions[0] < 0.1 && predictions[1] > 0.9 && predictions[0] == predictions[3]);
        assert!(answer.ends_with('\n'));
    }

    #[test]
    fn what_cannot_be_scored_is_named_by_line() {
        let artefact = artefact();
        let reason = |body: &[u8]| csv(&artefact, body).unwrap_err();
        assert_eq!(reason(b"1\n2\nthree\n"), "Line 3: `x` is not a number: `three`");
        assert_eq!(
            reason(b"x\n1\n"),
            "Line 1: `x` is not a number: `x` (input must have no header)"
        );
        assert_eq!(reason(b"1\n2,3\n"), "Line 2: 2 fields where 1 are right");
        assert_eq!(reason(b"1\n\xff\n"), "Line 2: not UTF-8");
        assert_eq!(reason(b"\n\n"), "The request holds no record");
    }

    #[test]
    fn many_records_are_answered_in_their_order() {
        let body: String = (0..ROWS_AT_ONCE + 10)
            .map(|row| if row % 7 == 0 { "190\n" } else { "10\n" })
            .collect();
        let answer = csv(&artefact(), body.as_bytes()).unwrap();
        let high: Vec<bool> = answer.lines().map(|line| line.parse::<f64>().unwrap() > 0.5).collect();
        assert_eq!(high.len(), ROWS_AT_ONCE + 10);
        assert!(high.iter().enumerate().all(|(row, high)| *high == (row % 7 == 0)));
    }

    #[test]
    fn json_lines_say_the_same_as_csv() {
        let json = score(&artefact(), Kind::JsonLines, Kind::Csv, b"{\"x\": 10}\n[190]\n[null]\n").unwrap();
        assert_eq!(json, csv(&artefact(), b"10\n190\n\"\"\n").unwrap());
        let reason = score(&artefact(), Kind::JsonLines, Kind::Csv, b"[10]\n[\"ten\"]\n").unwrap_err();
        assert_eq!(reason, "Line 2: `x` is not a number: `ten`");
    }
}
