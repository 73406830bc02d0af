//! Executions that go well: data dependencies, joins, property files, branches, every step type.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use windsock_world::{JobKind, JobOutcome};

use crate::{
    build::{definition, input, json_get, output_of, processing},
    support::{Aws, BUCKET, ROLE},
};

#[test]
fn a_step_waits_for_the_one_whose_output_it_reads() {
    let mut aws = Aws::new();
    // The reader is written first: the order is that of the data.
    let second = processing("Second", json!([input("rows", output_of("First"), "S3Prefix")]));
    aws.pipeline("two", &definition(&[second, processing("First", json!([]))]));
    let execution = aws.start("two", json!({"slot": "s1"}));

    let first = aws.job();
    assert_eq!(
        (first.step.as_deref(), first.execution_arn.as_deref()),
        (Some("First"), Some(execution.as_str()))
    );
    assert!(
        first
            .id
            .starts_with(&format!("pipelines-{}-First-", execution.rsplit('/').next().unwrap()))
    );
    assert_eq!(first.role_arn, ROLE);
    assert_eq!(
        (first.outputs[0].bucket.as_str(), first.outputs[0].prefix.as_str()),
        (BUCKET, "out/s1/First")
    );
    assert_eq!(aws.steps(&execution), [("First".into(), "Executing".into())]);

    aws.put("out/s1/First/a/rows.csv", "1,2");
    aws.complete(&first);
    let second = aws.job();
    assert_eq!(second.inputs[0].container_path, "/opt/ml/processing/input/rows");
    assert_eq!(second.inputs[0].files[0].relative, "a/rows.csv");
    assert_eq!(second.inputs[0].files[0].key, "out/s1/First/a/rows.csv");

    aws.complete(&second);
    assert_eq!(aws.status(&execution), "Succeeded");
    assert_eq!(
        aws.step(&execution, "First")["Metadata"],
        json!({"ProcessingJob": {"Arn": first.arn}})
    );
    let described = aws.call("DescribeProcessingJob", json!({"ProcessingJobName": second.id}));
    assert_eq!(described["ProcessingJobStatus"], "Completed");
}

/// `First` writes a report; a condition on it decides between `Yes` and `No`.
fn branching(condition: Value) -> Value {
    let branch = |name: &str, word: &str| {
        let mut step = processing(name, json!([]));
        step["Arguments"]["Environment"] = json!({"WORD": word});
        step
    };
    let mut yes = branch("Yes", "");
    yes["Arguments"]["Environment"]["WORD"] = json_get("First", "deep['a word'][1]");
    let decide = json!({
        "Name": "Decide",
        "Type": "Condition",
        "Arguments": {"Conditions": [condition], "IfSteps": [yes], "ElseSteps": [branch("No", "no")]},
    });
    definition(&[processing("First", json!([])), decide])
}

fn run_branching(condition: Value) -> (Aws, String) {
    let mut aws = Aws::new();
    aws.pipeline("branching", &branching(condition));
    let execution = aws.start("branching", json!({"slot": "s"}));
    let first = aws.job();
    aws.put(
        "out/s/First/report.json",
        r#"{"score": 0.91, "name": "b", "deep": {"a word": ["no", "yes"]}}"#,
    );
    aws.complete(&first);
    (aws, execution)
}

#[test]
fn a_condition_takes_one_branch_and_the_other_never_appears() {
    let at_least = json!({"Type": "GreaterThanOrEqualTo", "LeftValue": json_get("First", "score"), "RightValue": 0.9});
    let (mut aws, execution) = run_branching(at_least.clone());
    let job = aws.job();
    assert_eq!(job.environment["WORD"], "yes");
    aws.complete(&job);
    let names: Vec<_> = aws.steps(&execution).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["First", "Decide", "Yes"]);
    assert_eq!(
        aws.step(&execution, "Decide")["Metadata"],
        json!({"Condition": {"Outcome": "True"}})
    );
    assert_eq!(aws.status(&execution), "Succeeded");

    let (mut aws, _) = run_branching(json!({"Type": "Not", "Expression": at_least}));
    assert_eq!(aws.job().step.as_deref(), Some("No"));
}

