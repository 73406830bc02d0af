//! The environment that tells the monitor what to do: the managed analyzer's variables, and `WINDSOCK_MONITOR`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::metrics::MetricsTo;
use super::settings::{CategoricalMethod, Settings};
use super::source::Format;
use crate::common::paths::Root;
use crate::common::table::Header;

const WINDSOCK_MONITOR: &str = "WINDSOCK_MONITOR";

#[derive(Debug)]
pub struct Environment {
    pub format: Format,
    pub source: PathBuf,
    pub output: PathBuf,
    pub baseline_statistics: Option<PathBuf>,
    pub baseline_constraints: Option<PathBuf>,
    pub settings: Settings,
    /// When a monitoring schedule wants metrics for CloudWatch.
    pub metrics: Option<MetricsTo>,
}

impl Environment {
    pub fn read(root: &Root, variable: impl Fn(&str) -> Option<String>) -> Result<Environment> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let needed = |name: &str| {
            variable(name)
                .with_context(|| format!("The environment variable {name} is not set, and the monitor needs it"))
        };
        let source = root.at(&needed("dataset_source")?);
        if !source.is_dir() {
            bail!("dataset_source is {}, which is not a folder here", root.shown(&source));
        }
        let categorical = match variable("categorical_drift_method") {
            Some(method) => Some(CategoricalMethod::parse(&method).with_context(|| {
                format!("categorical_drift_method is `{method}`: LInfinity or ChiSquared is right")
            })?),
            None => None,
        };
        for script in ["record_preprocessor_script", "post_analytics_processor_script"] {
            if variable(script).is_some() {
                bail!("{script} is set, and these jobs run no scripts: prepare the data before it is monitored");
            }
        }
        let mut settings = match variable(WINDSOCK_MONITOR) {
            Some(text) => serde_json::from_str(&text).with_context(|| {
                format!("{WINDSOCK_MONITOR} must be JSON with method, threshold, min_rows and columns")
            })?,
            None => Settings::default(),
        };
        settings.categorical = categorical;
        Ok(Environment {
            format: format(&needed("dataset_format")?)?,
            source,
            output: root.at(&needed("output_path")?),
            baseline_statistics: variable("baseline_statistics").map(|path| root.at(&path)),
            baseline_constraints: variable("baseline_constraints").map(|path| root.at(&path)),
            settings,
            metrics: metrics(&variable)?,
        })
    }
}

fn metrics(variable: &impl Fn(&str) -> Option<String>) -> Result<Option<MetricsTo>> {
    match variable("publish_cloudwatch_metrics")
        .map(|text| text.to_ascii_lowercase())
        .as_deref()
    {
        None | Some("disabled") => return Ok(None),
        Some("enabled") => {}
        Some(other) => bail!("publish_cloudwatch_metrics is `{other}`: Enabled or Disabled is right"),
    }
    // The end of the time that the data is of; a run by hand has none.
    let time = variable("end_time").and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let time = time.unwrap_or_else(jiff::Timestamp::now);
    Ok(Some(MetricsTo {
        time: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        endpoint: variable("sagemaker_endpoint_name"),
        schedule: variable("sagemaker_monitoring_schedule_name"),
    }))
}

const FORMATS: &str = r#"{"csv": {"header": true}}, {"json": {"lines": true}} or {"parquet": {}} is right"#;

/// `{"csv": {"header": true, "output_columns_position": "START"}}` and the like.
fn format(text: &str) -> Result<Format> {
    let parsed: Value = serde_json::from_str(text)
        .with_context(|| format!("dataset_format is `{text}`, which is no JSON: {FORMATS}"))?;
    if let Some(csv) = parsed.get("csv") {
        columns_position(csv)?;
        return Ok(Format::Csv(match flag(csv, &["header"])? {
            Some(true) => Header::Present,
            Some(false) | None => Header::Absent,
        }));
    }
    if let Some(json) = parsed.get("json") {
        // The managed analyzer's pages spell it in two ways.
        return match flag(json, &["lines", "line"])? {
            Some(true) => Ok(Format::JsonLines),
            Some(false) | None => bail!(
                "dataset_format is `{text}`: of JSON, these jobs read one object per line, {{\"json\": {{\"lines\": true}}}}"
            ),
        };
    }
    if parsed.get("parquet").is_some() {
        return Ok(Format::Parquet);
    }
    bail!("dataset_format is `{text}`, which these jobs do not read: {FORMATS}");
}

/// Whether labels and predictions stand first or last matters to no statistic, but a typing error should not pass.
fn columns_position(csv: &Value) -> Result<()> {
    let position = csv
        .get("output_columns_position")
        .filter(|position| !position.is_null());
    match position.map(|position| position.as_str().unwrap_or_default().to_ascii_uppercase()) {
        None => Ok(()),
        Some(position) if position == "START" || position == "END" => Ok(()),
        Some(_) => bail!(
            "output_columns_position in dataset_format is {}: START or END is right",
            csv["output_columns_position"]
        ),
    }
}

