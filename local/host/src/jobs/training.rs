//! Training jobs: hyperparameters and channels in, a model out, metrics read from what is printed.

use std::{collections::BTreeMap, fs};

use regex::Regex;
use serde_json::{Map, Value, json};
use windsock_world::{JobOutcome, work::JobOutput};

use super::{
    Ended, client_error,
    containers::{Container, JobDir, blocking, check_exit},
    internal_error, outputs,
};

pub(super) async fn run(container: Container) -> Ended<JobOutcome> {
    let definitions = metric_definitions(&container.job.request)?;
    let dir = container.prepare().await?;
    dir.write_json(
        "/opt/ml/input/config/hyperparameters.json",
        &hyperparameters(&container.job.request),
    )?;
    dir.write_json(
        "/opt/ml/input/config/inputdataconfig.json",
        &channels(&container.job.request),
    )?;
    dir.write_json("/opt/ml/input/config/resourceconfig.json", &container.resources())?;
    let name = [
        ("TRAINING_JOB_NAME", container.job.id.clone()),
        ("TRAINING_JOB_ARN", container.job.arn.clone()),
    ];
    let code = container.run(&dir, &name).await?;
    check_exit(code, dir.failure())?;
    container.upload(&dir).await?;
    upload_output_data(&container, &dir).await?;
    let printed = fs::read(&dir.log).map_err(|error| internal_error(&error.into()))?;
    let metrics = metrics(&definitions, &String::from_utf8_lossy(&printed));
    container.clean_up(&dir);
    Ok(JobOutcome::Completed { message: None, metrics })
}

/// Every value is a string, whatever it was in the request.
fn hyperparameters(request: &Value) -> Value {
    let given = request["HyperParameters"].as_object().cloned().unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    given
        .into_iter()
        .map(|(name, value)| (name, Value::String(text(value))))
        .collect::<Map<_, _>>()
        .into()
}

fn channels(request: &Value) -> Value {
    let mut channels = Map::new();
    for channel in request["InputDataConfig"].as_array().into_iter().flatten() {
        let name = channel["ChannelName"].as_str().unwrap_or_default();
        let source = &channel["DataSource"]["S3DataSource"];
        let mode = channel["InputMode"]
            .as_str()
            .or(request["AlgorithmSpecification"]["TrainingInputMode"].as_str());
        let mut described = json!({
            "TrainingInputMode": mode.unwrap_or("File"),
            "S3DistributionType": source["S3DataDistributionType"].as_str().unwrap_or("FullyReplicated"),
            "RecordWrapperType": channel["RecordWrapperType"].as_str().unwrap_or("None"),
        });
        if let Some(content_type) = channel["ContentType"].as_str() {
            described["ContentType"] = content_type.into();
        }
        channels.insert(name.to_string(), described);
    }
    channels.into()
}

/// /opt/ml/output/data becomes output.tar.gz beside the model, if there is anything in it.
async fn upload_output_data(container: &Container, dir: &JobDir) -> Ended<()> {
    const FOLDER: &str = "/opt/ml/output/data";
    let empty = fs::read_dir(dir.path(FOLDER)?).map_or(true, |mut entries| entries.next().is_none());
    let outputs = &container.job.outputs;
    let listed = outputs.iter().any(|output| output.container_path == FOLDER);
    let model = outputs
        .iter()
        .find(|output| output.tar_gz && output.prefix.ends_with("/model.tar.gz"));
    let Some(model) = model.filter(|_| !empty && !listed) else {
        return Ok(());
    };
    let output = JobOutput {
        container_path: FOLDER.into(),
        bucket: model.bucket.clone(),
        prefix: model.prefix.replace("/model.tar.gz", "/output.tar.gz"),
        tar_gz: true,
    };
    let (container, dir) = (container.clone(), dir.clone());
    blocking(move || outputs::upload(container.place.outside.as_ref(), &dir, &container.job.role_arn, &output)).await
}

fn metric_definitions(request: &Value) -> Ended<Vec<(String, Regex)>> {
    let definitions = request["AlgorithmSpecification"]["MetricDefinitions"].as_array();
    let definitions = definitions.into_iter().flatten().map(|definition| {
        let name = definition["Name"].as_str().unwrap_or_default();
        let pattern = definition["Regex"].as_str().unwrap_or_default();
        let regex = Regex::new(pattern).map_err(|error| {
            client_error(format!("the Regex of the metric `{name}` cannot be read: {error}").replace('\n', " "))
        })?;
        Ok((name.to_string(), regex))
    });
    definitions.collect()
}

/// The last number that each pattern's first group found.
fn metrics(definitions: &[(String, Regex)], printed: &str) -> BTreeMap<String, f64> {
    let mut metrics = BTreeMap::new();
    for (name, regex) in definitions {
        let numbers = regex
            .captures_iter(printed)
            .filter_map(|found| found.get(1)?.as_str().parse::<f64>().ok());
        if let Some(last) = numbers.filter(|number| number.is_finite()).last() {
            metrics.insert(name.clone(), last);
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_the_last_number_its_pattern_found() {
        let request = json!({"AlgorithmSpecification": {"MetricDefinitions": [
            {"Name": "validation:auc", "Regex": "validation-auc:([0-9.]+)"}, {"Name": "absent", "Regex": "x=(.*)"}]}});
        let printed = "[1]#011train-auc:0.7#011validation-auc:0.61\n[2]#011train-auc:0.9#011validation-auc:0.83\n";
        let found = metrics(&metric_definitions(&request).unwrap(), printed);
        assert_eq!(found, BTreeMap::from([("validation:auc".to_string(), 0.83)]));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_fails_the_job_by_name() {
        let request = json!({"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "auc", "Regex": "("}]}});
        let JobOutcome::Failed { reason } = metric_definitions(&request).unwrap_err() else {
            panic!("not a failure")
        };
        assert!(
            reason.starts_with("ClientError: the Regex of the metric `auc` cannot be read"),
            "{reason}"
        );
    }

    #[test]
    fn hyperparameters_are_strings() {
        let request = json!({"HyperParameters": {"rounds": "100", "rate": 0.1}});
        assert_eq!(hyperparameters(&request), json!({"rounds": "100", "rate": "0.1"}));
    }
}
