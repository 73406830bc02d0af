//! All assumptions, one module a service.

mod alarms;
mod bus;
mod executions;
mod letters;
mod numbers;
mod objects;
mod pipelines;
mod queues;
mod registry;
mod writes;

use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    assumption::{Assumption, Service, Trouble, refusal},
    bench::Bench,
};

pub fn all() -> impl Iterator<Item = Assumption> {
    let modules = [
        writes::ALL,
        objects::ALL,
        queues::ALL,
        letters::ALL,
        bus::ALL,
        numbers::ALL,
        alarms::ALL,
        pipelines::ALL,
        executions::ALL,
        registry::ALL,
    ];
    modules.into_iter().flatten().copied()
}

/// Asks a service for a list that costs nothing. An emulator without the service answers something that is no error of
/// AWS's, or nothing.
pub async fn is_there(bench: &Bench, service: Service) -> Result<(), Trouble> {
    match service {
        Service::S3 => there(bench.s3.list_buckets().send().await),
        Service::Sqs => there(bench.sqs.list_queues().send().await),
        Service::Sns => there(bench.sns.list_topics().send().await),
        Service::EventBridge => there(bench.events.list_event_buses().send().await),
        Service::CloudWatch => there(bench.cloudwatch.describe_alarms().max_records(1).send().await),
        Service::SageMaker => there(bench.sagemaker.list_pipelines().max_results(1).send().await),
    }
}

fn there<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E, HttpResponse>>) -> Result<(), Trouble> {
    let Err(error) = answer else { return Ok(()) };
    // Whoever may not list may still try: a role with few rights is a service that is there.
    match refusal(&error) {
        Some(refusal) if refusal.code.starts_with("AccessDenied") => Ok(()),
        Some(refusal) => Err(Trouble::NotOffered(refusal.remark())),
        None => {
            let status = error.raw_response().map(|response| response.status().as_u16());
            let status = status.map_or_else(|| "nothing".to_owned(), |status| format!("HTTP {status}"));
            Err(Trouble::NotOffered(format!("it answers {status}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::assumption::Source;

    #[test]
    fn an_assumption_is_one_sentence_with_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        for one in super::all() {
            assert!(names.insert(one.name), "{} is there twice", one.name);
            assert!(one.says.ends_with('.'), "{}: {}", one.name, one.says);
        }
    }

    /// Whoever reads the architecture knows what nobody at AWS has promised.
    #[test]
    fn what_aws_does_not_document_is_listed_in_the_architecture() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
        let text = std::fs::read_to_string(path).unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        let undocumented = super::all().filter(|one| one.source == Source::Undocumented);
        for one in undocumented {
            assert!(text.contains(one.says), "ARCHITECTURE.md does not say: {}", one.says);
        }
    }
}
