//! What JSON cannot say about a member: whether a number is a time, or must stay a floating-point number.
//!
//! The world speaks JSON. CBOR and XML know more types, so members that need one are listed here by name. Names are
//! those of CloudWatch, SNS, CloudFormation, IAM and STS; between them no name has two meanings as a *number*.

/// Members whose numbers are seconds since 1970.
const TIMESTAMPS: [&str; 29] = [
    "AlarmConfigurationUpdatedTimestamp",
    "CreateDate",
    "CreatedAt",
    "CreationDate",
    "CreationTime",
    "CreationTimestamp",
    "DeletionTime",
    "EndDate",
    "EndTime",
    "EndTimestamp",
    "Expiration",
    "ExpireDate",
    "LastCheckTimestamp",
    "LastDriftCheckTimestamp",
    "LastModified",
    "LastUpdateDate",
    "LastUpdated",
    "LastUpdatedTime",
    "LastUpdatedTimestamp",
    "LastUsedDate",
    "StartDate",
    "StartTime",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "TimeCreated",
    "Timestamp",
    "Timestamps",
    "UpdateDate",
    "UpdatedAt",
];

/// Members whose numbers are doubles even when they are whole: a CBOR client refuses an integer there.
const DOUBLES: [&str; 14] = [
    "AggregateValue",
    "ApproximateAggregateValue",
    "ApproximateValue",
    "Average",
    "Counts",
    "ExtendedStatistics",
    "MaxContributorValue",
    "Maximum",
    "Minimum",
    "SampleCount",
    "Sum",
    "Threshold",
    "Value",
    "Values",
];

pub(crate) fn is_timestamp(member: &str) -> bool {
    TIMESTAMPS.contains(&member)
}

pub(crate) fn is_double(member: &str) -> bool {
    DOUBLES.contains(&member)
}

/// ISO 8601 with milliseconds, as AWS writes times in XML.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since 1970 are far inside 64 bits"
)]
pub(crate) fn iso8601(seconds: f64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()?;
    Some(format!("{at:.3}"))
}

/// Seconds since 1970 of an ISO 8601 text.
#[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact for 285,000 years")]
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(at.as_millisecond() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        assert_eq!(iso8601(1_795_342_660.989).as_deref(), Some("2026-11-22T10:17:40.989Z"));
        assert_eq!(iso8601(0.0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(iso8601(f64::MAX), None);
    }

    #[test]
    fn times_are_read_with_any_offset() {
        assert_eq!(seconds("2026-11-22T10:17:40.989Z"), Some(1_795_342_660.989));
        assert_eq!(seconds("2026-11-22T12:17:40+02:00"), Some(1_795_342_660.0));
        assert_eq!(seconds("yesterday"), None);
    }
}
