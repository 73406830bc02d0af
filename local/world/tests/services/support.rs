//! A world to speak to, and what it did.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_world::{
    ApiError, Blobs, Caller, Input, InvocationOutcome, MemoryBlobs, Millis, Output, Record, S3Object, S3Request,
    Settings, Work, World, work::Invocation,
};

/// 2026-11-22T10:00:00Z, a Sunday.
pub const START: Millis = 1_795_341_600_000;
pub const MINUTE: Millis = 60_000;
pub const HOUR: Millis = 3_600_000;

pub struct Aws {
    pub world: World,
    pub blobs: Arc<dyn Blobs>,
    pub now: Millis,
    /// Everything that was applied, in order.
    pub inputs: Vec<(Millis, Input)>,
    pub records: Vec<(Millis, Record)>,
}

pub fn settings() -> Settings {
    Settings {
        account: "111122223333".into(),
        region: "us-east-1".into(),
        started_at: START,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Default::default(),
    }
}

pub fn operator() -> Caller {
    Caller {
        arn: "arn:aws:iam::111122223333:user/operator".into(),
    }
}

pub fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:111122223333:{resource}")
}

impl Aws {
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        let blobs = MemoryBlobs::shared();
        let world = World::new(settings, blobs.clone());
        Self {
            world,
            blobs,
            now: START,
            inputs: Vec::new(),
            records: Vec::new(),
        }
    }

    pub fn apply(&mut self, input: Input) -> Result<Output, ApiError> {
        self.inputs.push((self.now, input.clone()));
        let output = self.world.apply(self.now, input);
        self.records.extend(
            self.world
                .take_journal()
                .into_iter()
                .map(|entry| (entry.at, entry.record)),
        );
        output
    }

    /// Let time pass, timer by timer.
    pub fn advance(&mut self, by: Millis) {
        self.now += by;
        self.apply(Input::Advance).expect("time passes");
    }

    pub fn try_call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        match self.apply(Input::Call {
            caller: operator(),
            service,
            operation,
            input,
        })? {
            Output::Value(value) => Ok(value),
            other => panic!("a call answers with a value, not {other:?}"),
        }
    }

    #[track_caller]
    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.try_call(service, operation, input)
            .unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    #[track_caller]
    pub fn refusal(&mut self, service: &str, operation: &str, input: Value) -> String {
        self.try_call(service, operation, input).expect_err("a refusal").code
    }

    pub fn s3(&mut self, request: S3Request) -> Result<Output, ApiError> {
        self.apply(Input::S3 {
            caller: operator(),
            request,
        })
    }

    pub fn put_request(&self, bucket: &str, key: &str, bytes: &[u8]) -> S3Request {
        S3Request::Put {
            bucket: bucket.into(),
            key: key.into(),
            blob: self.blobs.put(bytes).expect("a blob"),
            if_none_match: false,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
        }
    }

    pub fn put(&mut self, bucket: &str, key: &str, bytes: &[u8]) -> S3Object {
        let request = self.put_request(bucket, key, bytes);
        match self.s3(request) {
            Ok(Output::Object(object)) => object,
            other => panic!("a put answers with an object, not {other:?}"),
        }
    }

    pub fn bucket(&mut self, name: &str) {
        self.call("s3", "CreateBucket", json!({ "Bucket": name }));
        let versioning = json!({ "Bucket": name, "VersioningConfiguration": { "Status": "Enabled" } });
        self.call("s3", "PutBucketVersioning", versioning);
        let notification = json!({ "Bucket": name, "NotificationConfiguration": { "EventBridgeConfiguration": {} } });
        self.call("s3", "PutBucketNotificationConfiguration", notification);
    }

    pub fn queue(&mut self, name: &str, attributes: Value) -> String {
        let answer = self.call(
            "sqs",
            "CreateQueue",
            json!({ "QueueName": name, "Attributes": attributes }),
        );
        answer["QueueUrl"].as_str().expect("a queue's URL").to_owned()
    }

    pub fn function(&mut self, name: &str) {
        let function = json!({
            "FunctionName": name,
            "Role": format!("arn:aws:iam::111122223333:role/{name}"),
            "Code": format!("target/lambda/{name}/"),
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Timeout": 10,
        });
        self.call("lambda", "CreateFunction", function);
    }

    /// A rule on the default bus with one target.
    pub fn rule(&mut self, name: &str, pattern: &Value, target_arn: &str) {
        self.call(
            "events",
            "PutRule",
            json!({ "Name": name, "EventPattern": pattern.to_string() }),
        );
        let targets = json!([{ "Id": "only", "Arn": target_arn }]);
        self.call("events", "PutTargets", json!({ "Rule": name, "Targets": targets }));
    }

    pub fn invocations(&mut self) -> Vec<Invocation> {
        let work = self.world.take_work().into_iter();
        work.filter_map(|work| {
            if let Work::Invoke(invocation) = work {
                Some(invocation)
            } else {
                None
            }
        })
        .collect()
    }

    /// The one invocation there is to do.
    #[track_caller]
    pub fn invocation(&mut self) -> Invocation {
        let mut invocations = self.invocations();
        assert_eq!(invocations.len(), 1, "exactly one invocation: {invocations:#?}");
        invocations.remove(0)
    }

    pub fn end(&mut self, invocation: &Invocation, outcome: InvocationOutcome) {
        self.apply(Input::InvocationEnded {
            id: invocation.id.clone(),
            outcome,
        })
        .expect("an end is taken");
    }

    pub fn fail(&mut self, invocation: &Invocation, message: &str) {
        self.end(
            invocation,
            InvocationOutcome::Failed {
                error_type: "Error".into(),
                message: message.into(),
            },
        );
    }

    pub fn succeed(&mut self, invocation: &Invocation, answer: Value) {
        self.end(invocation, InvocationOutcome::Returned(answer));
    }

    pub fn messages(&mut self, url: &str) -> Vec<Value> {
        let all = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"],
                          "MessageAttributeNames": ["All"] });
        let answer = self.call("sqs", "ReceiveMessage", all);
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    pub fn dead_letters(&self) -> Vec<(String, String, String)> {
        let dead = self.records.iter().filter_map(|(_, record)| match record {
            Record::DeadLetter {
                queue, function, error, ..
            } => Some((queue.clone(), function.clone(), error.clone())),
            _ => None,
        });
        dead.collect()
    }

    /// Details of the events of one type that reached the bus.
    pub fn events(&self, wanted: &str) -> Vec<Value> {
        let events = self.records.iter().filter_map(|(_, record)| match record {
            Record::Event {
                detail_type, detail, ..
            } if detail_type == wanted => Some(detail.clone()),
            _ => None,
        });
        events.collect()
    }
}
