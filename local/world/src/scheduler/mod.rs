//! EventBridge Scheduler: schedules in a time zone that put an event on the default bus, or call a function or a queue.
//!
//! Flexible windows are accepted and not used: a schedule is always on time here.

mod due;
mod permissions;
mod read;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use permissions::PERMISSIONS;

use crate::{
    ApiError, Caller, Millis, World,
    input::{Members, seconds, unknown_operation},
    schedules::Schedule,
    world::Timer,
};

#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    schedules: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    arn: String,
    schedule: Schedule,
    enabled: bool,
    starts_at: Option<Millis>,
    ends_at: Option<Millis>,
    target: Target,
    delete_when_done: bool,
    created_at: Millis,
    modified_at: Millis,
    /// When it last came due.
    latest: Option<Millis>,
    /// The request's members, shown again.
    members: Value,
}

#[derive(Debug, Clone)]
struct Target {
    arn: String,
    role_arn: String,
    input: Option<String>,
    /// DetailType and Source of the event, when the target is the bus.
    event: Option<(String, String)>,
    dead_letters: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SchedulerTimer {
    Due { schedule: String },
}

/// The only group of schedules there is.
const GROUP: &str = "default";

impl World {
    pub(crate) fn scheduler_call(
        &mut self,
        _caller: &Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        let members = Members::of(input);
        if let Some(group) = members.text("GroupName")?.filter(|group| *group != GROUP) {
            return Err(missing(&format!("Schedule group {group}")));
        }
        match operation {
            "CreateSchedule" => {
                let name = members.required("Name")?;
                if self.scheduler.schedules.contains_key(name) {
                    let message = format!("Schedule {name} already exists.");
                    return Err(ApiError::new(409, "ConflictException", message));
                }
                self.put_schedule(name, members)
            }
            "UpdateSchedule" => {
                let name = members.required("Name")?;
                self.schedule(name)?;
                self.put_schedule(name, members)
            }
            "GetSchedule" => {
                let name = members.only(&["Name", "GroupName"])?.required("Name")?;
                Ok(self.schedule(name)?.show())
            }
            "DeleteSchedule" => {
                let name = members.only(&["Name", "GroupName", "ClientToken"])?.required("Name")?;
                self.schedule(name)?;
                self.scheduler.schedules.remove(name);
                self.set_schedule_timer(name);
                Ok(json!({}))
            }
            "ListSchedules" => self.list_schedules(members),
            _ => Err(unknown_operation("scheduler", operation)),
        }
    }

    fn schedule(&self, name: &str) -> Result<&Entry, ApiError> {
        self.scheduler
            .schedules
            .get(name)
            .ok_or_else(|| missing(&format!("Schedule {name}")))
    }

    /// Creating and updating give all members; nothing stays from before but the time of creation.
    fn put_schedule(&mut self, name: &str, members: Members) -> Result<Value, ApiError> {
        let mut entry = read::entry(members, self.now)?;
        entry.arn = self.arn("scheduler", &format!("schedule/{GROUP}/{name}"));
        self.check_schedule_target(&entry.target)?;
        self.check_schedule_role(&entry.target.role_arn)?;
        if let Some(old) = self.scheduler.schedules.get(name) {
            entry.created_at = old.created_at;
        }
        let arn = entry.arn.clone();
        self.scheduler.schedules.insert(name.into(), entry);
        self.set_schedule_timer(name);
        Ok(json!({ "ScheduleArn": arn }))
    }

    fn list_schedules(&self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&["GroupName", "NamePrefix", "State", "MaxResults", "NextToken"])?;
        let prefix = members.text("NamePrefix")?.unwrap_or_default();
        let state = members.text("State")?;
        let schedules = self.scheduler.schedules.iter();
        let wanted = schedules.filter(|(name, entry)| {
            name.starts_with(prefix) && state.is_none_or(|state| (state == "ENABLED") == entry.enabled)
        });
        let shown: Vec<_> = wanted
            .map(|(name, entry)| {
                json!({
                    "Arn": entry.arn,
                    "Name": name,
                    "GroupName": GROUP,
                    "State": entry.state(),
                    "CreationDate": seconds(entry.created_at),
                    "LastModificationDate": seconds(entry.modified_at),
                    "Target": { "Arn": entry.target.arn },
                })
            })
            .collect();
        Ok(json!({ "Schedules": shown }))
    }

    /// Set the timer of a schedule's next time, instead of any that is set.
    fn set_schedule_timer(&mut self, name: &str) {
        let timer = Timer::Scheduler(SchedulerTimer::Due {
            schedule: name.to_owned(),
        });
        self.cancel_timer(&timer);
        let next = self.scheduler.schedules.get(name).and_then(Entry::next);
        if let Some(at) = next {
            self.set_timer(at.max(self.now), timer);
        }
    }
}

impl Entry {
    fn state(&self) -> &'static str {
        if self.enabled { "ENABLED" } else { "DISABLED" }
    }

    /// The next time that it is due: after the latest, not before its change or its start, not after its end.
    fn next(&self) -> Option<Millis> {
        let start = self.starts_at.unwrap_or(self.modified_at).max(self.modified_at);
        // A rate begins at its start; one millisecond before, so that the start itself is still to come.
        let after = self.latest.unwrap_or(start - 1);
        let next = self
            .schedule
            .next_after(after, self.starts_at.unwrap_or(self.modified_at));
        next.filter(|at| self.enabled && self.ends_at.is_none_or(|end| *at <= end))
    }

    fn show(&self) -> Value {
        let mut shown = self.members.clone();
        let computed = [
            ("Arn", json!(self.arn)),
            ("GroupName", json!(GROUP)),
            ("State", json!(self.state())),
            ("CreationDate", json!(seconds(self.created_at))),
            ("LastModificationDate", json!(seconds(self.modified_at))),
        ];
        for (member, value) in computed {
            shown[member] = value;
        }
        for (member, at) in [("StartDate", self.starts_at), ("EndDate", self.ends_at)] {
            if let Some(at) = at {
                shown[member] = json!(seconds(at));
            }
        }
        shown
    }
}

fn missing(what: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", format!("{what} does not exist."))
}
