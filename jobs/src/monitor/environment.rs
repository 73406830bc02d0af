//! The environment that tells the monitor what to do: the managed analyzer's variables, and `WINDSOCK_MONITOR`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::settings::Settings;
use crate::common::paths::Root;
use crate::common::table::Header;

const WINDSOCK_MONITOR: &str = "WINDSOCK_MONITOR";

#[derive(Debug)]
pub struct Environment {
    pub header: Header,
    pub source: PathBuf,
    pub output: PathBuf,
    pub baseline_statistics: Option<PathBuf>,
    pub baseline_constraints: Option<PathBuf>,
    pub settings: Settings,
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
        if let Some(method) = variable("categorical_drift_method")
            && !method.eq_ignore_ascii_case("LInfinity")
        {
            bail!("categorical_drift_method is `{method}`, which these jobs do not compute: LInfinity is right");
        }
        for script in ["record_preprocessor_script", "post_analytics_processor_script"] {
            if variable(script).is_some() {
                bail!("{script} is set, and these jobs run no scripts: prepare the data before it is monitored");
            }
        }
        let settings = match variable(WINDSOCK_MONITOR) {
            Some(text) => serde_json::from_str(&text).with_context(|| {
                format!("{WINDSOCK_MONITOR} must be JSON with method, threshold, min_rows and columns")
            })?,
            None => Settings::default(),
        };
        Ok(Environment {
            header: header(&needed("dataset_format")?)?,
            source,
            output: root.at(&needed("output_path")?),
            baseline_statistics: variable("baseline_statistics").map(|path| root.at(&path)),
            baseline_constraints: variable("baseline_constraints").map(|path| root.at(&path)),
            settings,
        })
    }
}

/// `{"csv": {"header": true, "output_columns_position": "START"}}`; the position matters to no statistic.
fn header(format: &str) -> Result<Header> {
    let parsed: Value = serde_json::from_str(format).with_context(|| {
        format!("dataset_format is `{format}`: JSON like {{\"csv\": {{\"header\": true}}}} is right")
    })?;
    let Some(csv) = parsed.get("csv") else {
        bail!("dataset_format is `{format}`, which these jobs do not read: {{\"csv\": {{\"header\": true}}}} is right");
    };
    match csv.get("header") {
        None | Some(Value::Bool(false)) => Ok(Header::Absent),
        Some(Value::Bool(true)) => Ok(Header::Present),
        Some(other) => bail!("header in dataset_format is {other}: true or false is right"),
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
        assert_eq!(environment.header, Header::Present);
        assert!(environment.baseline_statistics.is_none());
        assert!(environment.output.ends_with("processing/output"));
        let environment = read(&[SOURCE, OUTPUT, ("dataset_format", r#"{"csv":{}}"#)]).unwrap();
        assert_eq!(environment.header, Header::Absent);
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
                vec![SOURCE, OUTPUT, ("dataset_format", r#"{"json":{"lines":true}}"#)],
                "which these jobs do not read",
            ),
            (vec![SOURCE, OUTPUT, ("dataset_format", "csv")], "JSON like"),
            (
                vec![SOURCE, OUTPUT, csv, ("categorical_drift_method", "ChiSquared")],
                "do not compute",
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
