//! Forms in, XML out.

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::recorder::{header, recording, request, text};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];

async fn asked(service: &str, body: &str) -> (String, Value) {
    let (recorder, wire) = recording(Ok(json!({})));
    let answer = wire
        .handle(request(Method::POST, "/", service, &FORM, body.as_bytes()))
        .await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    recorder.asked()
}

async fn answered(service: &str, body: &str, output: Value) -> String {
    let (_, wire) = recording(Ok(output));
    let answer = wire
        .handle(request(Method::POST, "/", service, &FORM, body.as_bytes()))
        .await;
    assert_eq!(header(&answer, "content-type"), "text/xml");
    text(&answer)
}

#[tokio::test]
async fn lists_maps_and_numbers_are_read_from_the_form() {
    let (operation, input) = asked(
        "monitoring",
        "Action=PutMetricData&Version=2010-08-01&Namespace=Windsock&MetricData.member.10.MetricName=late\
         &MetricData.member.2.MetricName=DriftScore&MetricData.member.2.Value=0.25&MetricData.member.2.Timestamp=\
         2026-11-22T10%3A17%3A40Z&MetricData.member.2.Dimensions.member.1.Name=Project\
         &MetricData.member.2.Dimensions.member.1.Value=42&MetricData.member.2.Values.member.1=1",
    )
    .await;
    assert_eq!(operation, "cloudwatch.PutMetricData");
    let expected = json!({
        "Namespace": "Windsock",
        "MetricData": [
            {
                "MetricName": "DriftScore", "Value": 0.25, "Timestamp": 1_795_342_660.0,
                "Dimensions": [{ "Name": "Project", "Value": "42" }], "Values": [1],
            },
            { "MetricName": "late" },
        ],
    });
    assert_eq!(input, expected);
}

#[tokio::test]
async fn sns_attributes_are_maps() {
    let (operation, input) = asked(
        "sns",
        "Action=Publish&Version=2010-03-31&TopicArn=arn&Message=a%20%26%20b%0A&MessageAttributes.entry.1.Name=to\
         &MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=managers",
    )
    .await;
    assert_eq!(operation, "sns.Publish");
    let to = json!({ "DataType": "String", "StringValue": "managers" });
    assert_eq!(
        input,
        json!({ "TopicArn": "arn", "Message": "a & b\n", "MessageAttributes": { "to": to } })
    );

    let (_, input) = asked(
        "sns",
        "Action=Subscribe&Version=2010-03-31&ReturnSubscriptionArn=true&Attributes.entry.1.key=RawMessageDelivery\
         &Attributes.entry.1.value=true",
    )
    .await;
    assert_eq!(
        input,
        json!({ "ReturnSubscriptionArn": true, "Attributes": { "RawMessageDelivery": "true" } })
    );
}

#[tokio::test]
async fn an_empty_text_is_an_empty_list_where_a_list_belongs() {
    let (_, input) = asked(
        "cloudformation",
        "Action=UpdateStack&Version=2010-05-15&StackName=s&Tags=&Capabilities.member.1=CAPABILITY_IAM\
         &UsePreviousTemplate=true&Parameters.member.1.ParameterKey=k&Parameters.member.1.ParameterValue=",
    )
    .await;
    let expected = json!({
        "StackName": "s", "Tags": [], "Capabilities": ["CAPABILITY_IAM"], "UsePreviousTemplate": true,
        "Parameters": [{ "ParameterKey": "k", "ParameterValue": "" }],
    });
    assert_eq!(input, expected);
}

