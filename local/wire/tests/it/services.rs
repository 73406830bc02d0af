//! One round trip per protocol through the whole world.

use ciborium::Value as Cbor;

use crate::support::{Client, HOST, elements, header, text};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

async fn json(client: &Client, service: &str, target: &str, body: &str) -> (u16, serde_json::Value) {
    let headers = [("x-amz-target", target), ("content-type", "application/x-amz-json-1.1")];
    let answer = client.call(service, "/", &headers, body.as_bytes()).await;
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_slice(answer.body()).expect("an answer in JSON"),
    )
}

async fn query(client: &Client, service: &str, body: &str) -> String {
    text(&client.call(service, "/", &FORM, body.as_bytes()).await)
}

#[tokio::test]
async fn a_message_goes_through_a_queue() {
    let client = Client::new();
    let (_, created) = json(&client, "sqs", "AmazonSQS.CreateQueue", r#"{"QueueName":"hints"}"#).await;
    let url = created["QueueUrl"].as_str().expect("the queue's address").to_owned();
    assert_eq!(
        url,
        format!("http://{HOST}/123456789012/hints"),
        "an address that the client has reached"
    );
    let send = serde_json::json!({ "QueueUrl": url, "MessageBody": "hello" }).to_string();
    assert_eq!(json(&client, "sqs", "AmazonSQS.SendMessage", &send).await.0, 200);
    let receive = serde_json::json!({ "QueueUrl": url }).to_string();
    let (_, received) = json(&client, "sqs", "AmazonSQS.ReceiveMessage", &receive).await;
    assert_eq!(received["Messages"][0]["Body"], "hello");
    let (status, refused) = json(&client, "sqs", "AmazonSQS.GetQueueUrl", r#"{"QueueName":"none"}"#).await;
    assert_eq!((status, refused["__type"].as_str()), (400, Some("QueueDoesNotExist")));
}

#[tokio::test]
async fn a_topic_is_made_and_published_to_in_the_query_protocol() {
    let client = Client::new();
    let created = query(&client, "sns", "Action=CreateTopic&Version=2010-03-31&Name=letters").await;
    let arn = elements(&created, "TopicArn")[0].clone();
    let body = format!("Action=Publish&Version=2010-03-31&TopicArn={arn}&Message=hello&Subject=hi");
    let published = query(&client, "sns", &body).await;
    assert_eq!(elements(&published, "MessageId").len(), 1, "{published}");
    let refused = query(&client, "sns", "Action=NoSuchThing&Version=2010-03-31").await;
    assert_eq!(elements(&refused, "Code"), ["InvalidAction"]);
}

#[tokio::test]
async fn the_caller_is_known() {
    let answer = query(&Client::new(), "sts", "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(elements(&answer, "Arn"), ["arn:aws:iam::123456789012:user/operator"]);
    assert_eq!(elements(&answer, "Account"), ["123456789012"]);
}

#[tokio::test]
async fn an_alarm_is_the_same_in_cbor_json_and_query() {
    let client = Client::new();
    let put = "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=drift&Namespace=Windsock&MetricName=DriftScore\
               &Statistic=Maximum&Period=3600&EvaluationPeriods=1&Threshold=1&TreatMissingData=ignore\
               &ComparisonOperator=GreaterThanThreshold&Dimensions.member.1.Name=Project\
               &Dimensions.member.1.Value=flight-delay";
    let answer = query(&client, "monitoring", put).await;
    assert!(answer.contains("<PutMetricAlarmResponse"), "{answer}");

    let listed = query(&client, "monitoring", "Action=DescribeAlarms&Version=2010-08-01").await;
    assert_eq!(elements(&listed, "AlarmName"), ["drift"], "{listed}");
    assert!(
        elements(&listed, "StateUpdatedTimestamp")[0].starts_with("2026-11-22T10:00:00"),
        "{listed}"
    );

    let (_, listed) = json(
        &client,
        "monitoring",
        "GraniteServiceVersion20100801.DescribeAlarms",
        "{}",
    )
    .await;
    assert_eq!(listed["MetricAlarms"][0]["Threshold"].as_f64(), Some(1.0));

    let headers = [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];
    let path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
    let answer = client.call("monitoring", path, &headers, &[0xa0]).await;
    assert_eq!(answer.status(), 200);
    let output: Cbor = ciborium::from_reader(answer.body().as_ref()).expect("an answer in CBOR");
    let alarm = &member(&output, "MetricAlarms").as_array().expect("a list")[0];
    assert_eq!(member(alarm, "Threshold"), &Cbor::Float(1.0));
    assert_eq!(member(alarm, "Period"), &Cbor::Integer(3600.into()));
    assert!(member(alarm, "StateUpdatedTimestamp").is_tag());
}

fn member<'a>(value: &'a Cbor, name: &str) -> &'a Cbor {
    let entries = value.as_map().expect("a map");
    &entries
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .expect("the member")
        .1
}

#[tokio::test]
async fn a_schedule_is_found_by_its_path() {
    let client = Client::new();
    let body = r#"{"ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{
        "Arn":"arn:aws:events:us-east-1:123456789012:event-bus/default","RoleArn":"arn:aws:iam::123456789012:role/r",
        "EventBridgeParameters":{"DetailType":"ScheduleTick","Source":"windsock"},"Input":"{}"}}"#;
    let created = client.call("scheduler", "/schedules/daily", &[], body.as_bytes()).await;
    assert_eq!(created.status(), 200, "{}", text(&created));
    let again = client.call("scheduler", "/schedules/daily", &[], body.as_bytes()).await;
    assert_eq!(
        (again.status().as_u16(), header(&again, "x-amzn-errortype")),
        (409, "ConflictException")
    );
}

#[tokio::test]
async fn stacks_and_pipelines_that_are_not_there_are_said_not_to_be() {
    let client = Client::new();
    let body = "Action=DescribeStacks&Version=2010-05-15&StackName=none";
    assert_eq!(
        elements(&query(&client, "cloudformation", body).await, "Code"),
        ["ValidationError"]
    );
    let (status, refused) = json(
        &client,
        "sagemaker",
        "SageMaker.DescribePipeline",
        r#"{"PipelineName":"none"}"#,
    )
    .await;
    assert_eq!((status, refused["__type"].as_str()), (400, Some("ResourceNotFound")));
    let (status, refused) = json(&client, "sagemaker", "SageMaker.Frobnicate", "{}").await;
    assert_eq!(
        (status, refused["__type"].as_str()),
        (400, Some("UnknownOperationException"))
    );
    assert!(
        refused["message"]
            .as_str()
            .is_some_and(|message| message.contains("Frobnicate"))
    );
}
