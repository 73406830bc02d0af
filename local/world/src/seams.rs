//! What every service of the world may ask of the world: ids, timers, journal, work, objects and each other's calls.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    ApiError, Caller, Entry, Millis, Output, Record, S3Object, S3Request, Work, World,
    target::{bucket_read, call_target, s3_operation, s3_target},
    world::Timer,
};

impl World {
    pub(crate) fn account(&self) -> &str {
        &self.settings.account
    }

    pub(crate) fn region(&self) -> &str {
        &self.settings.region
    }

    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.settings.region, self.settings.account
        )
    }

    /// 64 hex digits that no other call gets; cut them to the length needed.
    pub(crate) fn new_id(&mut self, purpose: &str) -> String {
        self.ids += 1;
        let Self { settings, ids, .. } = self;
        let name = format!(
            "{}/{}/{}/{purpose}/{ids}",
            settings.account, settings.region, settings.started_at
        );
        hex::encode(Sha256::digest(name))
    }

    pub(crate) fn new_uuid(&mut self) -> String {
        let id = self.new_id("uuid");
        format!(
            "{}-{}-4{}-a{}-{}",
            &id[..8],
            &id[8..12],
            &id[13..16],
            &id[17..20],
            &id[20..32]
        )
    }

    pub(crate) fn set_timer(&mut self, at: Millis, timer: Timer) {
        self.timers.set(at, timer);
    }

    /// Forget every timer equal to this one, so that no clock jumps to a moment at which nothing happens.
    pub(crate) fn cancel_timer(&mut self, timer: &Timer) {
        self.timers.cancel(timer);
    }

    pub(crate) fn journal(&mut self, record: Record) {
        self.journal.append(&mut self.take_refusals());
        self.journal.push(Entry { at: self.now, record });
    }

    pub(crate) fn push_work(&mut self, work: Work) {
        match &work {
            Work::Invoke(invocation) => {
                self.outstanding.insert(invocation.id.clone(), work.clone());
            }
            Work::Run(job) => {
                self.outstanding.insert(job.id.clone(), work.clone());
            }
            // The job itself stays outstanding until it has ended.
            Work::StopJob { .. } => {}
        }
        self.work.push(work);
    }

    /// A call by anybody, of any service, without a journal line: what the world does to itself is not traffic.
    pub(crate) fn call(
        &mut self,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        match service {
            "s3" => self.s3_call(caller, operation, input),
            "sqs" => self.sqs_call(caller, operation, input),
            "sns" => self.sns_call(caller, operation, input),
            "events" => self.events_call(caller, operation, input),
            "scheduler" => self.scheduler_call(caller, operation, input),
            "cloudwatch" => self.cloudwatch_call(caller, operation, input),
            "lambda" => self.lambda_call(caller, operation, input),
            "iam" => self.iam_call(caller, operation, input),
            "sts" => self.sts_call(caller, operation, input),
            "cloudtrail" => self.cloudtrail_call(caller, operation, input),
            "logs" => self.logs_call(caller, operation, input),
            "sagemaker" => self.sagemaker_call(caller, operation, input),
            "cloudformation" => self.cloudformation_call(caller, operation, input),
            _ => Err(ApiError::new(
                400,
                "UnknownOperationException",
                format!("this world has no service {service}"),
            )),
        }
    }

    /// A call in somebody's name, who may be refused, without a line of its own: a stack's resources are made so.
    pub(crate) fn call_as(
        &mut self,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        self.authorize(caller, service, operation, input)?;
        self.call(caller, service, operation, input)
    }

    /// A call that came through the endpoint.
    pub(crate) fn outside_call(
        &mut self,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        let (at, line) = (self.now, self.journal.len());
        let answer = self.call_as(caller, service, operation, input);
        let record = Record::Call {
            service: service.into(),
            operation: operation.into(),
            caller: caller.arn.clone(),
            target: call_target(input),
            error: answer.as_ref().err().map(|error| error.code.clone()),
        };
        // Before its consequences, which are journalled by now.
        self.journal.insert(line, Entry { at, record });
        answer
    }

    pub(crate) fn outside_s3(&mut self, caller: &Caller, request: S3Request) -> Result<Output, ApiError> {
        let (operation, target) = (s3_operation(&request), s3_target(&request, &self.s3));
        let (at, line) = (self.now, self.journal.len());
        let read = bucket_read(&request).map(str::to_owned);
        let answer = self
            .authorize_s3(caller, &request)
            .and_then(|()| self.s3_request(caller, request));
        let answer = self.hide_absence(caller, read.as_deref(), answer);
        let record = Record::Call {
            service: "s3".into(),
            operation: operation.into(),
            caller: caller.arn.clone(),
            target,
            error: answer.as_ref().err().map(|error| error.code.clone()),
        };
        self.journal.insert(line, Entry { at, record });
        answer
    }

    /// The journal's entry for a call that was refused before it reached the world. Nothing else is a call.
    pub fn refused(&self, at: Millis, input: &crate::Input, refusal: &ApiError) -> Option<Entry> {
        let (caller, service, operation, target) = match input {
            crate::Input::Call {
                caller,
                service,
                operation,
                input,
            } => (caller, service.as_str(), operation.as_str(), call_target(input)),
            crate::Input::S3 { caller, request } => (caller, "s3", s3_operation(request), s3_target(request, &self.s3)),
            _ => return None,
        };
        let record = Record::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            caller: caller.arn.clone(),
            target,
            error: Some(refusal.code.clone()),
        };
        Some(Entry { at, record })
    }

    /// The current version of an object; `None` when there is none or its newest version is a delete marker.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Option<&S3Object> {
        self.s3.current(bucket, key)
    }

    /// Current objects under a prefix, in key order.
    pub(crate) fn list_objects(&self, bucket: &str, prefix: &str) -> Vec<&S3Object> {
        self.s3.under(bucket, prefix)
    }

    /// The bytes of an object's current version. `None` also when the blob store cannot give them: the callers treat
    /// an unreadable object as absent, and say so in their own words.
    pub(crate) fn read_object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let object = self.object(bucket, key)?;
        let mut bytes = Vec::with_capacity(usize::try_from(object.size).ok()?);
        for blob in &object.body.blobs {
            bytes.extend_from_slice(&self.blobs.get(blob).ok()?);
        }
        Some(bytes)
    }
}
