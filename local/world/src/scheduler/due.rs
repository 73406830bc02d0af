//! What happens when a schedule is due.

use serde_json::{Value, json};

use super::{SchedulerTimer, Target};
use crate::{World, deliver::Sender, input::rfc3339};

impl World {
    pub(crate) fn scheduler_timer(&mut self, timer: SchedulerTimer) {
        let SchedulerTimer::Due { schedule: name } = timer;
        let now = self.now;
        let Some(entry) = self.scheduler.schedules.get_mut(&name).filter(|entry| entry.enabled) else {
            return;
        };
        entry.latest = Some(now);
        let (arn, target) = (entry.arn.clone(), entry.target.clone());
        let done = entry.next().is_none() && entry.delete_when_done;
        self.send_scheduled(&arn, &target);
        if done {
            self.scheduler.schedules.remove(&name);
        }
        self.set_schedule_timer(&name);
    }

    fn send_scheduled(&mut self, arn: &str, target: &Target) {
        let execution = self.new_id("scheduled execution")[..16].to_owned();
        let scheduled_time = rfc3339(self.now);
        let Some(input) = &target.input else {
            let payload = self.event_without_input(arn, &execution, &scheduled_time);
            return self.deliver_scheduled(arn, target, &payload);
        };
        let keywords = [
            ("<aws.scheduler.schedule-arn>", arn),
            ("<aws.scheduler.scheduled-time>", scheduled_time.as_str()),
            ("<aws.scheduler.execution-id>", execution.as_str()),
            ("<aws.scheduler.attempt-number>", "1"),
        ];
        let input = keywords
            .iter()
            .fold(input.clone(), |input, (keyword, value)| input.replace(keyword, value));
        // Text that is no JSON arrives as a JSON string.
        let payload: Value = serde_json::from_str(&input).unwrap_or_else(|_| json!(input));
        match &target.event {
            Some((detail_type, source)) => self.emit_event(source, detail_type, vec![arn.to_owned()], payload),
            None => self.deliver_scheduled(arn, target, &payload),
        }
    }

    fn deliver_scheduled(&mut self, arn: &str, target: &Target, payload: &Value) {
        let (arn, dead_letters) = (arn.to_owned(), target.dead_letters.clone());
        self.send_to_target(
            &target.arn,
            payload,
            &Sender {
                arn,
                attribute: "SCHEDULE_ARN",
                dead_letters,
            },
        );
    }

    /// What a target without Input gets; unlike in events, `detail` is text.
    fn event_without_input(&self, arn: &str, execution: &str, time: &str) -> Value {
        json!({
            "version": "0",
            "id": execution,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self.account(),
            "time": time,
            "region": self.region(),
            "resources": [arn],
            "detail": "{}",
        })
    }
}
