//! What people do in the consoles of SageMaker, SQS and Lambda.

use serde_json::{Value, json};
use tokio::time::sleep;
use windsock_decisions::layout;
use windsock_events::facts::PipelineKind;
use windsock_world::ApiError;

use crate::{
    clock::{SECOND, millis},
    people::People,
};

/// Dead letters that an operator takes up at once.
const REPLAYED_MAX: usize = 50;
const DEAD_LETTERS: [&str; 3] = [
    "windsock-dead-letters",
    "windsock-training-hints-dead-letters",
    "windsock-inference-hints-dead-letters",
];

impl People {
    fn sagemaker(&self, who: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.runner.door.call(who, "sagemaker", operation, input)
    }

    /// Like a console, another one each time.
    pub fn token(&self) -> String {
        format!("console-{:032}", self.runner.door.clock.now())
    }

    /// Newest first: ARN and status.
    fn versions(&self, project: usize) -> Result<Vec<(String, String)>, ApiError> {
        let group = layout::group_name(&self.deployed.name_prefix, &self.projects.borrow()[project].0);
        let input = json!({ "ModelPackageGroupName": group, "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100 });
        let listed = self.sagemaker("approver", "ListModelPackages", input)?;
        let versions = listed["ModelPackageSummaryList"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let read = versions
            .iter()
            .map(|one| (text(&one["ModelPackageArn"]), text(&one["ModelApprovalStatus"])));
        Ok(read.collect())
    }

    pub fn judge(&self, project: usize, back: usize, pending: bool, status: &str) -> Result<(), ApiError> {
        let versions = self.versions(project)?;
        let mut wanted = versions
            .iter()
            .filter(|(_, is)| !pending || is == "PendingManualApproval");
        let Some((arn, _)) = wanted.nth(back) else {
            return Ok(());
        };
        let input = json!({ "ModelPackageArn": arn, "ModelApprovalStatus": status, "ApprovalDescription": "seen" });
        self.sagemaker("approver", "UpdateModelPackage", input).map(drop)
    }

    pub fn reject_champion(&self, project: usize) -> Result<(), ApiError> {
        let name = self.projects.borrow()[project].0.clone();
        let bucket = self.deployed.work_bucket.clone();
        let record = self
            .runner
            .door
            .world(|world| world.stored(&bucket, &layout::champion(&name)));
        let record: Value = serde_json::from_slice(&record.unwrap_or_default()).unwrap_or_default();
        let Some(arn) = record["champion"]["model_package_arn"].as_str() else {
            return Ok(());
        };
        let input = json!({ "ModelPackageArn": arn, "ModelApprovalStatus": "Rejected" });
        self.sagemaker("approver", "UpdateModelPackage", input).map(drop)
    }

    pub fn delete_version(&self, project: usize, back: usize) -> Result<(), ApiError> {
        let versions = self.versions(project)?;
        let Some((arn, _)) = versions.get(back) else {
            return Ok(());
        };
        self.sagemaker("operator", "DeleteModelPackage", json!({ "ModelPackageName": arn }))
            .map(drop)
    }

    fn newest_run(&self, project: usize, kind: PipelineKind) -> Result<(String, Option<Value>), ApiError> {
        let name = layout::pipeline_name(&self.deployed.name_prefix, &self.projects.borrow()[project].0, kind);
        let listed = self.sagemaker(
            "operator",
            "ListPipelineExecutions",
            json!({ "PipelineName": name, "SortOrder": "Descending" }),
        )?;
        Ok((name, listed["PipelineExecutionSummaries"].get(0).cloned()))
    }

    /// With the parameters of the newest run, and no display name of ours.
    pub fn start_by_hand(&self, project: usize, kind: PipelineKind) -> Result<(), ApiError> {
        let (name, newest) = self.newest_run(project, kind)?;
        let Some(newest) = newest else { return Ok(()) };
        let asked = json!({ "PipelineExecutionArn": newest["PipelineExecutionArn"] });
        let parameters = self.sagemaker("operator", "ListPipelineParametersForExecution", asked)?;
        let start = json!({ "PipelineName": name, "PipelineParameters": parameters["PipelineParameters"], "ClientRequestToken": self.token() });
        self.sagemaker("operator", "StartPipelineExecution", start).map(drop)
    }

    pub fn stop_run(&self, project: usize, kind: PipelineKind) -> Result<(), ApiError> {
        let (_, newest) = self.newest_run(project, kind)?;
        let Some(newest) = newest else { return Ok(()) };
        let stop =
            json!({ "PipelineExecutionArn": newest["PipelineExecutionArn"], "ClientRequestToken": self.token() });
        self.sagemaker("operator", "StopPipelineExecution", stop).map(drop)
    }

    pub fn poison(&self, kind: PipelineKind) -> Result<(), ApiError> {
        let queue = match kind {
            PipelineKind::Training => "windsock-training-hints",
            PipelineKind::Inference => "windsock-inference-hints",
        };
        let url = self
            .runner
            .door
            .call("operator", "sqs", "GetQueueUrl", json!({ "QueueName": queue }))?;
        let send = json!({ "QueueUrl": url["QueueUrl"], "MessageBody": "{ this is no event" });
        self.runner.door.call("operator", "sqs", "SendMessage", send).map(drop)
    }

    /// Each dead letter goes again to where it was going: to the rule's target, to the function, or to its queue.
    pub fn replay(&self) -> Result<(), ApiError> {
        for queue in DEAD_LETTERS {
            let url = self
                .runner
                .door
                .call("operator", "sqs", "GetQueueUrl", json!({ "QueueName": queue }))?;
            for _ in 0..REPLAYED_MAX {
                let receive =
                    json!({ "QueueUrl": url["QueueUrl"], "MessageAttributeNames": ["All"], "VisibilityTimeout": 600 });
                let received = self.runner.door.call("operator", "sqs", "ReceiveMessage", receive)?;
                let Some(message) = received["Messages"].get(0).cloned() else {
                    break;
                };
                self.send_again(queue, &message)?;
                let delete = json!({ "QueueUrl": url["QueueUrl"], "ReceiptHandle": message["ReceiptHandle"] });
                self.runner.door.call("operator", "sqs", "DeleteMessage", delete)?;
                self.runner.door.reach("dead-letter-replayed");
            }
        }
        Ok(())
    }

    /// Everything that was ever delivered is delivered once more, at most so much of it.
    pub async fn deliver_again(&self, most: usize) -> Result<(), ApiError> {
        for (function, payload) in self.runner.shuffled().into_iter().take(most) {
            let invoke = json!({ "FunctionName": function, "InvocationType": "Event", "Payload": payload });
            self.runner.door.call("operator", "lambda", "Invoke", invoke)?;
            sleep(millis(SECOND)).await;
        }
        Ok(())
    }

    fn send_again(&self, queue: &str, message: &Value) -> Result<(), ApiError> {
        let body = message["Body"].as_str().unwrap_or_default();
        let read: Value = serde_json::from_str(body).unwrap_or_default();
        let target = message["MessageAttributes"]["TARGET_ARN"]["StringValue"].as_str();
        let invoked = read["requestContext"]["functionArn"].as_str();
        let (function, payload) = match (target, invoked) {
            (Some(target), _) if target.contains(":lambda:") => (target.to_owned(), read.clone()),
            (_, Some(function)) => (
                function.trim_end_matches(":$LATEST").to_owned(),
                read["requestPayload"].clone(),
            ),
            (target, _) => {
                let home = target
                    .and_then(|target| target.rsplit(':').next())
                    .unwrap_or(queue.trim_end_matches("-dead-letters"));
                let url = self
                    .runner
                    .door
                    .call("operator", "sqs", "GetQueueUrl", json!({ "QueueName": home }))?;
                let send = json!({ "QueueUrl": url["QueueUrl"], "MessageBody": body });
                return self.runner.door.call("operator", "sqs", "SendMessage", send).map(drop);
            }
        };
        let invoke = json!({ "FunctionName": function, "InvocationType": "Event", "Payload": payload });
        self.runner.door.call("operator", "lambda", "Invoke", invoke).map(drop)
    }
}
