//! One error, several spellings: each protocol has its own code for the same refusal.

use windsock_world::ApiError;

/// Services that moved from the query protocol keep their old codes in a header: (service, name of the error's shape,
/// code of the query protocol). The world may use either.
const QUERY_CODES: [(&str, &str, &str); 20] = [
    (
        "sqs",
        "BatchEntryIdsNotDistinct",
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ),
    (
        "sqs",
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
    ),
    ("sqs", "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
    (
        "sqs",
        "InvalidBatchEntryId",
        "AWS.SimpleQueueService.InvalidBatchEntryId",
    ),
    ("sqs", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
    (
        "sqs",
        "PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress",
    ),
    (
        "sqs",
        "QueueDeletedRecently",
        "AWS.SimpleQueueService.QueueDeletedRecently",
    ),
    ("sqs", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
    ("sqs", "QueueNameExists", "QueueAlreadyExists"),
    (
        "sqs",
        "TooManyEntriesInBatchRequest",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    ),
    (
        "sqs",
        "UnsupportedOperation",
        "AWS.SimpleQueueService.UnsupportedOperation",
    ),
    ("cloudwatch", "DashboardInvalidInputError", "InvalidParameterInput"),
    ("cloudwatch", "DashboardNotFoundError", "ResourceNotFound"),
    ("cloudwatch", "InternalServiceFault", "InternalServiceError"),
    ("cloudwatch", "InvalidFormatFault", "InvalidFormat"),
    (
        "cloudwatch",
        "InvalidParameterCombinationException",
        "InvalidParameterCombination",
    ),
    ("cloudwatch", "InvalidParameterValueException", "InvalidParameterValue"),
    ("cloudwatch", "LimitExceededFault", "LimitExceeded"),
    ("cloudwatch", "MissingRequiredParameterException", "MissingParameter"),
    ("cloudwatch", "ValidationException", "ValidationError"),
];

/// The code as a JSON or CBOR client expects it: the name of the error's shape.
pub(crate) fn shape_name<'a>(service: &str, code: &'a str) -> &'a str {
    let known = QUERY_CODES
        .iter()
        .find(|(of, _, query)| *of == service && *query == code);
    // ResourceNotFound is a shape of its own as well as the query code of a dashboard's; the shape is the one meant.
    known
        .filter(|_| code != "ResourceNotFound")
        .map_or(code, |(_, shape, _)| shape)
}

/// The code as a query client expects it.
pub(crate) fn query_code<'a>(service: &str, code: &'a str) -> &'a str {
    let known = QUERY_CODES
        .iter()
        .find(|(of, shape, _)| *of == service && *shape == code);
    match (known, service, code) {
        (Some((_, _, query)), _, _) => query,
        (None, "sns", "ValidationException") => "InvalidParameter",
        (None, _, "ValidationException") => "ValidationError",
        (None, _, "UnknownOperationException") => "InvalidAction",
        (None, "sns", "AccessDeniedException" | "AccessDenied") => "AuthorizationError",
        (None, _, "AccessDeniedException") => "AccessDenied",
        (None, _, "ThrottlingException") => "Throttling",
        _ => code,
    }
}

/// Whether the service's JSON or CBOR clients read the old code from `x-amzn-query-error`.
pub(crate) fn has_query_past(service: &str) -> bool {
    matches!(service, "sqs" | "cloudwatch")
}

/// Who is to blame, as the query protocol says it.
pub(crate) fn fault(error: &ApiError) -> &'static str {
    if error.status >= 500 { "Receiver" } else { "Sender" }
}

/// Statuses come from the world; one that HTTP does not know becomes 500 rather than a panic.
pub(crate) fn status(error: &ApiError) -> http::StatusCode {
    http::StatusCode::from_u16(error.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
}
