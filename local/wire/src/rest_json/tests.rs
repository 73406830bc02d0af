//! Paths and query strings of Scheduler and Lambda.

use super::*;
use crate::recorder::{header, recording, request, text};

async fn asked(method: Method, path: &str, service: &str, body: &str) -> (String, Value) {
    let (recorder, wire) = recording(Ok(json!({})));
    let answer = wire.handle(request(method, path, service, &[], body.as_bytes())).await;
    assert_eq!(answer.status(), 200, "{path}: {}", text(&answer));
    recorder.asked()
}

#[tokio::test]
async fn schedules_are_addressed_by_path_and_query() {
    let body = r#"{"ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"}}"#;
    let (operation, input) = asked(Method::POST, "/schedules/flight-delay%2Fx", "scheduler", body).await;
    assert_eq!(operation, "scheduler.CreateSchedule");
    assert_eq!(input["Name"], "flight-delay/x");
    assert_eq!(input["ScheduleExpression"], "rate(1 day)");

    let cases = [
        (Method::PUT, "/schedules/n", "UpdateSchedule", json!({ "Name": "n" })),
        (
            Method::GET,
            "/schedules/n?groupName=g",
            "GetSchedule",
            json!({ "Name": "n", "GroupName": "g" }),
        ),
        (
            Method::DELETE,
            "/schedules/n?groupName=g",
            "DeleteSchedule",
            json!({ "Name": "n", "GroupName": "g" }),
        ),
        (
            Method::GET,
            "/schedules?ScheduleGroup=g&MaxResults=5&NamePrefix=a%20b",
            "ListSchedules",
            json!({ "GroupName": "g", "NamePrefix": "a b", "MaxResults": 5 }),
        ),
        (
            Method::POST,
            "/schedule-groups/g",
            "CreateScheduleGroup",
            json!({ "Name": "g" }),
        ),
    ];
    for (method, path, operation, members) in cases {
        assert_eq!(
            asked(method, path, "scheduler", "").await,
            (format!("scheduler.{operation}"), members)
        );
    }
}

#[tokio::test]
async fn functions_are_listed_and_described() {
    let (operation, input) = asked(Method::GET, "/2015-03-31/functions/", "lambda", "").await;
    assert_eq!((operation.as_str(), input), ("lambda.ListFunctions", json!({})));
    let arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Asweep";
    let (operation, input) = asked(Method::GET, &format!("/2015-03-31/functions/{arn}"), "lambda", "").await;
    assert_eq!(operation, "lambda.GetFunction");
    assert_eq!(
        input,
        json!({ "FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:sweep" })
    );
}

#[tokio::test]
async fn an_invocation_answers_with_the_function_s_own_words() {
    let (recorder, wire) = recording(Ok(json!({ "invocation": "one" })));
    let path = "/2015-03-31/functions/sweep/invocations";
    let answer = wire
        .handle(request(Method::POST, path, "lambda", &[], br#"{"a":1}"#))
        .await;
    assert_eq!(
        (answer.status().as_u16(), text(&answer).as_str()),
        (200, r#"{"answered":"one"}"#)
    );
    let expected = json!({ "FunctionName": "sweep", "InvocationType": "RequestResponse", "Payload": { "a": 1 } });
    assert_eq!(recorder.asked().1, expected);

    let headers = [("x-amz-invocation-type", "Event")];
    let answer = wire
        .handle(request(Method::POST, path, "lambda", &headers, b"[]"))
        .await;
    assert_eq!((answer.status().as_u16(), text(&answer).as_str()), (202, ""));

    let (_, wire) = recording(Ok(json!({ "invocation": "failing" })));
    let answer = wire.handle(request(Method::POST, path, "lambda", &[], b"")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "x-amz-function-error"), "Unhandled");
    assert_eq!(text(&answer), r#"{"errorType":"Boom","errorMessage":"it broke"}"#);
}

#[tokio::test]
async fn errors_name_their_type_in_a_header() {
    let (_, wire) = recording(Err(ApiError::new(
        404,
        "ResourceNotFoundException",
        "Schedule n does not exist.",
    )));
    let answer = wire
        .handle(request(Method::GET, "/schedules/n", "scheduler", &[], b""))
        .await;
    assert_eq!(answer.status(), 404);
    assert_eq!(header(&answer, "x-amzn-errortype"), "ResourceNotFoundException");
    assert_eq!(text(&answer), r#"{"Message":"Schedule n does not exist."}"#);
}

#[tokio::test]
async fn hostile_requests_get_a_clear_answer() {
    let (recorder, wire) = recording(Ok(json!({})));
    let cases = [
        (Method::PATCH, "/schedules/n", "{}", 404),
        (Method::GET, "/schedules/%ff", "", 404),
        (Method::GET, "/schedules/a/b/c", "", 404),
        (Method::GET, "/schedules?MaxResults=many", "", 400),
        (Method::POST, "/schedules/n", "{", 400),
        (Method::POST, "/schedules/n", "[]", 400),
        (Method::POST, "/2015-03-31/functions/f/invocations", "{", 404),
    ];
    for (method, path, body, status) in cases {
        let answer = wire
            .handle(request(method, path, "scheduler", &[], body.as_bytes()))
            .await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(text(&answer).contains("Message"), "{path}");
    }
    assert_eq!(recorder.asked().0, "");
}
