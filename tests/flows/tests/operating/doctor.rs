//! `windsock doctor`: finds what is wrong, and names what mends it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use windsock_decisions::layout;
use windsock_deployment::doctor::{self, Check, Found};
use windsock_events::facts::PipelineKind::Training;
use windsock_flows::Flow;

use crate::{FLIGHTS, with_champions};

async fn checks(aws: &Flow) -> Vec<Check> {
    let now = Timestamp::from_millisecond(aws.now()).expect("a time");
    let checks = doctor::examine(aws.deployed(), "windsock", now).await;
    checks.expect("an operator may look")
}

/// What the checks found wrong: what and why, and what mends it.
async fn ailments(aws: &Flow) -> Vec<(String, String)> {
    let checks = checks(aws).await;
    assert!(checks.len() > 25, "{checks:?}");
    let wrong = checks.iter().filter_map(|check| Some((&check.what, check.wrong()?)));
    wrong
        .map(|(what, wrong)| (format!("{what}: {}", wrong.why), wrong.mend.clone()))
        .collect()
}

/// What cannot be seen from here.
async fn notes(aws: &Flow) -> Vec<String> {
    let checks = checks(aws).await.into_iter();
    let notes = checks.filter_map(|check| match check.found {
        Found::Unclear(why) => Some(format!("{}: {why}", check.what)),
        Found::Well | Found::Wrong(_) => None,
    });
    notes.collect()
}

