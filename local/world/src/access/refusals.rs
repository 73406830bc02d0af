//! Refusals in each service's own words: one sentence for all, with small differences that clients have come to know.

use std::fmt;

use super::Refusal;
use crate::ApiError;

impl Refusal {
    /// As this service answers it.
    pub(crate) fn of(&self, service: &str) -> ApiError {
        let (status, code) = match service {
            "s3" | "iam" | "sts" | "cloudformation" => (403, "AccessDenied"),
            "sns" => (403, "AuthorizationError"),
            "sqs" | "lambda" | "scheduler" | "cloudwatch" => (403, "AccessDeniedException"),
            _ => (400, "AccessDeniedException"),
        };
        ApiError::new(status, code, self.sentence(service))
    }

    fn sentence(&self, service: &str) -> String {
        // SQS and SNS write actions in their own ways, and S3 puts its resource in quotes.
        let action = match service {
            "sqs" => self.action.to_lowercase(),
            "sns" => self.action.replacen("sns:", "SNS:", 1),
            _ => self.action.clone(),
        };
        let resource = match (service, self.resource.as_str()) {
            ("s3", resource) => format!(" on resource: \"{resource}\""),
            // What has no resource is refused without one.
            (_, "*") => String::new(),
            (_, resource) => format!(" on resource: {resource}"),
        };
        let because = self.denial.because(&action);
        format!(
            "User: {} is not authorized to perform: {action}{resource} {because}",
            self.who
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(""))
    }
}
