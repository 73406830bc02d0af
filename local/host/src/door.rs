//! The door of the endpoint, where a call may be refused although nothing is wrong with it: too many a second, or
//! simply a bad moment. By default nothing is; who wants to see a burst at AWS's real, low limits sets them.
//!
//! What is refused has had no effect. Limits go by the world's time, and chance by a seed.

use std::collections::{BTreeMap, HashMap};

use windsock_world::{ApiError, Input, Millis, Stream};

/// What the endpoint refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    pub seed: u64,
    /// Calls a second of each single operation, by service. A second's worth may come at once.
    pub calls_per_second: BTreeMap<String, u32>,
    /// Calls in a thousand, of any service, that are answered with a server error.
    pub server_errors: u32,
}

/// The limits, and what is left of them.
#[derive(Debug, Default)]
pub(crate) struct Door {
    limits: Limits,
    chance: Stream,
    /// By service and operation.
    buckets: HashMap<(String, String), Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a call.
    left: i64,
    filled_at: Millis,
}

impl Door {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            chance: Stream::new(limits.seed),
            limits,
            buckets: HashMap::new(),
        }
    }

    /// The refusal that a call meets at `now`, if it meets one.
    pub(crate) fn refuses(&mut self, now: Millis, input: &Input) -> Option<ApiError> {
        let (service, operation) = match input {
            Input::Call { service, operation, .. } => (service.as_str(), operation.as_str()),
            Input::S3 { .. } => ("s3", "an object's"),
            _ => return None,
        };
        if self.limits.server_errors > 0 && self.chance.below(1000) < u64::from(self.limits.server_errors) {
            let code = if service == "s3" {
                "InternalError"
            } else {
                "InternalFailure"
            };
            return Some(ApiError::new(
                500,
                code,
                "We encountered an internal error. Please try again.",
            ));
        }
        let rate = i64::from(*self.limits.calls_per_second.get(service)?);
        let bucket = self.buckets.entry((service.to_owned(), operation.to_owned()));
        let bucket = bucket.or_insert(Bucket {
            left: rate * 1000,
            filled_at: now,
        });
        let filled = bucket.left + (now - bucket.filled_at).max(0) * rate;
        *bucket = Bucket {
            left: filled.min(rate * 1000),
            filled_at: now,
        };
        if bucket.left < 1000 {
            return Some(ApiError::new(400, "ThrottlingException", "Rate exceeded"));
        }
        bucket.left -= 1000;
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use windsock_world::Caller;

    use super::*;

    fn call(service: &str, operation: &str) -> Input {
        Input::Call {
            caller: Caller {
                arn: "arn:aws:iam::111122223333:role/test".into(),
            },
            service: service.into(),
            operation: operation.into(),
            input: json!({}),
        }
    }

    #[test]
    fn without_limits_nothing_is_refused() {
        let mut door = Door::default();
        let refused = (0..10_000).filter_map(|now| door.refuses(now, &call("sagemaker", "ListModels")));
        assert_eq!(refused.count(), 0);
    }

    #[test]
    fn an_operation_has_so_many_calls_a_second_and_no_more() {
        let mut door = Door::new(Limits {
            calls_per_second: [("sagemaker".to_owned(), 2)].into(),
            ..Limits::default()
        });
        let mut taken = |operation: &str| {
            (0..10_000)
                .filter(|now| door.refuses(*now, &call("sagemaker", operation)).is_none())
                .count()
        };
        assert_eq!(taken("ListModels"), 2 + 19, "two at once, then one every half second");
        assert_eq!(taken("DescribeModel"), 2 + 19, "each operation by itself");
        assert!(
            door.refuses(0, &call("sqs", "SendMessage")).is_none(),
            "another service"
        );
    }

    #[test]
    fn a_refusal_is_what_clients_know_how_to_repeat() {
        let mut door = Door::new(Limits {
            calls_per_second: [("sagemaker".to_owned(), 0)].into(),
            ..Limits::default()
        });
        let refusal = door.refuses(0, &call("sagemaker", "ListModels")).unwrap();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "ThrottlingException"));
    }

    #[test]
    fn server_errors_are_a_share_and_the_same_for_the_same_seed() {
        let errors = |seed| {
            let mut door = Door::new(Limits {
                seed,
                server_errors: 20,
                ..Limits::default()
            });
            Vec::from_iter((0..10_000).filter(|now| door.refuses(*now, &call("sqs", "SendMessage")).is_some()))
        };
        assert!((150..250).contains(&errors(1).len()), "{}", errors(1).len());
        assert_eq!(errors(1), errors(1));
        assert_ne!(errors(1), errors(2));
    }
}
