//! What a form cannot say of a member: that its text is a number or a boolean, or that an empty text is an empty list.

pub(super) fn is_number(service: &str, parent: &str, name: &str) -> bool {
    match service {
        "cloudwatch" => match name {
            // A dimension's Value is text, and so are those of a tag and of a filter.
            "Value" => parent == "MetricData",
            "Values" | "Counts" => true,
            _ => CLOUDWATCH_NUMBERS.contains(&name),
        },
        "cloudformation" => matches!(
            name,
            "FailureToleranceCount"
                | "FailureTolerancePercentage"
                | "MaxConcurrentCount"
                | "MaxConcurrentPercentage"
                | "MaxResults"
                | "MonitoringTimeInMinutes"
                | "TimeoutInMinutes"
        ),
        "iam" => matches!(name, "MaxItems" | "MaxSessionDuration"),
        "sts" => name == "DurationSeconds",
        "sns" => name == "MaxResults",
        _ => false,
    }
}

const CLOUDWATCH_NUMBERS: [&str; 17] = [
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "DatapointsToAlarm",
    "EndTimeOffset",
    "EvaluationInterval",
    "EvaluationPeriods",
    "MaxDatapoints",
    "MaxRecords",
    "MaxResults",
    "Maximum",
    "Minimum",
    "Period",
    "SampleCount",
    "StartTimeOffset",
    "StorageResolution",
    "Sum",
    "Threshold",
];

pub(super) fn is_boolean(service: &str, name: &str) -> bool {
    match service {
        "cloudwatch" => matches!(
            name,
            "ActionsEnabled" | "IncludeLinkedAccounts" | "ReturnData" | "StrictEntityValidation"
        ),
        "cloudformation" => matches!(
            name,
            "DisableRollback"
                | "EnableTerminationProtection"
                | "ForceRollback"
                | "ImportExistingResources"
                | "IncludeNestedStacks"
                | "IncludePropertyValues"
                | "RetainExceptOnCreate"
                | "UsePreviousTemplate"
                | "UsePreviousValue"
                | "TreatUnrecognizedResourceTypesAsWarnings"
        ),
        "sns" => name == "ReturnSubscriptionArn",
        "iam" => matches!(name, "SetAsDefault" | "OnlyAttached"),
        _ => false,
    }
}

/// Members that clients send as an empty text when the list is empty.
pub(super) fn is_list(service: &str, name: &str) -> bool {
    match service {
        "cloudwatch" => matches!(
            name,
            "AlarmActions"
                | "AlarmNames"
                | "AlarmTypes"
                | "DashboardNames"
                | "Dimensions"
                | "InsufficientDataActions"
                | "MetricData"
                | "MetricDataQueries"
                | "Metrics"
                | "OKActions"
                | "Statistics"
                | "TagKeys"
                | "Tags"
        ),
        "cloudformation" => matches!(
            name,
            "Capabilities"
                | "NotificationARNs"
                | "Parameters"
                | "ResourceTypes"
                | "RetainResources"
                | "StackStatusFilter"
                | "Tags"
        ),
        "sns" | "iam" | "sts" => matches!(name, "Tags" | "TagKeys" | "PublishBatchRequestEntries" | "PolicyArns"),
        _ => false,
    }
}
