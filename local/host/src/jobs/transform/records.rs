//! Records of an object: lines, CSV fields by the rules of quotes, and the join of input and answer.

use serde_json::{Map, Value};

use super::{
    filter::Filter,
    request::{Form, Settings},
};

/// The lines of a body. The newline after the last one is its end and not the start of another record.
pub(super) fn lines(body: &str) -> Vec<&str> {
    let body = body.strip_suffix('\n').unwrap_or(body);
    if body.is_empty() {
        return Vec::new();
    }
    body.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect()
}

/// The fields of a CSV record exactly as they are written, quotes included, so that they can be written again.
/// Inside quotes a comma is text, and two quotes are one.
pub(super) fn fields(record: &str) -> Result<Vec<&str>, String> {
    let (mut fields, mut start, mut quoted) = (Vec::new(), 0, false);
    for (position, byte) in record.bytes().enumerate() {
        match byte {
            // A doubled quote closes and opens again, which changes nothing.
            b'"' if quoted || position == start => quoted = !quoted,
            b'"' if record.as_bytes()[start] == b'"' => quoted = !quoted,
            b',' if !quoted => {
                fields.push(&record[start..position]);
                start = position + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err("a record has a quote that is not closed".into());
    }
    fields.push(&record[start..]);
    Ok(fields)
}

/// What of a record is sent to the model.
pub(super) fn filtered(record: &str, filter: &Filter, form: Form) -> Result<String, String> {
    if filter.is_everything() {
        return Ok(record.to_string());
    }
    match form {
        Form::Csv => Ok(filter.fields(&fields(record)?)?.join(",")),
        Form::Json => Ok(filter.value(&parse(record)?)?.to_string()),
        Form::Other => Err("only CSV and JSON records can be filtered".into()),
    }
}

/// The record of the output: the answer, joined with its input if asked for, then filtered.
pub(super) fn output(settings: &Settings, input: &str, answer: &str) -> Result<String, String> {
    let joined = match (settings.join_input, settings.output_form) {
        (false, _) => answer.to_string(),
        (true, Form::Csv) => format!("{input},{answer}"),
        (true, Form::Json) => join_json(parse(input)?, parse(answer)?).to_string(),
        (true, Form::Other) => return Err("only CSV and JSON records can be joined".into()),
    };
    filtered(&joined, &settings.output_filter, settings.output_form)
}

/// An object gets one more member; anything else becomes an object of both.
fn join_json(input: Value, answer: Value) -> Value {
    let mut members = match input {
        Value::Object(members) => members,
        other => Map::from_iter([("SageMakerInput".to_string(), other)]),
    };
    members.insert("SageMakerOutput".into(), answer);
    Value::Object(members)
}

fn parse(record: &str) -> Result<Value, String> {
    serde_json::from_str(record).map_err(|error| format!("a record is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(content_type: &str, output_filter: &str) -> Settings {
        let request = json!({
            "TransformInput": {"ContentType": content_type, "SplitType": "Line"},
            "TransformOutput": {"Accept": content_type, "AssembleWith": "Line"},
            "DataProcessing": {"JoinSource": "Input", "OutputFilter": output_filter},
        });
        Settings::read(&request, &Value::Null).unwrap()
    }

    #[test]
    fn lines_end_with_a_newline_or_with_the_body() {
        assert_eq!(lines("a\nb\n"), ["a", "b"]);
        assert_eq!(lines("a\r\nb"), ["a", "b"]);
        assert_eq!(lines("a\n\nb\n"), ["a", "", "b"]);
        assert_eq!(lines(""), [""; 0]);
        assert_eq!(lines("\n"), [""; 0]);
    }

    #[test]
    fn quotes_protect_commas_and_quotes() {
        assert_eq!(fields(r#"1,"a,b",3"#).unwrap(), ["1", r#""a,b""#, "3"]);
        assert_eq!(fields(r#""say ""hi"", you",2"#).unwrap(), [r#""say ""hi"", you""#, "2"]);
        assert_eq!(fields(r#"5" pipe,2"#).unwrap(), [r#"5" pipe"#, "2"]);
        assert_eq!(fields("").unwrap(), [""]);
        assert_eq!(fields(",").unwrap(), ["", ""]);
        assert!(fields(r#"1,"open"#).is_err());
    }

    #[test]
    fn a_csv_join_keeps_the_input_as_it_was_written() {
        let settings = settings("text/csv", "$");
        assert_eq!(output(&settings, r#""F,1",0.5"#, "0.93").unwrap(), r#""F,1",0.5,0.93"#);
        let filtering = self::settings("text/csv", "$[0,-1]");
        assert_eq!(output(&filtering, r#""F,1",0.5"#, "0.93").unwrap(), r#""F,1",0.93"#);
    }

    #[test]
    fn a_json_join_adds_a_member_or_makes_an_object_of_both() {
        let settings = settings("application/jsonlines", "$");
        assert_eq!(
            output(&settings, r#"{"x":1}"#, "0.5").unwrap(),
            r#"{"x":1,"SageMakerOutput":0.5}"#
        );
        assert_eq!(
            output(&settings, "[1,2]", "0.5").unwrap(),
            r#"{"SageMakerInput":[1,2],"SageMakerOutput":0.5}"#
        );
        assert!(output(&settings, "nonsense", "0.5").is_err());
    }
}