/// The commands in what the doctor says, without the words before and behind them.
fn commands(mend: &str) -> Vec<&str> {
    let begun = mend.find("aws ").unwrap_or(mend.len());
    let all = mend[begun..].split(" (AWS mails").next().unwrap_or_default();
    all.split("; ").filter(|command| command.starts_with("aws ")).collect()
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_and_says_what_mends_it() {
    let mut aws = with_champions(1).await;
    assert_eq!(ailments(&aws).await, []);
    aws.events_are_lost(&["training-data-arrived"]);
    aws.send_poison("{ this is no event").await;
    aws.advance(SignedDuration::from_hours(3)).await;
    let pipeline = layout::pipeline_name(&aws.deployed().name_prefix, FLIGHTS, Training);
    aws.deployed()
        .sagemaker
        .delete_pipeline(&pipeline)
        .await
        .expect("an operator may");
    let found = ailments(&aws).await;
    let found: Vec<String> = found
        .into_iter()
        .map(|(what, mend)| format!("{what}: {mend}"))
        .collect();
    let (alarm, others): (Vec<&String>, Vec<&String>) = found.iter().partition(|line| line.starts_with("alarm "));
    assert!(
        alarm.len() == 1 && alarm[0].starts_with("alarm windsock-training-hints-dead-letters: "),
        "{alarm:?}"
    );
    assert_eq!(
        others,
        [
            "queue training-hints-dead-letters is empty: 1 in it: windsock replay --dry-run, then windsock replay",
            "rules and schedules windsock-* are enabled: disabled: windsock-training-data-arrived: \
             aws events enable-rule --name windsock-training-data-arrived",
            "pipelines of flight-delay are of this program's format: pipeline windsock-flight-delay-training is not there, \
             or its definition is not Windsock's: windsock apply --all",
        ]
    );
}

/// A project with both schedules and two readers.
const SCHEDULED: &str = r#"
project: flight-delay
data: { label: late }
training: { on: [schedule], schedule: "rate(1 day)", objective: { metric: auc } }
inference: { schedule: "cron(0 6 * * ? *)", timezone: America/New_York }
letters: { managers: [managers@example.com], engineers: [managers@example.com, engineers@example.com] }
"#;
/// Somebody else's rules: who reads, and that uploads say nothing of.
const LAKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Lake","Effect":"Deny","Principal":"*","Action":
["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::DATA","arn:aws:s3:::DATA/*"],"Condition":
{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/lake","arn:aws:iam::111122223333:user/operator"]}}}]}"#;

#[tokio::test]
async fn what_the_doctor_says_to_type_mends_what_it_found() {
    let mut aws = Flow::with(&[SCHEDULED]).await;
    assert_eq!(ailments(&aws).await, []);
    for command in sicken(&mut aws) {
        aws.typed(&command);
    }
    let found = ailments(&aws).await;
    let what: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    let data = aws.deployed().data_bucket.clone();
    assert_eq!(
        what,
        [
            format!(
                "bucket {data} tells EventBridge of new objects: it does not, so no arrival wakes anything before the sweep looks"
            ),
            format!("bucket {data} keeps versions: it does not, so what is overwritten is lost"),
            format!("bucket {data} cannot be made public: its public access block does not block everything"),
            format!(
                "bucket {data} is encrypted with a key that our roles may use: it is encrypted with alias/lake, which is \
                     not the platform's KmsKeyArn"
            ),
            format!("bucket {data} refuses plain HTTP: its policy lets it in"),
            format!(
                "policy of bucket {data} lets our roles in: statement Lake denies s3:ListBucket to \
                     windsock-start-training; statement Lake denies s3:ListBucket to windsock-start-inference; statement Lake \
                     denies s3:ListBucket to windsock-respond-to-drift; statement Lake denies s3:ListBucket to windsock-sweep; \
                     statement Lake denies s3:ListBucket to windsock-data-scientist; statement Lake denies s3:ListBucket to \
                     windsock-flight-delay-jobs; statement Lake denies s3:GetObject to windsock-flight-delay-jobs"
            ),
            "windsock-start-training reads queue windsock-training-hints: its event source mapping is Disabled"
                .to_owned(),
            "windsock-start-inference reads queue windsock-inference-hints: it has no event source mapping for it"
                .to_owned(),
            "logs /aws/lambda/windsock-* end some time: kept for ever: /aws/lambda/windsock-notify".to_owned(),
            "schedule windsock-flight-delay-training: it is not there".to_owned(),
            "schedule windsock-flight-delay-inference: its state is DISABLED, not ENABLED; its expression is rate(1 day), \
             not cron(0 6 * * ? *); its time zone is UTC, not America/New_York; what it says is {}, not \
             {\"project\":\"flight-delay\",\"pipeline\":\"inference\",\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"
                .to_owned(),
            "letters of windsock-flight-delay: 2 readers: engineers@example.com is not subscribed, and gets nothing"
                .to_owned(),
        ]
    );
    for (what, mend) in &found {
        let commands = commands(mend);
        assert!(!commands.is_empty(), "{what}: {mend}");
        for command in commands {
            aws.typed(command);
        }
    }
    assert_eq!(ailments(&aws).await, []);
    let kept = aws.typed(&format!("aws s3api get-bucket-policy --bucket {data}"));
    assert!(
        kept["Policy"]
            .as_str()
            .is_some_and(|policy| policy.contains("role/lake")),
        "{kept}"
    );
    aws.upload("training/flight-delay/1.csv", "first").await;
    aws.advance(SignedDuration::from_hours(25)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1, "{}", aws.full_log());
}

/// What a person may do to a platform.
fn sicken(aws: &mut Flow) -> Vec<String> {
    let data = aws.deployed().data_bucket.clone();
    let mapping = |aws: &mut Flow, function: &str| {
        let listed = aws.typed(&format!(
            "aws lambda list-event-source-mappings --function-name windsock-{function}"
        ));
        listed["EventSourceMappings"][0]["UUID"]
            .as_str()
            .expect("a mapping")
            .to_owned()
    };
    let (training, inference) = (mapping(aws, "start-training"), mapping(aws, "start-inference"));
    let topic = "arn:aws:sns:us-east-1:111122223333:windsock-flight-delay";
    let listed = aws.typed(&format!("aws sns list-subscriptions-by-topic --topic-arn {topic}"));
    let readers = listed["Subscriptions"].as_array().expect("a list");
    let engineers = readers.iter().find(|one| one["Endpoint"] == "engineers@example.com");
    let engineers = engineers
        .and_then(|one| one["SubscriptionArn"].as_str())
        .expect("a reader");
    let mut schedule: Value = serde_json::json!({
        "Name": "windsock-flight-delay-inference", "ScheduleExpression": "rate(1 day)", "State": "DISABLED",
        "FlexibleTimeWindow": { "Mode": "OFF" },
    });
    schedule["Target"] = serde_json::json!({
        "Arn": "arn:aws:events:us-east-1:111122223333:event-bus/default", "Input": "{}",
        "RoleArn": "arn:aws:iam::111122223333:role/windsock-flight-delay-schedule",
        "EventBridgeParameters": { "DetailType": "ScheduleTick", "Source": "windsock" },
    });
    let lake = LAKE.replace("DATA", &data).replace('\n', "");
    let key = r#"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"alias/lake"}}]}"#;
    vec![
        format!("aws s3api put-bucket-notification-configuration --bucket {data} --notification-configuration '{{}}'"),
        format!("aws s3api put-bucket-versioning --bucket {data} --versioning-configuration Status=Suspended"),
        format!("aws s3api delete-public-access-block --bucket {data}"),
        format!("aws s3api put-bucket-encryption --bucket {data} --server-side-encryption-configuration '{key}'"),
        format!("aws s3api put-bucket-policy --bucket {data} --policy '{lake}'"),
        format!(
            "aws lambda update-event-source-mapping --uuid {training} --cli-input-json '{{\"UUID\":\"{training}\",\"Enabled\":false}}'"
        ),
        format!("aws lambda delete-event-source-mapping --uuid {inference}"),
        "aws logs delete-retention-policy --log-group-name /aws/lambda/windsock-notify".to_owned(),
        "aws scheduler delete-schedule --name windsock-flight-delay-training".to_owned(),
        format!("aws scheduler update-schedule --cli-input-json '{schedule}'"),
        format!("aws sns unsubscribe --subscription-arn {engineers}"),
    ]
}

#[tokio::test]
async fn what_the_doctor_cannot_see_is_a_note_with_the_command_that_does() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    let alone = "letters of windsock_operations: nobody is subscribed, so alarms are seen by whoever looks alone: deploy with \
                 OperationsEmail";
    let image = "image 111122223333.dkr.ecr.us-east-1.amazonaws.com/windsock-jobs:0.1.0: nobody here says whether it is there \
                 (UnknownOperationException; the local AWS runs jobs as a program and has no images). On AWS: aws ecr \
                 describe-images --region us-east-1 --registry-id 111122223333 --repository-name windsock-jobs --image-ids \
                 imageTag=0.1.0";
    assert_eq!(notes(&aws).await, [alone, image]);
    let expired = format!("{}expires: 2013-03-01\n", windsock_flows::project(FLIGHTS));
    aws.apply_project(&expired).await;
    aws.advance(SignedDuration::from_hours(25)).await;
    assert_eq!(ailments(&aws).await, []);
    let over = "pipelines of flight-delay: it has expired; to remove the rest: windsock retire flight-delay; to go on: without \
                `expires:`, windsock apply";
    assert_eq!(notes(&aws).await, [alone, image, over]);
}

#[tokio::test]
async fn what_is_gone_altogether_keeps_the_doctor_from_nothing_else() {
    let mut aws = Flow::with_project(FLIGHTS).await;
    aws.typed("aws sns delete-topic --topic-arn arn:aws:sns:us-east-1:111122223333:windsock-flight-delay");
    let data = aws.deployed().data_bucket.clone();
    aws.typed(&format!("aws s3api delete-bucket --bucket {data}"));
    let found = ailments(&aws).await;
    let what: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            format!("bucket {data}: it is not there, so nothing is learned or scored"),
            "letters of windsock-flight-delay: there is no such topic, so nobody is told".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_data_bucket_that_was_there_already_becomes_what_the_platform_needs() {
    let mut aws = Flow::with_data_in("lake", &[&windsock_flows::project(FLIGHTS)]).await;
    let found = ailments(&aws).await;
    let what: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "bucket lake tells EventBridge of new objects: it does not, so no arrival wakes anything before the sweep looks",
            "bucket lake keeps versions: it does not, so what is overwritten is lost",
            "bucket lake cannot be made public: its public access block does not block everything",
            "bucket lake refuses plain HTTP: its policy lets it in",
        ]
    );
    for (_, mend) in &found {
        aws.typed(mend);
    }
    assert_eq!(ailments(&aws).await, []);
    aws.upload("training/flight-delay/1.csv", "first").await;
    // Before any sweep: the arrival itself has woken it.
    aws.advance(SignedDuration::from_mins(7)).await;
    assert_eq!(aws.executions(FLIGHTS, Training).await.len(), 1, "{}", aws.full_log());
}
