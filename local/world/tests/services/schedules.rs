//! EventBridge Scheduler: local times, keywords, one-time schedules, refusals.

use serde_json::{Value, json};

use crate::support::{Aws, HOUR, MINUTE, START, arn};

fn schedule(name: &str, expression: &str, members: Value) -> Value {
    let mut schedule = json!({
        "Name": name,
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": arn("events", "event-bus/default"),
            "RoleArn": "arn:aws:iam::111122223333:role/scheduler",
            "EventBridgeParameters": { "DetailType": "ScheduleTick", "Source": "windsock" },
            "Input": "{\"project\":\"p\",\"at\":\"<aws.scheduler.scheduled-time>\",\"by\":\"<aws.scheduler.schedule-arn>\",\
                      \"n\":\"<aws.scheduler.attempt-number>\"}",
        },
    });
    schedule
        .as_object_mut()
        .expect("members")
        .extend(members.as_object().expect("members").clone());
    schedule
}

#[test]
fn a_schedule_keeps_its_local_time_through_daylight_saving() {
    let mut aws = Aws::new();
    let zone = json!({ "ScheduleExpressionTimezone": "America/New_York" });
    aws.call(
        "scheduler",
        "CreateSchedule",
        schedule("daily", "cron(0 6 * * ? *)", zone),
    );
    // From November to the end of March: the clocks go forward on 14 March 2027.
    aws.advance(130 * 24 * HOUR);
    let ticks = aws.events("ScheduleTick");
    let times: Vec<_> = ticks.iter().map(|tick| tick["at"].as_str().expect("a time")).collect();
    assert_eq!(times[0], "2026-11-22T11:00:00Z");
    assert!(
        times.contains(&"2027-03-13T11:00:00Z") && times.contains(&"2027-03-14T10:00:00Z"),
        "{times:?}"
    );
    // The last one comes an hour earlier than the first, at the very end.
    assert_eq!(times.len(), 131);
    assert_eq!(ticks[0]["by"], arn("scheduler", "schedule/default/daily"));
    assert_eq!(ticks[0]["n"], "1");
}

#[test]
fn a_rate_starts_at_once_and_ends_at_its_end() {
    let mut aws = Aws::new();
    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
    let end = (START + HOUR) as f64 / 1000.0;
    aws.call(
        "scheduler",
        "CreateSchedule",
        schedule("often", "rate(20 minutes)", json!({ "EndDate": end })),
    );
    aws.advance(3 * HOUR);
    assert_eq!(aws.events("ScheduleTick").len(), 4);
    assert_eq!(aws.world.next_timer(), None);
}

#[test]
fn a_disabled_schedule_rests_and_an_updated_one_starts_anew() {
    let mut aws = Aws::new();
    aws.call(
        "scheduler",
        "CreateSchedule",
        schedule("s", "rate(1 hour)", json!({ "State": "DISABLED" })),
    );
    aws.advance(2 * HOUR);
    assert!(aws.events("ScheduleTick").is_empty());
    aws.call("scheduler", "UpdateSchedule", schedule("s", "rate(1 hour)", json!({})));
    aws.advance(MINUTE);
    assert_eq!(aws.events("ScheduleTick").len(), 1);
    let shown = aws.call("scheduler", "GetSchedule", json!({ "Name": "s" }));
    assert_eq!(shown["State"], "ENABLED");
    aws.call("scheduler", "DeleteSchedule", json!({ "Name": "s" }));
    assert_eq!(
        aws.refusal("scheduler", "GetSchedule", json!({ "Name": "s" })),
        "ResourceNotFoundException"
    );
    assert_eq!(aws.world.next_timer(), None);
}

#[test]
fn a_one_time_schedule_can_delete_itself() {
    let mut aws = Aws::new();
    let once = schedule(
        "once",
        "at(2026-11-22T12:00:00)",
        json!({ "ActionAfterCompletion": "DELETE" }),
    );
    aws.call("scheduler", "CreateSchedule", once);
    aws.advance(24 * HOUR);
    assert_eq!(aws.events("ScheduleTick").len(), 1);
    let left = aws.call("scheduler", "ListSchedules", json!({}));
    assert_eq!(left["Schedules"], json!([]));
}

#[test]
fn a_function_gets_the_input_itself() {
    let mut aws = Aws::new();
    aws.function("f");
    let target = json!({ "Target": { "Arn": arn("lambda", "function:f"), "RoleArn": "arn:aws:iam::1:role/r",
                                     "Input": "{\"kind\":\"tick\"}" } });
    aws.call("scheduler", "CreateSchedule", schedule("s", "rate(1 day)", target));
    aws.advance(MINUTE);
    assert_eq!(aws.invocation().payload, json!({ "kind": "tick" }));
}

#[test]
fn wrong_schedules_are_refused() {
    let mut aws = Aws::new();
    let rows = [
        ("cron(0 6 * * * *)", json!({})),
        ("rate(1 hours)", json!({})),
        ("rate(1 hour)", json!({ "ScheduleExpressionTimezone": "Mars/Olympus" })),
        ("rate(1 hour)", json!({ "State": "PAUSED" })),
        ("rate(1 hour)", json!({ "FlexibleTimeWindow": { "Mode": "FLEXIBLE" } })),
        ("rate(1 hour)", json!({ "Frequency": 2 })),
        (
            "rate(1 hour)",
            json!({ "Target": { "Arn": arn("events", "event-bus/default"), "RoleArn": "r" } }),
        ),
    ];
    for (expression, members) in rows {
        let code = aws.refusal(
            "scheduler",
            "CreateSchedule",
            schedule("s", expression, members.clone()),
        );
        assert_eq!(code, "ValidationException", "{expression} {members}");
    }
    aws.call("scheduler", "CreateSchedule", schedule("s", "rate(1 hour)", json!({})));
    assert_eq!(
        aws.refusal("scheduler", "CreateSchedule", schedule("s", "rate(1 hour)", json!({}))),
        "ConflictException"
    );
}
