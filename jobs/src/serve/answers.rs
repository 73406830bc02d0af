//! Writes answers: one line a record. Of classes the likeliest comes first, then every class's probability in order.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::kind::Kind;
use crate::learn::predictions::Predictions;

/// Writing to a string cannot fail, so results of `write!` are dropped here.
pub fn write(kind: Kind, predictions: &Predictions, classes: &[String], to: &mut String) {
    let names: Vec<String> = classes.iter().map(|class| csv_field(class)).collect();
    for row in 0..predictions.rows {
        match (kind, classes.is_empty()) {
            (Kind::Csv, true) => {
                let _ = writeln!(to, "{}", predictions.columns[0][row]);
            }
            (Kind::Csv, false) => {
                to.push_str(&names[predictions.class(row)]);
                for column in &predictions.columns {
                    let _ = write!(to, ",{}", column[row]);
                }
                to.push('\n');
            }
            (Kind::JsonLines, _) => {
                let _ = writeln!(to, "{}", json_answer(predictions, classes, row));
            }
        }
    }
}

fn json_answer(predictions: &Predictions, classes: &[String], row: usize) -> Value {
    if classes.is_empty() {
        return json!({ "prediction": predictions.columns[0][row] });
    }
    let shares = classes.iter().zip(&predictions.columns);
    let probabilities: Map<String, Value> = shares
        .map(|(class, column)| (class.clone(), json!(column[row])))
        .collect();
    json!({ "prediction": classes[predictions.class(row)], "probabilities": probabilities })
}

fn csv_field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, classes: &[&str]) -> String {
        let classes: Vec<String> = classes.iter().map(|class| class.to_string()).collect();
        let predictions = Predictions {
            rows: 2,
            columns: vec![vec![0.25, 0.5], vec![0.75, 0.5]],
        };
        let mut text = String::new();
        write(kind, &predictions, &classes, &mut text);
        text
    }

    #[test]
    fn a_class_comes_with_the_probabilities_of_all() {
        assert_eq!(
            written(Kind::Csv, &["calm", "rain, \"wet\""]),
            "\"rain, \"\"wet\"\"\",0.25,0.75\ncalm,0.5,0.5\n"
        );
        assert_eq!(
            written(Kind::JsonLines, &["calm", "wet"]),
            "{\"prediction\":\"wet\",\"probabilities\":{\"calm\":0.25,\"wet\":0.75}}\n\
             {\"prediction\":\"calm\",\"probabilities\":{\"calm\":0.5,\"wet\":0.5}}\n"
        );
    }

    #[test]
    fn a_number_stands_alone() {
        assert_eq!(written(Kind::Csv, &[]), "0.25\n0.5\n");
        assert_eq!(
            written(Kind::JsonLines, &[]),
            "{\"prediction\":0.25}\n{\"prediction\":0.5}\n"
        );
    }
}
