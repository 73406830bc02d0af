//! A change of an alarm's state: its event, and the topics that hear of it.

use serde_json::{Value, json};

use super::{
    alarms::{Alarm, AlarmState},
    reasons::alarm_time,
};
use crate::{Record, World, access::Actor, input::seconds, sns::Publication};

/// Subjects of SNS have fewer characters than this.
const SUBJECT_CHARS_MAX: usize = 99;

impl Alarm {
    /// The `detail` of the event about a change from `previous` to the present state.
    fn detail(&self, previous: &AlarmState) -> Value {
        let mut configuration = json!({});
        if let Some(description) = &self.description {
            configuration["description"] = json!(description);
        }
        configuration["metrics"] = json!([{
            "id": self.metric_id,
            "metricStat": {
                "metric": {
                    "dimensions": self.metric.dimensions,
                    "name": self.metric.name,
                    "namespace": self.metric.namespace,
                },
                "period": self.period / 1000,
                "stat": self.statistic.name(),
            },
            "returnData": true,
        }]);
        json!({
            "alarmName": self.name,
            "configuration": configuration,
            "previousState": told(previous),
            "state": told(&self.state),
        })
    }

    /// What SNS topics get.
    fn message(&self, previous: &AlarmState, account: &str, region: &str) -> Value {
        json!({
            "AlarmName": self.name,
            "AlarmDescription": self.description,
            "AWSAccountId": account,
            "AlarmConfigurationUpdatedTimestamp": alarm_time(self.updated_at),
            "NewStateValue": self.state.value.name(),
            "NewStateReason": self.state.reason,
            "StateChangeTime": alarm_time(self.state.since),
            "Region": region,
            "AlarmArn": self.arn,
            "OldStateValue": previous.value.name(),
            "OKActions": self.actions.ok,
            "AlarmActions": self.actions.alarm,
            "InsufficientDataActions": self.actions.insufficient_data,
            "Trigger": {
                "MetricName": self.metric.name,
                "Namespace": self.metric.namespace,
                "StatisticType": "Statistic",
                "Statistic": self.statistic.name().to_uppercase(),
                "Unit": self.unit,
                "Dimensions": self.metric.dimensions.iter()
                    .map(|(name, value)| json!({ "value": value, "name": name })).collect::<Vec<_>>(),
                "Period": self.period / 1000,
                "EvaluationPeriods": self.periods,
                "DatapointsToAlarm": self.points_to_alarm,
                "ComparisonOperator": self.comparison.name(),
                "Threshold": self.threshold,
                "TreatMissingData": self.missing.name(),
                "EvaluateLowSampleCountPercentile": "",
            },
        })
    }
}

fn told(state: &AlarmState) -> Value {
    let mut told = json!({ "reason": state.reason });
    if let Some(data) = &state.reason_data {
        told["reasonData"] = json!(data);
    }
    told["timestamp"] = json!(alarm_time(state.since));
    told["value"] = json!(state.value.name());
    told
}

impl World {
    /// Only a change is told; the same state again, with whatever reason, is not.
    pub(super) fn change_alarm(&mut self, name: &str, state: AlarmState) {
        let Some(alarm) = self.cloudwatch.alarms.get_mut(name) else {
            return;
        };
        let previous = std::mem::replace(&mut alarm.state, state);
        if previous.value == alarm.state.value {
            return;
        }
        alarm.history.push(json!({
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm",
            "Timestamp": seconds(alarm.state.since),
            "HistoryItemType": "StateUpdate",
            "HistorySummary":
                format!("Alarm updated from {} to {}", previous.value.name(), alarm.state.value.name()),
            "HistoryData": json!({ "version": "1.0", "oldState": told(&previous), "newState": told(&alarm.state) })
                .to_string(),
        }));
        let alarm = alarm.clone();
        self.journal(Record::Alarm {
            name: alarm.name.clone(),
            state: alarm.state.value.name().into(),
            previous: previous.value.name().into(),
            reason: alarm.state.reason.clone(),
        });
        let detail = alarm.detail(&previous);
        self.emit_event(
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            vec![alarm.arn.clone()],
            detail,
        );
        if alarm.actions_enabled {
            self.run_alarm_actions(&alarm, &previous);
        }
    }

    fn run_alarm_actions(&mut self, alarm: &Alarm, previous: &AlarmState) {
        let subject = format!("{}: \"{}\" in {}", alarm.state.value.name(), alarm.name, self.region());
        let subject = subject.chars().take(SUBJECT_CHARS_MAX).collect::<String>();
        let message = alarm.message(previous, self.account(), self.region()).to_string();
        for topic in alarm.actions.of(alarm.state.value) {
            let publication = Publication::new(subject.clone(), message.clone());
            let allowed = self.may_deliver(&Actor::service("cloudwatch.amazonaws.com", &alarm.arn), topic);
            if let Err(error) = allowed.and_then(|()| self.publish(topic, &publication)) {
                self.journal(Record::DeadLetter {
                    queue: String::new(),
                    function: topic.clone(),
                    error: format!("alarm {}: {error}", alarm.name),
                    event: json!(message),
                });
            }
        }
    }
}
