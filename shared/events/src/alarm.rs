//! CloudWatch's `CloudWatch Alarm State Change`.

use jiff::{Timestamp, Zoned, fmt::strtime};

use crate::{EventError, members::Members, status::AlarmValue};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmState {
    pub alarm_name: String,
    pub state: AlarmValue,
    pub previous: Option<AlarmValue>,
    pub reason: String,
    /// When the alarm took this state.
    pub timestamp: Timestamp,
}

impl AlarmState {
    pub(crate) fn read(event: &Members<'_>) -> Result<Self, EventError> {
        let detail = event.object("detail")?;
        let state = detail.object("state")?;
        let previous = match detail.has("previousState") {
            true => detail.object("previousState")?.optional_text("value")?,
            false => None,
        };
        let timestamp = state.text("timestamp")?;
        let wanted = "a time such as 2026-11-22T10:17:40.989+0000";
        Ok(Self {
            alarm_name: detail.name("alarmName")?,
            state: state.name("value")?.as_str().into(),
            previous: previous.map(|value| value.as_str().into()),
            reason: state.optional_text("reason")?.unwrap_or_default(),
            timestamp: time(&timestamp).ok_or_else(|| state.error_at("timestamp", wanted))?,
        })
    }
}

/// CloudWatch writes the offset without a colon, which is not RFC 3339; both are read.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let parsed = strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()?;
    parsed
        .to_timestamp()
        .ok()
        .or_else(|| parsed.to_zoned().ok().map(|zoned: Zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_may_come_without_a_colon() {
        for text in [
            "2026-11-22T10:17:40.989+0000",
            "2026-11-22T10:17:40.989Z",
            "2026-11-22T12:17:40.989+0200",
        ] {
            assert_eq!(time(text).unwrap().to_string(), "2026-11-22T10:17:40.989Z", "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2026-02-30T25:61:61+0000", "2026-11-22T10:17:40.989"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
