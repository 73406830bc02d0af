//! What happens when a schedule is due.

use serde_json::{Value, json};

use super::{SchedulerTimer, Target};
use crate::{World, access::Actor, deliver::Sender, events::put_event, input::rfc3339};

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
            Some((detail_type, source)) => self.emit_scheduled(arn, target, (detail_type, source), payload),
            None => self.deliver_scheduled(arn, target, &payload),
        }
    }

    /// As the schedule's role, which may be refused.
    fn emit_scheduled(&mut self, arn: &str, target: &Target, (detail_type, source): (&str, &str), detail: Value) {
        let need = put_event(self, source, detail_type);
        match self.may(&Actor::role(&target.role_arn), need) {
            Ok(()) => self.emit_event(source, detail_type, vec![arn.to_owned()], detail),
            Err(refusal) => {
                let error = refusal.of("events");
                self.bury(&target.arn, &detail, &sender(arn, target), &error);
            }
        }
    }

    fn deliver_scheduled(&mut self, arn: &str, target: &Target, payload: &Value) {
        self.send_to_target(&target.arn, payload, &sender(arn, target));
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

fn sender(arn: &str, target: &Target) -> Sender {
    Sender {
        arn: arn.to_owned(),
        attribute: "SCHEDULE_ARN",
        actor: Actor::role(&target.role_arn),
        dead_letters: target.dead_letters.clone(),
    }
}