#[tokio::test]
async fn answers_are_xml_with_lists_maps_and_times() {
    let answer = answered(
        "cloudformation",
        "Action=DescribeStacks&Version=2010-05-15",
        json!({ "Stacks": [{
            "StackName": "a<b>&\"c\u{1}", "CreationTime": 1_795_342_660.989, "DisableRollback": false, "Tags": [],
            "TimeoutInMinutes": 5, "Absent": null, "Outputs": [{ "OutputKey": "k", "OutputValue": "v" }],
        }] }),
    )
    .await;
    expect_test::expect![[r#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>a&lt;b&gt;&amp;&quot;c�</StackName><CreationTime>2026-11-22T10:17:40.989Z</CreationTime><DisableRollback>false</DisableRollback><Tags></Tags><TimeoutInMinutes>5</TimeoutInMinutes><Outputs><member><OutputKey>k</OutputKey><OutputValue>v</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult><ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000001</RequestId></ResponseMetadata></DescribeStacksResponse>"#]]
    .assert_eq(&answer);

    let answer = answered(
        "sns",
        "Action=GetTopicAttributes&Version=2010-03-31",
        json!({ "Attributes": { "Owner": "123456789012", "DisplayName": "A & B" } }),
    )
    .await;
    assert!(answer.contains(
        "<Attributes><entry><key>Owner</key><value>123456789012</value></entry><entry><key>DisplayName</key>\
         <value>A &amp; B</value></entry></Attributes>"
    ));

    let answer = answered(
        "iam",
        "Action=GetRole&Version=2010-05-08",
        json!({ "Role": { "AssumeRolePolicyDocument": "{\"a\":1}", "MaxSessionDuration": 3600 } }),
    )
    .await;
    assert!(answer.contains("<AssumeRolePolicyDocument>%7B%22a%22%3A1%7D</AssumeRolePolicyDocument>"));
}

#[tokio::test]
async fn errors_are_said_in_the_protocol_s_words() {
    let (_, wire) = recording(Err(ApiError::validation("Stack <x> does not exist")));
    let body = b"Action=DescribeStacks&Version=2010-05-15";
    let answer = wire
        .handle(request(Method::POST, "/", "cloudformation", &FORM, body))
        .await;
    assert_eq!(answer.status(), 400);
    let xml = text(&answer);
    assert!(xml.contains("<Type>Sender</Type><Code>ValidationError</Code>"), "{xml}");
    assert!(
        xml.contains("<Message>Stack &lt;x&gt; does not exist</Message>"),
        "{xml}"
    );

    let mut stranger = request(Method::POST, "/", "cloudformation", &FORM, body);
    stranger.headers_mut().remove("authorization");
    let answer = wire.handle(stranger).await;
    assert_eq!(answer.status(), 403);
    assert!(text(&answer).contains("<Code>InvalidClientTokenId</Code>"));
}

#[tokio::test]
async fn hostile_forms_get_a_clear_answer() {
    let (recorder, wire) = recording(Ok(json!({})));
    let deep = format!("Action=Publish&Version=2010-03-31&{}=x", vec!["a"; 10_000].join("."));
    let cases = [
        ("Action=Publish", "has no Version"),
        ("Action=SendMessage&Version=2012-11-05", "AWS JSON"),
        ("Action=Publish&Version=1999-01-01", "1999-01-01"),
        ("Version=2010-03-31", "InvalidAction"),
        ("Action=%3Cscript%3E&Version=2010-03-31", "InvalidAction"),
        (
            "Action=Publish&Version=2010-03-31&a=1&a.b=2",
            "stands against another member",
        ),
        ("Action=Publish&Version=2010-03-31&a..b=2", "not the name of a member"),
        (
            "Action=Publish&Version=2010-03-31&Tags.member.x=2",
            "which is not a number",
        ),
        (
            "Action=Publish&Version=2010-03-31&MessageAttributes.entry.1=2",
            "an entry without a key",
        ),
        (
            "Action=PutMetricAlarm&Version=2010-08-01&Period=soon",
            "Period must be a number",
        ),
        (deep.as_str(), "not the name of a member"),
    ];
    for (body, expected) in cases {
        let answer = wire
            .handle(request(Method::POST, "/", "sns", &FORM, body.as_bytes()))
            .await;
        assert_eq!(answer.status(), 400, "{}", &body[..body.len().min(80)]);
        assert!(
            text(&answer).contains(expected),
            "{}: {}",
            &body[..body.len().min(80)],
            text(&answer)
        );
    }
    assert_eq!(recorder.asked().0, "");
}
