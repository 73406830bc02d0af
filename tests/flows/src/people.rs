//! What people do: put files, approve, reject, stop a run, lose an event.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_sagemaker::types::ModelApprovalStatus;
use serde_json::json;
use windsock_decisions::{Project, layout};
use windsock_deployment::apply;
use windsock_events::facts::PipelineKind;
use windsock_world::{Caller, Input, Record};

use crate::{Fault, Flow};

/// Rules that tell of arrivals.
pub const OF_ARRIVALS: [&str; 2] = ["training-data-arrived", "inference-input-arrived"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    Operator,
    DataScientist,
    Approver,
}

impl Person {
    pub(crate) fn arn(self) -> String {
        let who = match self {
            Self::Operator => "user/operator",
            Self::DataScientist => "role/windsock-data-scientist",
            Self::Approver => "role/windsock-approver",
        };
        format!("arn:aws:iam::111122223333:{who}")
    }
}

impl Flow {
    pub(crate) fn as_person(&self, person: Person) -> SdkConfig {
        self.config_of(&person.arn(), Arc::default())
    }

    /// S3 as somebody sees it.
    pub fn s3_of(&self, person: Person) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.as_person(person))
    }

    /// Put a file of this content into the data bucket.
    pub async fn upload(&mut self, key: &str, content: &str) {
        let client = self.s3_of(Person::DataScientist);
        let put = client.put_object().bucket(&self.deployed().data_bucket).key(key);
        put.body(content.as_bytes().to_vec().into())
            .send()
            .await
            .expect("a data scientist may upload");
    }

    /// Put so many files under `training/<project>/` or `inference/<project>/`.
    pub async fn upload_many(&mut self, prefix: &str, files: u32) {
        for file in 0..files {
            self.upload(&format!("{prefix}{file:03}.csv"), &format!("{prefix} {file}"))
                .await;
        }
    }

    pub async fn approve(&mut self, project: &str, version: u32) {
        self.judge(project, version, ModelApprovalStatus::Approved).await;
    }

    pub async fn reject(&mut self, project: &str, version: u32) {
        self.judge(project, version, ModelApprovalStatus::Rejected).await;
    }

    async fn judge(&self, project: &str, version: u32, status: ModelApprovalStatus) {
        let versions = self.versions(project).await;
        let found = versions.iter().find(|one| one.version == version);
        let arn = &found
            .unwrap_or_else(|| panic!("{project} has no version {version}: {versions:?}"))
            .arn;
        let client = aws_sdk_sagemaker::Client::new(&self.as_person(Person::Approver));
        let update = client
            .update_model_package()
            .model_package_arn(arn)
            .model_approval_status(status);
        update.send().await.expect("an approver may judge");
    }

    /// Stop the newest run of a pipeline by hand.
    pub async fn stop_run(&mut self, project: &str, kind: PipelineKind) {
        let executions = self.executions(project, kind).await;
        let newest = executions.last().expect("a run to stop");
        let client = aws_sdk_sagemaker::Client::new(&self.as_person(Person::Operator));
        let stop = client.stop_pipeline_execution().pipeline_execution_arn(&newest.arn);
        stop.client_request_token(format!("a-person-stops-a-run-by-hand-{:05}", executions.len()))
            .send()
            .await
            .expect("an operator may stop a run");
    }

    /// Start a run by hand, with the parameters of the newest one and no display name of ours.
    pub async fn start_run_by_hand(&mut self, project: &str, kind: PipelineKind) {
        let client = aws_sdk_sagemaker::Client::new(&self.as_person(Person::Operator));
        let executions = self.executions(project, kind).await;
        let newest = &executions.last().expect("a run to repeat").arn;
        let parameters = client
            .list_pipeline_parameters_for_execution()
            .pipeline_execution_arn(newest)
            .send()
            .await;
        let parameters = parameters
            .expect("an operator may look")
            .pipeline_parameters
            .unwrap_or_default();
        let pipeline = layout::pipeline_name(&self.deployed().name_prefix, project, kind);
        let start = client
            .start_pipeline_execution()
            .pipeline_name(pipeline)
            .set_pipeline_parameters(Some(parameters));
        let start = start.client_request_token("a-person-starts-this-run-by-hand-1");
        start.send().await.expect("an operator may start a run");
    }

    /// Delete a pipeline by hand: SageMaker forgets its runs.
    pub async fn delete_pipeline(&mut self, project: &str, kind: PipelineKind) {
        let pipeline = layout::pipeline_name(&self.deployed().name_prefix, project, kind);
        let deleted = self.deployed().sagemaker.delete_pipeline(&pipeline).await;
        deleted.expect("an operator may delete a pipeline");
    }

    /// `windsock apply`, also of a project that is there already.
    pub async fn apply_project(&mut self, yaml: &str) {
        let project = Project::from_yaml(yaml).expect("the story's project reads");
        let applied = apply::apply(self.deployed(), &project, yaml).await;
        applied.expect("an operator may apply a project");
    }

    /// A message that nobody can read, in the queue of training hints.
    pub async fn send_poison(&mut self, body: &str) {
        self.poison += 1;
        self.send_training_hint(body).await;
    }

    /// A message in the queue of training hints, as whoever may write there could send it.
    pub async fn send_training_hint(&mut self, body: &str) {
        let client = aws_sdk_sqs::Client::new(&self.as_person(Person::Operator));
        let queue = format!("{}-training-hints", self.deployed().name_prefix);
        let url = client
            .get_queue_url()
            .queue_name(queue)
            .send()
            .await
            .expect("the queue is there")
            .queue_url;
        let send = client.send_message().set_queue_url(url).message_body(body);
        send.send().await.expect("an operator may send a message");
    }

    /// An event straight to a function, as a rule would deliver it.
    pub fn send_event(&mut self, function: &str, event: &serde_json::Value) {
        let name = format!("{}-{function}", self.deployed().name_prefix);
        let input = json!({ "FunctionName": name, "InvocationType": "Event", "Payload": event });
        self.call("lambda", "Invoke", input);
    }

    /// The same with an event that the function must refuse.
    pub fn send_hostile(&mut self, function: &str, event: &serde_json::Value) {
        self.expect_failures(1);
        self.send_event(function, event);
    }

    /// So many events at most will end as dead letters.
    pub fn expect_failures(&mut self, dead_letters: usize) {
        self.poison += dead_letters;
        self.faults_ordered += 1;
    }

    /// From now on these rules' events are lost, until [`Flow::events_arrive`].
    pub fn events_are_lost(&mut self, rules: &[&str]) {
        self.switch_rules("DisableRule", rules);
    }

    pub fn events_arrive(&mut self, rules: &[&str]) {
        self.switch_rules("EnableRule", rules);
    }

    fn switch_rules(&self, operation: &str, rules: &[&str]) {
        for rule in rules {
            let name = format!("{}-{rule}", self.deployed().name_prefix);
            self.call("events", operation, json!({ "Name": name }));
        }
    }

    /// Something goes wrong with the next request whose line (`PUT /bucket/key`) holds every word of `words`.
    pub fn fault(&mut self, words: &str, fault: Fault) {
        self.faults_ordered += 1;
        self.faults.order(words, fault);
    }

    /// Whether every fault that was ordered has struck.
    pub fn faults_struck(&self) -> bool {
        self.faults.left() == 0
    }

    /// Hand every event that a function ever got to that function once more, and let the dust settle.
    pub async fn deliver_everything_again(&mut self) {
        let mut handed_out: Vec<(String, serde_json::Value)> = Vec::new();
        for entry in self.journal() {
            if let Record::InvocationStarted {
                function,
                payload,
                attempt: 1,
                ..
            } = &entry.record
            {
                handed_out.push((function.clone(), payload.clone()));
            }
        }
        for (function, payload) in handed_out {
            let input = json!({ "FunctionName": function, "InvocationType": "Event", "Payload": payload });
            self.call("lambda", "Invoke", input);
        }
        self.settle().await;
    }

    pub(crate) fn call(&self, service: &str, operation: &str, input: serde_json::Value) {
        let caller = Caller {
            arn: Person::Operator.arn(),
        };
        let (service, operation) = (service.to_owned(), operation.to_owned());
        self.apply(
            self.now(),
            Input::Call {
                caller,
                service,
                operation,
                input,
            },
        );
    }
}