/// True and false, and the same as texts.
fn flag(of: &Value, names: &[&str]) -> Result<Option<bool>> {
    let Some((name, value)) = names.iter().find_map(|name| Some((name, of.get(name)?))) else {
        return Ok(None);
    };
    match value {
        Value::Bool(value) => Ok(Some(*value)),
        Value::Null => Ok(None),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        other => bail!("{name} in dataset_format is {other}: true or false is right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        std::fs::create_dir_all(root.at("/opt/ml/processing/input/data")).unwrap();
        let find = |name: &str| {
            variables
                .iter()
                .find(|(given, _)| *given == name)
                .map(|(_, value)| value.to_string())
        };
        Environment::read(&root, find).map_err(|error| format!("{error:#}"))
    }

    const SOURCE: (&str, &str) = ("dataset_source", "/opt/ml/processing/input/data");
    const OUTPUT: (&str, &str) = ("output_path", "/opt/ml/processing/output");

    #[test]
    fn the_managed_contract_is_read() {
        let format = (
            "dataset_format",
            r#"{"csv": {"header": true, "output_columns_position": "START"}}"#,
        );
        let environment = read(&[SOURCE, OUTPUT, format, ("baseline_statistics", "")]).unwrap();
        assert_eq!(environment.format, Format::Csv(Header::Present));
        assert!(environment.baseline_statistics.is_none());
        assert!(environment.output.ends_with("processing/output"));
        for (format, expected) in [
            (r#"{"csv":{}}"#, Format::Csv(Header::Absent)),
            (r#"{"csv":{"header":"True"}}"#, Format::Csv(Header::Present)),
            (
                r#"{"csv":{"header":false,"output_columns_position":"END"}}"#,
                Format::Csv(Header::Absent),
            ),
            (r#"{"json":{"lines":true}}"#, Format::JsonLines),
            (r#"{"json":{"line":true}}"#, Format::JsonLines),
            (r#"{"parquet":{}}"#, Format::Parquet),
        ] {
            let environment = read(&[SOURCE, OUTPUT, ("dataset_format", format)]).unwrap();
            assert_eq!(environment.format, expected);
        }
    }

    #[test]
    fn metrics_are_for_schedules_that_ask() {
        let csv = ("dataset_format", r#"{"csv":{"header":true}}"#);
        let asked = |variables: &[(&str, &str)]| read(&[&[SOURCE, OUTPUT, csv], variables].concat()).unwrap().metrics;
        assert_eq!(asked(&[("publish_cloudwatch_metrics", "Disabled")]), None);
        let metrics = asked(&[
            ("publish_cloudwatch_metrics", "Enabled"),
            ("end_time", "2019-12-01T17:20:00Z"),
            ("sagemaker_monitoring_schedule_name", "schedule"),
        ]);
        let expected = MetricsTo {
            time: "2019-12-01T17:20:00Z".into(),
            endpoint: None,
            schedule: Some("schedule".into()),
        };
        assert_eq!(metrics, Some(expected));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let csv = ("dataset_format", r#"{"csv":{"header":true}}"#);
        for (variables, part) in [
            (vec![OUTPUT, csv], "The environment variable dataset_source is not set"),
            (
                vec![("dataset_source", "/opt/ml/none"), OUTPUT, csv],
                "/opt/ml/none, which is not a folder here",
            ),
            (
                vec![SOURCE, OUTPUT, ("dataset_format", r#"{"sagemakerCaptureJson":{}}"#)],
                "which these jobs do not read",
            ),
            (
                vec![SOURCE, OUTPUT, ("dataset_format", r#"{"json":{"lines":false}}"#)],
                "one object per line",
            ),
            (
                vec![SOURCE, OUTPUT, ("dataset_format", r#"{"csv":{"header":1}}"#)],
                "header in dataset_format is 1: true or false is right",
            ),
            (
                vec![
                    SOURCE,
                    OUTPUT,
                    ("dataset_format", r#"{"csv":{"output_columns_position":"first"}}"#),
                ],
                "output_columns_position in dataset_format is \"first\": START or END is right",
            ),
            (
                vec![SOURCE, OUTPUT, csv, ("publish_cloudwatch_metrics", "yes")],
                "Enabled or Disabled is right",
            ),
            (vec![SOURCE, OUTPUT, ("dataset_format", "csv")], "which is no JSON"),
            (
                vec![SOURCE, OUTPUT, csv, ("categorical_drift_method", "Cramer")],
                "LInfinity or ChiSquared is right",
            ),
            (
                vec![SOURCE, OUTPUT, csv, (WINDSOCK_MONITOR, "{")],
                "WINDSOCK_MONITOR must be JSON",
            ),
            (
                vec![SOURCE, OUTPUT, csv, (WINDSOCK_MONITOR, r#"{"treshold":0.1}"#)],
                "unknown field `treshold`",
            ),
        ] {
            let error = read(&variables).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
