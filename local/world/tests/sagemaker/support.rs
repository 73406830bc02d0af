//! A world with one bucket, and a few words to speak to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use windsock_world::{
    ApiError, Blobs, Caller, Input, Job, JobOutcome, MemoryBlobs, Millis, Output, Record, S3Request, Settings, Work,
    World,
};

use crate::build::start_input;

pub const ROLE: &str = "arn:aws:iam::111122223333:role/pipelines";
pub const BUCKET: &str = "work";
/// A token of the least length that is allowed.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub struct Aws {
    pub world: World,
    pub now: Millis,
    blobs: std::sync::Arc<dyn Blobs>,
    tokens: u64,
    work: Vec<Work>,
    records: Vec<Record>,
}

impl Aws {
    pub fn new() -> Self {
        let settings = Settings {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            started_at: 1_795_343_102_000,
            sagemaker_event_copies: 2,
            confirm_emails: true,
            faults: Default::default(),
            enforcement: Default::default(),
        };
        let blobs = MemoryBlobs::shared();
        let now = settings.started_at;
        let world = World::new(settings, blobs.clone());
        let mut aws = Self {
            world,
            now,
            blobs,
            tokens: 0,
            work: Vec::new(),
            records: Vec::new(),
        };
        aws.apply(call("s3", "CreateBucket", json!({"Bucket": BUCKET})))
            .unwrap();
        aws
    }

    fn apply(&mut self, input: Input) -> Result<Output, ApiError> {
        let output = self.world.apply(self.now, input);
        self.work.extend(self.world.take_work());
        self.records
            .extend(self.world.take_journal().into_iter().map(|entry| entry.record));
        output
    }

    pub fn try_call(&mut self, operation: &str, input: Value) -> Result<Value, ApiError> {
        match self.apply(call("sagemaker", operation, input))? {
            Output::Value(value) => Ok(value),
            other => panic!("{operation} gave {other:?}"),
        }
    }

    pub fn call(&mut self, operation: &str, input: Value) -> Value {
        self.try_call(operation, input)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// The error code and message of a call that must be refused.
    pub fn refused(&mut self, operation: &str, input: Value) -> (String, String) {
        match self.try_call(operation, input) {
            Err(error) => (error.code, error.message),
            Ok(answer) => panic!("{operation} was not refused: {answer}"),
        }
    }

    pub fn put(&mut self, key: &str, body: &str) {
        let blob = self.blobs.put(body.as_bytes()).unwrap();
        let request = S3Request::Put {
            bucket: BUCKET.into(),
            key: key.into(),
            blob,
            if_none_match: false,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
        };
        self.apply(Input::S3 {
            caller: person(),
            request,
        })
        .unwrap();
    }

    pub fn pass(&mut self, ms: Millis) {
        self.now += ms;
        self.apply(Input::Advance).unwrap();
    }

    pub fn pipeline(&mut self, name: &str, definition: &Value) {
        self.call(
            "CreatePipeline",
            json!({
                "PipelineName": name,
                "PipelineDefinition": definition.to_string(),
                "RoleArn": ROLE,
                "ClientRequestToken": TOKEN,
            }),
        );
    }

    /// Start an execution with a token of its own.
    pub fn start(&mut self, pipeline: &str, parameters: Value) -> String {
        self.tokens += 1;
        let input = start_input(pipeline, &format!("{:040}", self.tokens), parameters);
        self.call("StartPipelineExecution", input)["PipelineExecutionArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn status(&mut self, execution: &str) -> String {
        let described = self.call("DescribePipelineExecution", json!({"PipelineExecutionArn": execution}));
        described["PipelineExecutionStatus"].as_str().unwrap().to_owned()
    }

    /// Name and status of the steps that were reached, in order.
    pub fn steps(&mut self, execution: &str) -> Vec<(String, String)> {
        let steps = self.step_list(execution);
        let text = |step: &Value, member: &str| step[member].as_str().unwrap().to_owned();
        steps
            .iter()
            .map(|step| (text(step, "StepName"), text(step, "StepStatus")))
            .collect()
    }

    pub fn step(&mut self, execution: &str, name: &str) -> Value {
        let steps = self.step_list(execution);
        steps
            .into_iter()
            .find(|step| step["StepName"] == name)
            .unwrap_or_else(|| panic!("no step {name}"))
    }

    fn step_list(&mut self, execution: &str) -> Vec<Value> {
        let input = json!({"PipelineExecutionArn": execution, "SortOrder": "Ascending", "MaxResults": 100});
        self.call("ListPipelineExecutionSteps", input)["PipelineExecutionSteps"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The jobs to run that nobody has taken.
    pub fn jobs(&mut self) -> Vec<Job> {
        let work = std::mem::take(&mut self.work);
        let jobs = work.into_iter().filter_map(|work| match work {
            Work::Run(job) => Some(*job),
            _ => None,
        });
        jobs.collect()
    }

    /// The one job to run.
    pub fn job(&mut self) -> Job {
        let mut jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "one job to run, not {jobs:?}");
        jobs.remove(0)
    }

    /// The jobs that should be stopped.
    pub fn stopping(&self) -> Vec<String> {
        let stops = self.work.iter().filter_map(|work| match work {
            Work::StopJob { id } => Some(id.clone()),
            _ => None,
        });
        stops.collect()
    }

    pub fn complete(&mut self, job: &Job) {
        self.end(
            job,
            JobOutcome::Completed {
                message: None,
                metrics: BTreeMap::new(),
            },
        );
    }

    pub fn end(&mut self, job: &Job, outcome: JobOutcome) {
        self.now += 1000;
        self.apply(Input::JobEnded {
            id: job.id.clone(),
            outcome,
        })
        .unwrap();
    }

    /// The details of the events of a type that reached the bus.
    pub fn events(&self, detail_type: &str) -> Vec<Value> {
        let details = self.records.iter().filter_map(|record| match record {
            Record::Event {
                detail_type: of,
                detail,
                ..
            } if of == detail_type => Some(detail.clone()),
            _ => None,
        });
        details.collect()
    }

    pub fn records(&self) -> &[Record] {
        &self.records
    }
}

fn person() -> Caller {
    Caller {
        arn: "arn:aws:iam::111122223333:user/ada".into(),
    }
}

fn call(service: &str, operation: &str, input: Value) -> Input {
    Input::Call {
        caller: person(),
        service: service.into(),
        operation: operation.into(),
        input,
    }
}
