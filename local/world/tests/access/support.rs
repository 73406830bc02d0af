//! A world that enforces its policies, with roles made of a few statements.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use windsock_world::{
    ApiError, Blobs, Caller, Enforcement, Input, MemoryBlobs, Output, Record, S3Request, Settings, Work, World,
};

pub const ACCOUNT: &str = "111122223333";

pub struct Aws {
    pub world: World,
    pub blobs: Arc<dyn Blobs>,
    pub records: Vec<Record>,
}

pub fn settings(enforcement: Enforcement) -> Settings {
    Settings {
        account: ACCOUNT.into(),
        region: "us-east-1".into(),
        // 2026-11-27T00:00:00Z
        started_at: 1_795_737_600_000,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement,
    }
}

pub fn user(name: &str) -> Caller {
    Caller {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
    }
}

pub fn role(name: &str) -> Caller {
    Caller {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
    }
}

pub fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}")
}

pub fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

pub fn policy(statements: impl Into<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements.into() })
}

/// Who may take on the roles of these tests: the services that do, and the account.
fn trust() -> Value {
    let services = [
        "lambda.amazonaws.com",
        "sagemaker.amazonaws.com",
        "scheduler.amazonaws.com",
    ];
    policy(json!([
        { "Sid": "Services", "Effect": "Allow", "Principal": { "Service": services }, "Action": "sts:AssumeRole" },
        { "Sid": "Account", "Effect": "Allow", "Principal": { "AWS": ACCOUNT }, "Action": "sts:AssumeRole" },
    ]))
}

impl Aws {
    pub fn new() -> Self {
        Self::with(Enforcement::On)
    }

    pub fn with(enforcement: Enforcement) -> Self {
        let blobs = MemoryBlobs::shared();
        Self {
            world: World::new(settings(enforcement), blobs.clone()),
            blobs,
            records: Vec::new(),
        }
    }

    pub fn apply(&mut self, input: Input) -> Result<Output, ApiError> {
        let now = self.world.now();
        let output = self.world.apply(now, input);
        let journal = self.world.take_journal().into_iter();
        self.records.extend(journal.map(|entry| entry.record));
        output
    }

    pub fn advance(&mut self, by: i64) {
        let at = self.world.now() + by;
        self.world.apply(at, Input::Advance).unwrap();
        let journal = self.world.take_journal().into_iter();
        self.records.extend(journal.map(|entry| entry.record));
    }

    pub fn call_as(
        &mut self,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, ApiError> {
        let input = Input::Call {
            caller: caller.clone(),
            service: service.into(),
            operation: operation.into(),
            input,
        };
        match self.apply(input)? {
            Output::Value(value) => Ok(value),
            other => panic!("a call answers with a value, not {other:?}"),
        }
    }

    /// As the operator.
    #[track_caller]
    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.call_as(&user("operator"), service, operation, input)
            .unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    pub fn s3(&mut self, caller: &Caller, request: S3Request) -> Result<Output, ApiError> {
        let caller = caller.clone();
        self.apply(Input::S3 { caller, request })
    }

    /// A role that may do what these statements say.
    pub fn role(&mut self, name: &str, statements: Value) -> Caller {
        let input = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust() });
        self.call("iam", "CreateRole", input);
        if statements.as_array().is_none_or(|statements| !statements.is_empty()) {
            self.allow(name, statements);
        }
        role(name)
    }

    /// Give a role these statements instead of those it has.
    pub fn allow(&mut self, role: &str, statements: Value) {
        let input = json!({ "RoleName": role, "PolicyName": "own", "PolicyDocument": policy(statements) });
        self.call("iam", "PutRolePolicy", input);
    }

    pub fn bucket(&mut self, name: &str) {
        self.call("s3", "CreateBucket", json!({ "Bucket": name }));
    }

    pub fn put_request(&self, bucket: &str, key: &str) -> S3Request {
        S3Request::Put {
            bucket: bucket.into(),
            key: key.into(),
            blob: self.blobs.put(key.as_bytes()).unwrap(),
            if_none_match: false,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
        }
    }

    /// As the operator.
    pub fn put(&mut self, bucket: &str, key: &str) {
        let request = self.put_request(bucket, key);
        self.s3(&user("operator"), request).unwrap();
    }

    pub fn function(&mut self, name: &str, role: &Caller) {
        let function = json!({ "FunctionName": name, "Role": role.arn, "Code": "f/" });
        self.call("lambda", "CreateFunction", function);
    }

    pub fn invocations(&mut self) -> Vec<String> {
        let work = self.world.take_work().into_iter();
        let invoked = work.filter_map(|work| match work {
            Work::Invoke(invocation) => Some(invocation.function),
            _ => None,
        });
        invoked.collect()
    }

    pub fn messages(&mut self, queue: &str) -> Vec<Value> {
        let input = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"] });
        let answer = self.call("sqs", "ReceiveMessage", input);
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// Refusals in the journal: who, what, on what.
    pub fn denied(&self) -> Vec<(String, String, String)> {
        let denied = self.records.iter().filter_map(|record| match record {
            Record::Denied {
                caller,
                action,
                resource,
                ..
            } => Some((caller.clone(), action.clone(), resource.clone())),
            _ => None,
        });
        denied.collect()
    }
}
