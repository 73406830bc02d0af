//! Why an alarm is in its state, in CloudWatch's words.

use serde_json::{Value, json};

use super::{
    alarms::{Alarm, AlarmState, StateValue},
    evaluate::Look,
};
use crate::Millis;

impl Alarm {
    /// The state that a look found, in CloudWatch's words.
    pub(super) fn state_of(&self, look: &Look, now: Millis) -> AlarmState {
        let reason = if look.points.is_empty() {
            self.reason_without_points(look)
        } else {
            self.reason(look)
        };
        let data = self.reason_data(look, now).to_string();
        AlarmState {
            value: look.value,
            reason,
            reason_data: Some(data),
            since: now,
        }
    }

    fn reason_without_points(&self, look: &Look) -> String {
        let (count, were) = match look.missing {
            1 => ("1 datapoint".to_owned(), "was"),
            more => (format!("{more} datapoints"), "were"),
        };
        if look.value == StateValue::InsufficientData {
            return format!("Insufficient Data: {count} {were} unknown.");
        }
        let treated = if look.value == StateValue::Alarm {
            "Breaching"
        } else {
            "NonBreaching"
        };
        let (count, were) = match look.missing {
            1 => (
                "no datapoints were received for 1 period and 1 missing datapoint".to_owned(),
                "was",
            ),
            more => (
                format!("no datapoints were received for {more} periods and {more} missing datapoints"),
                "were",
            ),
        };
        format!("Threshold Crossed: {count} {were} treated as [{treated}].")
    }

    fn reason(&self, look: &Look) -> String {
        let alarming = look.value == StateValue::Alarm;
        let telling: Vec<_> = look
            .points
            .iter()
            .filter(|(_, numbers)| self.breaches(*numbers) == alarming)
            .collect();
        let points = telling.iter().rev().map(|(start, numbers)| {
            let start = jiff::Timestamp::from_millisecond(*start).unwrap_or_default();
            format!(
                "{:?} ({})",
                numbers.statistic(self.statistic),
                start.strftime("%d/%m/%y %H:%M:%S")
            )
        });
        let (needed, transition) = match alarming {
            true => (self.points_to_alarm, "OK -> ALARM"),
            false => (self.periods - self.points_to_alarm + 1, "ALARM -> OK"),
        };
        format!(
            "Threshold Crossed: {} out of the last {} datapoints [{}] {} {}{} the threshold ({:?}) (minimum {needed} \
             datapoint{} for {transition} transition).",
            telling.len(),
            look.points.len(),
            points.collect::<Vec<_>>().join(", "),
            if telling.len() == 1 { "was" } else { "were" },
            if alarming { "" } else { "not " },
            self.comparison.words(),
            self.threshold,
            if needed == 1 { "" } else { "s" },
        )
    }

    fn reason_data(&self, look: &Look, now: Millis) -> Value {
        let values: Vec<_> = look
            .points
            .iter()
            .map(|(_, numbers)| numbers.statistic(self.statistic))
            .collect();
        let mut data = json!({ "version": "1.0", "queryDate": alarm_time(now) });
        if let Some((start, _)) = look.points.first() {
            data["startDate"] = json!(alarm_time(*start));
        }
        data["statistic"] = json!(self.statistic.name());
        data["period"] = json!(self.period / 1000);
        data["recentDatapoints"] = json!(values);
        data["threshold"] = json!(self.threshold);
        if !look.points.is_empty() {
            let evaluated = look.points.iter().rev().map(|(start, numbers)| {
                json!({
                    "timestamp": alarm_time(*start),
                    "sampleCount": numbers.count,
                    "value": numbers.statistic(self.statistic),
                })
            });
            data["evaluatedDatapoints"] = json!(evaluated.collect::<Vec<_>>());
        }
        data
    }
}

/// `2026-11-22T10:17:40.989+0000`: without a colon, so not RFC 3339.
pub(super) fn alarm_time(at: Millis) -> String {
    let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}