#[test]
fn an_empty_branch_is_success() {
    let mut aws = Aws::new();
    let never = json!({
        "Name": "Never",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "In", "QueryValue": {"Get": "Parameters.slot"}, "Values": ["a", "b"]}],
            "IfSteps": [processing("Inside", json!([]))],
            "ElseSteps": [],
        },
    });
    aws.pipeline("empty", &definition(&[never]));
    let execution = aws.start("empty", json!({"slot": "c"}));
    assert_eq!(aws.status(&execution), "Succeeded");
    assert!(aws.jobs().is_empty());
}

#[test]
fn steps_without_dependency_run_at_once_but_no_more_than_asked() {
    let mut aws = Aws::new();
    let steps = ["A", "B", "C"].map(|name| processing(name, json!([])));
    aws.pipeline("parallel", &definition(&steps));
    aws.start("parallel", json!({"slot": "1"}));
    assert_eq!(aws.jobs().len(), 3);

    let mut narrow = crate::build::start_input("parallel", crate::support::TOKEN, json!({"slot": "2"}));
    narrow["ParallelismConfiguration"] = json!({"MaxParallelExecutionSteps": 2});
    aws.call("StartPipelineExecution", narrow);
    let jobs = aws.jobs();
    assert_eq!(jobs.len(), 2);
    aws.complete(&jobs[0]);
    assert_eq!(aws.job().step.as_deref(), Some("C"));
}

fn training() -> Value {
    json!({
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": "windsock-jobs:1",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
            },
            "HyperParameters": {"rounds": "10"},
            "InputDataConfig": [{
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://work/data/train.csv"}},
            }],
            "OutputDataConfig": {"S3OutputPath": "s3://work/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "RoleArn": ROLE,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "ProfilerConfig": {"DisableProfiler": true},
        },
    })
}

#[test]
fn a_model_is_trained_registered_and_used() {
    let mut aws = Aws::new();
    aws.put("data/train.csv", "1,2");
    let register = json!({
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "churn",
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {"Containers": [{
                "Image": "windsock-jobs:1",
                "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
            }], "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]},
            "CustomerMetadataProperties": {"windsock-slot": {"Get": "Parameters.slot"}},
        },
    });
    let model = json!({
        "Name": "Make",
        "Type": "Model",
        "Arguments": {
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {"ModelPackageName": {"Get": "Steps.Register.ModelPackageArn"}},
        },
    });
    let transform = json!({
        "Name": "Score",
        "Type": "Transform",
        "Arguments": {
            "ModelName": {"Get": "Steps.Make.ModelName"},
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://work/data/"}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": "s3://work/scores/", "AssembleWith": "Line", "Accept": "text/csv"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "BatchStrategy": "MultiRecord",
        },
    });
    aws.pipeline("whole", &definition(&[training(), register, model, transform]));
    let execution = aws.start("whole", json!({"slot": "0123abc"}));

    let train = aws.job();
    assert_eq!(
        (train.kind, train.arguments.as_slice()),
        (JobKind::Training, ["train".to_owned()].as_slice())
    );
    assert_eq!(train.inputs[0].container_path, "/opt/ml/input/data/train");
    let archive = format!("models/{}/output/model.tar.gz", train.id);
    assert_eq!(
        (train.outputs[0].prefix.as_str(), train.outputs[0].tar_gz),
        (archive.as_str(), true)
    );
    aws.put(&archive, "archive");
    let metrics = BTreeMap::from([("validation:auc".to_owned(), 0.91)]);
    aws.end(&train, JobOutcome::Completed { message: None, metrics });
    let described = aws.call("DescribeTrainingJob", json!({"TrainingJobName": train.id}));
    assert_eq!(described["FinalMetricDataList"][0]["Value"], 0.91);

    let score = aws.job();
    assert_eq!(
        (score.kind, score.arguments.as_slice()),
        (JobKind::Transform, ["serve".to_owned()].as_slice())
    );
    assert_eq!(score.model.as_ref().unwrap().data.key, archive);
    aws.complete(&score);
    assert_eq!(aws.status(&execution), "Succeeded");

    let arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1";
    assert_eq!(
        aws.step(&execution, "Register")["Metadata"],
        json!({"RegisterModel": {"Arn": arn}})
    );
    let package = aws.call("DescribeModelPackage", json!({"ModelPackageName": arn}));
    assert_eq!(
        package["CustomerMetadataProperties"],
        json!({"windsock-slot": "0123abc"})
    );
    assert_eq!(package["MetadataProperties"]["GeneratedBy"], json!(execution));
}
