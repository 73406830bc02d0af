//! An assumption: a sentence, where it is from, and how it is tried out.

use std::{future::Future, pin::Pin};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};

use crate::bench::Bench;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    S3,
    Sqs,
    Sns,
    EventBridge,
    CloudWatch,
    SageMaker,
}

/// Where an assumption is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// AWS's own documentation or API model says so; this names the page.
    Documented(&'static str),
    /// Nobody at AWS promises it. Each of these stands in ARCHITECTURE.md, in the same words.
    Undocumented,
}

/// What was seen, worth a remark; or why the assumption cannot be said to hold.
pub type Outcome = Result<String, Trouble>;
type Trial<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

#[derive(Debug, Clone, Copy)]
pub struct Assumption {
    pub name: &'static str,
    pub service: Service,
    pub says: &'static str,
    pub source: Source,
    pub trial: for<'a> fn(&'a Bench) -> Trial<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    DoesNotHold(String),
    /// The target has no such service, or no such operation: nothing is known.
    NotOffered(String),
    /// It takes something that only the caller can name.
    Needs(&'static str),
}

/// How emulators say that they do not have an operation.
const NOT_OFFERED: [&str; 8] = [
    "InvalidAction",
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperation",
    "UnknownOperationException",
    "UnsupportedOperation",
    "UnsupportedService",
    "UnknownService",
];

/// What stands beside a result is a hint, not a log.
const REMARK_CHARS_MAX: usize = 180;

/// What a service said no with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

impl Refusal {
    /// For the remark beside the result: these are the words that our clients match.
    pub fn remark(&self) -> String {
        let message: String = self.message.chars().take(REMARK_CHARS_MAX).collect();
        format!("{}: {message}", self.code)
    }
}

pub fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<Refusal> {
    let code = error.code()?;
    Some(Refusal {
        code: code.to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
    })
}

/// The call must be refused with one of these codes.
pub fn refused<T, E>(answer: Result<T, SdkError<E, HttpResponse>>, codes: &[&str]) -> Result<Refusal, Trouble>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let error = match answer {
        Ok(_) => {
            return Err(Trouble::DoesNotHold(format!(
                "accepted, not refused with {}",
                codes.join(" or ")
            )));
        }
        Err(error) => error,
    };
    match refusal(&error) {
        Some(refusal) if codes.contains(&refusal.code.as_str()) => Ok(refusal),
        _ => Err(Trouble::from(error)),
    }
}

pub fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Trouble> {
    if holds {
        Ok(())
    } else {
        Err(Trouble::DoesNotHold(otherwise()))
    }
}

/// Any other failure of a call that should have worked.
impl<E> From<SdkError<E, HttpResponse>> for Trouble
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match refusal(&error) {
            Some(refusal) if NOT_OFFERED.contains(&refusal.code.as_str()) => Self::NotOffered(refusal.remark()),
            Some(refusal) => Self::DoesNotHold(refusal.remark()),
            None => Self::DoesNotHold(
                DisplayErrorContext(&error)
                    .to_string()
                    .chars()
                    .take(REMARK_CHARS_MAX)
                    .collect(),
            ),
        }
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::DoesNotHold(format!("{error:#}"))
    }
}
