//! The API of alarms.

use serde_json::{Value, json};

use super::{
    AlarmTimer,
    alarms::{Actions, Alarm, AlarmState, Comparison, StateValue, TreatMissing},
    invalid, missing,
    queries::period,
    series::{Metric, Statistic},
};
use crate::{ApiError, World, input::Members, world::Timer};

const MEMBERS: [&str; 18] = [
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "Tags",
];
/// AWS's page of DescribeAlarms, unless asked for less.
const PAGE: usize = 50;

impl World {
    pub(super) fn put_metric_alarm(&mut self, members: Members) -> Result<Value, ApiError> {
        let mut alarm = self.read_alarm(members.only(&MEMBERS)?)?;
        let name = alarm.name.clone();
        if let Some(old) = self.cloudwatch.alarms.get(&name) {
            // A changed alarm keeps its state until the next look.
            alarm.state = old.state.clone();
            alarm.history = old.history.clone();
        }
        let first_look = alarm.first_look_at();
        self.cloudwatch.alarms.insert(name.clone(), alarm);
        let timer = Timer::Alarm(AlarmTimer::Evaluate { alarm: name });
        self.cancel_timer(&timer);
        self.set_timer(first_look, timer);
        Ok(json!({}))
    }

    fn read_alarm(&mut self, members: Members) -> Result<Alarm, ApiError> {
        let needed = |member: &'static str| members.required(member).map_err(|_| missing(member));
        let positive = |member: &'static str| -> Result<Option<usize>, ApiError> {
            let number = members
                .number(member)?
                .map(|number| usize::try_from(number).ok().filter(|n| *n > 0));
            number
                .map(|n| n.ok_or_else(|| invalid(format!("{member} must be at least 1"))))
                .transpose()
        };
        let name = needed("AlarmName")?;
        let metric = Metric::read(needed("Namespace")?, members)?;
        let periods = positive("EvaluationPeriods")?.ok_or_else(|| missing("EvaluationPeriods"))?;
        let points_to_alarm = positive("DatapointsToAlarm")?.unwrap_or(periods);
        if points_to_alarm > periods {
            return Err(invalid("DatapointsToAlarm must not be greater than EvaluationPeriods"));
        }
        let comparison = needed("ComparisonOperator")?;
        let treat_missing = members.text("TreatMissingData")?.unwrap_or("missing");
        let unknown = |member: &str, value: &str| {
            ApiError::new(
                400,
                "ValidationError",
                format!("{member}: {value} is not part of this world"),
            )
        };
        let actions = Actions {
            alarm: actions(members, "AlarmActions")?,
            ok: actions(members, "OKActions")?,
            insufficient_data: actions(members, "InsufficientDataActions")?,
        };
        let arn = self.arn("cloudwatch", &format!("alarm:{name}"));
        Ok(Alarm {
            name: name.into(),
            arn,
            description: members.text("AlarmDescription")?.map(str::to_owned),
            metric,
            statistic: Statistic::read(needed("Statistic")?)?,
            unit: members.text("Unit")?.map(str::to_owned),
            period: period(members)?,
            periods,
            points_to_alarm,
            threshold: members.float("Threshold")?.ok_or_else(|| missing("Threshold"))?,
            comparison: Comparison::read(comparison).ok_or_else(|| unknown("ComparisonOperator", comparison))?,
            missing: TreatMissing::read(treat_missing).ok_or_else(|| unknown("TreatMissingData", treat_missing))?,
            actions_enabled: members.flag("ActionsEnabled")?.unwrap_or(true),
            actions,
            state: AlarmState {
                value: StateValue::InsufficientData,
                reason: "Unchecked: Initial alarm creation".into(),
                reason_data: None,
                since: self.now,
            },
            updated_at: self.now,
            history: Vec::new(),
            metric_id: self.new_uuid(),
        })
    }

    pub(super) fn describe_alarms(&self, members: Members) -> Result<Value, ApiError> {
        let names = members.texts("AlarmNames")?;
        let prefix = members.text("AlarmNamePrefix")?.unwrap_or_default();
        let state = members.text("StateValue")?;
        let action = members.text("ActionPrefix")?;
        let types = members.texts("AlarmTypes")?;
        let after = members.text("NextToken")?.unwrap_or_default();
        let page = members
            .number("MaxRecords")?
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(PAGE);
        if !(1..=100).contains(&page) {
            return Err(invalid("MaxRecords must be between 1 and 100"));
        }
        let wanted = |alarm: &&Alarm| {
            (names.is_empty() || names.contains(&alarm.name))
                && alarm.name.starts_with(prefix)
                && alarm.name.as_str() > after
                && state.is_none_or(|state| state == alarm.state.value.name())
                && action.is_none_or(|prefix| alarm.actions.alarm.iter().any(|arn| arn.starts_with(prefix)))
                && (types.is_empty() || types.iter().any(|kind| kind == "MetricAlarm"))
        };
        let mut alarms: Vec<&Alarm> = self.cloudwatch.alarms.values().filter(wanted).take(page + 1).collect();
        let more = alarms.len() > page;
        alarms.truncate(page);
        let shown: Vec<_> = alarms.iter().map(|alarm| alarm.show()).collect();
        let mut answer = json!({ "MetricAlarms": shown, "CompositeAlarms": [] });
        if let Some(last) = alarms.last().filter(|_| more) {
            answer["NextToken"] = json!(last.name);
        }
        Ok(answer)
    }

    pub(super) fn describe_alarm_history(&self, members: Members) -> Result<Value, ApiError> {
        let name = members.text("AlarmName")?;
        let alarms = self
            .cloudwatch
            .alarms
            .values()
            .filter(|alarm| name.is_none_or(|name| name == alarm.name));
        let items: Vec<_> = alarms.flat_map(|alarm| alarm.history.iter().rev()).collect();
        Ok(json!({ "AlarmHistoryItems": items }))
    }

    pub(super) fn delete_alarms(&mut self, members: Members) -> Result<Value, ApiError> {
        for name in members.texts("AlarmNames")? {
            self.cloudwatch.alarms.remove(&name);
            self.cancel_timer(&Timer::Alarm(AlarmTimer::Evaluate { alarm: name }));
        }
        Ok(json!({}))
    }

    /// For tests of actions: the next look puts the state right again.
    pub(super) fn set_alarm_state(&mut self, members: Members) -> Result<Value, ApiError> {
        let name = members
            .required("AlarmName")
            .map_err(|_| missing("AlarmName"))?
            .to_owned();
        let value = members.required("StateValue").map_err(|_| missing("StateValue"))?;
        let value = StateValue::read(value).ok_or_else(|| invalid(format!("StateValue {value}")))?;
        let reason = members
            .required("StateReason")
            .map_err(|_| missing("StateReason"))?
            .to_owned();
        let reason_data = members.text("StateReasonData")?.map(str::to_owned);
        if !self.cloudwatch.alarms.contains_key(&name) {
            return Err(ApiError::new(404, "ResourceNotFound", format!("no alarm {name}")));
        }
        let state = AlarmState {
            value,
            reason,
            reason_data,
            since: self.now,
        };
        self.change_alarm(&name, state);
        self.watch_alarm(&name);
        Ok(json!({}))
    }

    pub(super) fn enable_alarm_actions(&mut self, members: Members, enabled: bool) -> Result<Value, ApiError> {
        for name in members.texts("AlarmNames")? {
            if let Some(alarm) = self.cloudwatch.alarms.get_mut(&name) {
                alarm.actions_enabled = enabled;
            }
        }
        Ok(json!({}))
    }
}

fn actions(members: Members, member: &str) -> Result<Vec<String>, ApiError> {
    let arns = members.texts(member)?;
    match arns.iter().find(|arn| arn.split(':').nth(2) != Some("sns")) {
        Some(other) => Err(ApiError::new(
            400,
            "ValidationError",
            format!("{member}: {other} is no SNS topic"),
        )),
        None => Ok(arns),
    }
}
