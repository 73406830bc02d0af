//! What data scientists and approvers look at with the roles of the platform, typed and read as they would.

use serde_json::Value;
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_flows::{Flow, Person};

const FLIGHTS: &str = "flight-delay";
const NOON: &str = "2013-04-01T12:00:00Z";
const EVENING: &str = "2013-04-01T18:00:00Z";

/// A project with a champion that has scored a batch.
async fn scored() -> Flow {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.upload("training/flight-delay/1.csv", "file 1").await;
    aws.upload("inference/flight-delay/1.csv", "batch 1").await;
    aws.settle().await;
    aws.approve(FLIGHTS, 1).await;
    aws.settle().await;
    assert_eq!(aws.executions(FLIGHTS, Inference).await.len(), 1);
    aws
}

/// What somebody's command prints at this place.
fn prints(aws: &mut Flow, person: Person, command: &str, place: &str) -> Value {
    let printed = aws.typed_by(person, command);
    let found = printed.pointer(place);
    found.unwrap_or_else(|| panic!("{command} printed {printed}")).clone()
}

fn check(aws: &mut Flow, person: Person, command: &str, place: &str, expected: &str) {
    assert_eq!(prints(aws, person, command, place), expected, "{command}");
}

/// The platform, and how a project's pipeline does.
fn sees_pipelines(aws: &mut Flow, person: Person) {
    let stack = "aws cloudformation describe-stacks --stack-name windsock";
    check(aws, person, stack, "/Stacks/0/StackName", "windsock");
    let of_pipeline = |verb: &str| format!("aws sagemaker {verb} --pipeline-name windsock-flight-delay-training");
    check(
        aws,
        person,
        &of_pipeline("describe-pipeline"),
        "/PipelineStatus",
        "Active",
    );
    check(
        aws,
        person,
        &of_pipeline("list-pipeline-executions"),
        "/PipelineExecutionSummaries/0/PipelineExecutionStatus",
        "Succeeded",
    );
}

#[tokio::test]
async fn a_data_scientist_sees_runs_jobs_versions_and_figures() {
    let mut aws = scored().await;
    let newest = [
        aws.executions(FLIGHTS, Training).await.pop().expect("a run").arn,
        aws.executions(FLIGHTS, Inference).await.pop().expect("a run").arn,
    ];
    let person = Person::DataScientist;
    sees_pipelines(&mut aws, person);
    let first = "/PipelineSummaries/0/PipelineName";
    let training = "windsock-flight-delay-training";
    check(&mut aws, person, "aws sagemaker list-pipelines", first, training);
    for run in &newest {
        let of_run = |verb: &str| format!("aws sagemaker {verb} --pipeline-execution-arn {run}");
        for (verb, place, expected) in [
            ("describe-pipeline-execution", "/PipelineExecutionStatus", "Succeeded"),
            (
                "list-pipeline-parameters-for-execution",
                "/PipelineParameters/0/Name",
                "manifest",
            ),
            (
                "list-pipeline-execution-steps",
                "/PipelineExecutionSteps/0/StepStatus",
                "Succeeded",
            ),
        ] {
            check(&mut aws, person, &of_run(verb), place, expected);
        }
    }
    jobs(&mut aws, &newest);
    sees_versions(&mut aws, person);
    figures(&mut aws);
}

