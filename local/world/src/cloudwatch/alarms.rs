//! What an alarm is.

use serde_json::{Value, json};

use super::series::{Metric, Statistic};
use crate::{Millis, input::seconds};

const FIRST_LOOK_AFTER: Millis = 60_000;

#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) metric: Metric,
    /// The id of the metric in the alarm's events.
    pub(super) metric_id: String,
    pub(super) statistic: Statistic,
    pub(super) unit: Option<String>,
    pub(super) period: Millis,
    pub(super) periods: usize,
    pub(super) points_to_alarm: usize,
    pub(super) threshold: f64,
    pub(super) comparison: Comparison,
    pub(super) missing: TreatMissing,
    pub(super) actions_enabled: bool,
    pub(super) actions: Actions,
    pub(super) state: AlarmState,
    pub(super) updated_at: Millis,
    pub(super) history: Vec<Value>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Actions {
    pub(super) alarm: Vec<String>,
    pub(super) ok: Vec<String>,
    pub(super) insufficient_data: Vec<String>,
}

/// What an alarm's events and descriptions say of its state.
#[derive(Debug, Clone)]
pub(super) struct AlarmState {
    pub(super) value: StateValue,
    pub(super) reason: String,
    pub(super) reason_data: Option<String>,
    pub(super) since: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateValue {
    Ok,
    Alarm,
    InsufficientData,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    AtLeast,
    Greater,
    Less,
    AtMost,
}

/// TreatMissingData.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreatMissing {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}

impl StateValue {
    pub(super) fn read(name: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData]
            .into_iter()
            .find(|value| value.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl Comparison {
    const ALL: [Self; 4] = [Self::AtLeast, Self::Greater, Self::Less, Self::AtMost];

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|comparison| comparison.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::Greater => "GreaterThanThreshold",
            Self::Less => "LessThanThreshold",
            Self::AtMost => "LessThanOrEqualToThreshold",
        }
    }

    /// As the reasons of states say it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "greater than or equal to",
            Self::Greater => "greater than",
            Self::Less => "less than",
            Self::AtMost => "less than or equal to",
        }
    }

    pub(super) fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Greater => value > threshold,
            Self::Less => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

impl TreatMissing {
    const ALL: [Self; 4] = [Self::Breaching, Self::NotBreaching, Self::Ignore, Self::Missing];

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missing| missing.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
            Self::Ignore => "ignore",
            Self::Missing => "missing",
        }
    }
}

impl Actions {
    pub(super) fn of(&self, state: StateValue) -> &[String] {
        match state {
            StateValue::Alarm => &self.alarm,
            StateValue::Ok => &self.ok,
            StateValue::InsufficientData => &self.insufficient_data,
        }
    }
}

impl Alarm {
    /// Its first look, and the first after it was changed.
    pub(super) fn first_look_at(&self) -> Millis {
        self.updated_at + FIRST_LOOK_AFTER
    }

    pub(super) fn show(&self) -> Value {
        let mut shown = json!({
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": seconds(self.updated_at),
            "ActionsEnabled": self.actions_enabled,
            "OKActions": self.actions.ok,
            "AlarmActions": self.actions.alarm,
            "InsufficientDataActions": self.actions.insufficient_data,
            "StateValue": self.state.value.name(),
            "StateReason": self.state.reason,
            "StateUpdatedTimestamp": seconds(self.state.since),
            "StateTransitionedTimestamp": seconds(self.state.since),
            "MetricName": self.metric.name,
            "Namespace": self.metric.namespace,
            "Statistic": self.statistic.name(),
            "Dimensions": self.metric.shown_dimensions(),
            "Period": self.period / 1000,
            "EvaluationPeriods": self.periods,
            "DatapointsToAlarm": self.points_to_alarm,
            "Threshold": self.threshold,
            "ComparisonOperator": self.comparison.name(),
            "TreatMissingData": self.missing.name(),
        });
        let optional = [
            ("AlarmDescription", &self.description),
            ("Unit", &self.unit),
            ("StateReasonData", &self.state.reason_data),
        ];
        for (member, value) in optional {
            if let Some(value) = value {
                shown[member] = json!(value);
            }
        }
        shown
    }
}