/// Every job of these runs, by the link that its step has.
fn jobs(aws: &mut Flow, runs: &[String]) {
    let mut kinds = Vec::new();
    for run in runs {
        let steps = format!("aws sagemaker list-pipeline-execution-steps --pipeline-execution-arn {run}");
        let steps = prints(aws, Person::DataScientist, &steps, "/PipelineExecutionSteps");
        for step in steps.as_array().expect("steps") {
            for kind in ["Processing", "Training", "Transform"] {
                let Some(arn) = step["Metadata"][format!("{kind}Job")]["Arn"].as_str() else {
                    continue;
                };
                let (name, small) = (arn.rsplit('/').next().expect("a name"), kind.to_lowercase());
                let look = format!("aws sagemaker describe-{small}-job --{small}-job-name {name}");
                let status = prints(aws, Person::DataScientist, &look, &format!("/{kind}JobStatus"));
                assert_eq!(status, "Completed", "{look}");
                kinds.push(kind);
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["Processing", "Training", "Transform"]);
}

fn sees_versions(aws: &mut Flow, person: Person) {
    let group = "windsock-flight-delay";
    let mut sees = |command: &str, place: &str, expected: &str| check(aws, person, command, place, expected);
    sees(
        "aws sagemaker list-model-package-groups",
        "/ModelPackageGroupSummaryList/0/ModelPackageGroupName",
        group,
    );
    sees(
        &format!("aws sagemaker describe-model-package-group --model-package-group-name {group}"),
        "/ModelPackageGroupStatus",
        "Completed",
    );
    sees(
        &format!("aws sagemaker list-model-packages --model-package-group-name {group}"),
        "/ModelPackageSummaryList/0/ModelApprovalStatus",
        "Approved",
    );
    let arn = |kind: &str, rest: &str| format!("arn:aws:sagemaker:us-east-1:111122223333:{kind}/{group}{rest}");
    sees(
        &format!(
            "aws sagemaker describe-model-package --model-package-name {}",
            arn("model-package", "/1")
        ),
        "/ModelLifeCycle/StageStatus",
        "Champion",
    );
    let tags = format!(
        "aws sagemaker list-tags --resource-arn {}",
        arn("model-package-group", "")
    );
    assert!(prints(aws, person, &tags, "/Tags").is_array());
}

/// The dashboard, its graphs and alarms.
fn figures(aws: &mut Flow) {
    let person = Person::DataScientist;
    let board = prints(
        aws,
        person,
        "aws cloudwatch list-dashboards",
        "/DashboardEntries/0/DashboardName",
    );
    let board = board.as_str().expect("a name");
    let body = prints(
        aws,
        person,
        &format!("aws cloudwatch get-dashboard --dashboard-name {board}"),
        "/DashboardBody",
    );
    assert!(body.as_str().is_some_and(|body| body.contains("\"widgets\"")));
    let alarm = prints(
        aws,
        person,
        "aws cloudwatch describe-alarms",
        "/MetricAlarms/0/StateValue",
    );
    assert!(alarm.is_string());
    let metrics = prints(
        aws,
        person,
        "aws cloudwatch list-metrics --namespace Windsock",
        "/Metrics",
    );
    let drift = metrics
        .as_array()
        .expect("metrics")
        .iter()
        .find(|metric| metric["MetricName"] == "DriftScore");
    let drift = drift.unwrap_or_else(|| panic!("{metrics}"));
    let dimensions = drift["Dimensions"].to_string();
    let statistics = format!(
        "aws cloudwatch get-metric-statistics --namespace Windsock --metric-name DriftScore --dimensions '{dimensions}' \
         --start-time {NOON} --end-time {EVENING} --period 3600 --statistics '[\"Maximum\"]'"
    );
    let points = prints(aws, person, &statistics, "/Datapoints");
    assert_eq!(points.as_array().map(Vec::len), Some(1), "{points}");
    let query = format!(
        "aws cloudwatch get-metric-data --start-time {NOON} --end-time {EVENING} --metric-data-queries \
         '[{{\"Id\":\"d\",\"MetricStat\":{{\"Metric\":{drift},\"Period\":3600,\"Stat\":\"Maximum\"}}}}]'"
    );
    let values = prints(aws, person, &query, "/MetricDataResults/0/Values");
    assert_eq!(values.as_array().map(Vec::len), Some(1), "{values}");
}

#[tokio::test]
async fn a_data_scientist_reads_data_and_reports_and_gives_up_an_upload() {
    let aws = scored().await;
    let s3 = aws.s3_of(Person::DataScientist);
    let (data, work) = (&aws.deployed().data_bucket, &aws.deployed().work_bucket);
    let listed = s3
        .list_objects_v2()
        .bucket(data)
        .prefix("training/flight-delay/")
        .send()
        .await;
    assert_eq!(listed.expect("may look").key_count(), Some(1));
    let mine = s3
        .get_object()
        .bucket(data)
        .key("training/flight-delay/1.csv")
        .send()
        .await;
    let mine = mine.expect("may read").body.collect().await.expect("all of it");
    assert_eq!(mine.into_bytes(), "file 1");

    let key = "training/flight-delay/large.csv";
    let begun = s3.create_multipart_upload().bucket(data).key(key).send().await;
    let upload = begun.expect("may upload").upload_id.expect("an id");
    let part = s3.upload_part().bucket(data).key(key).upload_id(&upload).part_number(1);
    part.body(b"one".to_vec().into()).send().await.expect("may upload");
    let given_up = s3.abort_multipart_upload().bucket(data).key(key).upload_id(&upload);
    given_up.send().await.expect("may give up");

    reads_reports(&s3, work).await;
    let state = s3.put_object().bucket(work).key("state/flight-delay/champion.json");
    let refused = state.body(b"{}".to_vec().into()).send().await;
    assert_eq!(
        code(&refused.expect_err("only functions decide").into_service_error()),
        "AccessDenied"
    );
}

/// Everything that the jobs of the project left behind.
async fn reads_reports(s3: &aws_sdk_s3::Client, work: &str) {
    let listed = s3
        .list_objects_v2()
        .bucket(work)
        .prefix("jobs/flight-delay/")
        .send()
        .await;
    let listed = listed.expect("may look");
    let names: Vec<&str> = listed.contents().iter().filter_map(|object| object.key()).collect();
    let report = names.iter().find(|name| name.ends_with("/evaluate/evaluation.json"));
    let report = report.unwrap_or_else(|| panic!("{names:?}"));
    let read = s3.get_object().bucket(work).key(*report).send().await;
    let read = read.expect("may read").body.collect().await.expect("all of it");
    let read: Value = serde_json::from_slice(&read.into_bytes()).expect("JSON");
    assert_eq!(read["metric"], "auc", "{read}");
}

fn code(error: &impl aws_sdk_s3::error::ProvideErrorMetadata) -> &str {
    error.code().unwrap_or_default()
}

#[tokio::test]
async fn an_approver_sees_what_a_version_is_judged_by() {
    let mut aws = scored().await;
    let person = Person::Approver;
    sees_pipelines(&mut aws, person);
    sees_versions(&mut aws, person);
    let s3 = aws.s3_of(person);
    reads_reports(&s3, &aws.deployed().work_bucket).await;
    let upload = s3
        .put_object()
        .bucket(&aws.deployed().data_bucket)
        .key("training/flight-delay/2.csv");
    let refused = upload.body(b"mine".to_vec().into()).send().await;
    assert_eq!(
        code(&refused.expect_err("an approver brings no data").into_service_error()),
        "AccessDenied"
    );
}

#[tokio::test]
async fn people_of_the_account_take_on_the_roles() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    for role in ["data-scientist", "approver"] {
        let arn = format!("arn:aws:iam::111122223333:role/windsock-{role}");
        let assume = format!("aws sts assume-role --role-arn {arn} --role-session-name someone");
        let taken_on = prints(&mut aws, Person::Operator, &assume, "/AssumedRoleUser/Arn");
        assert_eq!(
            taken_on,
            format!("arn:aws:sts::111122223333:assumed-role/windsock-{role}/someone")
        );
    }
}
