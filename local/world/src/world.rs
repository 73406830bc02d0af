//! The state machine itself: inputs in, outputs, work and journal out.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ApiError, Blobs, Entry, Input, Millis, Output, S3Request, Settings, Work, cloudformation, cloudtrail, cloudwatch,
    deliver, events, faults::Chance, iam, lambda, logs, s3, sagemaker, scheduler, sns, sqs, timers::Timers,
};

/// Something that happens at a time of its own. Services ignore a timer whose reason has gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Timer {
    Lambda(lambda::LambdaTimer),
    Sqs(sqs::SqsTimer),
    Scheduler(scheduler::SchedulerTimer),
    Alarm(cloudwatch::AlarmTimer),
    Rule(events::RuleTimer),
    SageMaker(sagemaker::SageMakerTimer),
    Delivery(deliver::DeliveryTimer),
}

#[derive(Clone)]
pub struct World {
    pub(crate) settings: Settings,
    pub(crate) now: Millis,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) timers: Timers,
    pub(crate) chance: Chance,
    pub(crate) ids: u64,
    pub(crate) work: Vec<Work>,
    pub(crate) outstanding: BTreeMap<String, Work>,
    pub(crate) journal: Vec<Entry>,
    pub(crate) access: crate::access::State,
    pub(crate) deliveries: deliver::State,
    pub(crate) s3: s3::State,
    pub(crate) sqs: sqs::State,
    pub(crate) sns: sns::State,
    pub(crate) events: events::State,
    pub(crate) scheduler: scheduler::State,
    pub(crate) cloudwatch: cloudwatch::State,
    pub(crate) lambda: lambda::State,
    pub(crate) iam: iam::State,
    pub(crate) logs: logs::State,
    pub(crate) sagemaker: sagemaker::State,
    pub(crate) cloudformation: cloudformation::State,
    pub(crate) cloudtrail: cloudtrail::State,
}

impl World {
    pub fn new(settings: Settings, blobs: Arc<dyn Blobs>) -> Self {
        let now = settings.started_at;
        let mut world = Self {
            chance: Chance::new(settings.faults.clone()),
            settings,
            now,
            blobs,
            timers: Timers::default(),
            ids: 0,
            work: Vec::new(),
            outstanding: BTreeMap::new(),
            journal: Vec::new(),
            access: crate::access::State::default(),
            deliveries: deliver::State::default(),
            s3: s3::State::default(),
            sqs: sqs::State::default(),
            sns: sns::State::default(),
            events: events::State::default(),
            scheduler: scheduler::State::default(),
            cloudwatch: cloudwatch::State::default(),
            lambda: lambda::State::default(),
            iam: iam::State::default(),
            logs: logs::State::default(),
            sagemaker: sagemaker::State::default(),
            cloudformation: cloudformation::State::default(),
            cloudtrail: cloudtrail::State::default(),
        };
        world.create_people();
        world
    }

    /// A copy of this world on another store of bytes, to go on with by itself.
    pub fn fork(&self, blobs: Arc<dyn Blobs>) -> Self {
        Self { blobs, ..self.clone() }
    }

    /// From now on AWS misbehaves like this. What was drawn so far stays counted in [`World::faults_reached`].
    pub fn set_faults(&mut self, faults: crate::Faults) {
        let before = std::mem::replace(&mut self.chance, Chance::new(faults));
        self.chance.count_on(before);
    }

    /// Which faults came to pass, and how often.
    pub fn faults_reached(&self) -> BTreeMap<&'static str, u64> {
        self.chance.reached()
    }

    /// The bytes of an object as they are stored: for those who check what was written, whoever wrote it.
    pub fn stored(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.read_object(bucket, key)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn now(&self) -> Millis {
        self.now
    }

    /// Apply one input at a time not before `now`. All timers due by `at` run first.
    pub fn apply(&mut self, at: Millis, input: Input) -> Result<Output, ApiError> {
        self.run_timers(at);
        self.now = self.now.max(at);
        let output = self.take_in(input);
        self.look_at_queues();
        output
    }

    fn take_in(&mut self, input: Input) -> Result<Output, ApiError> {
        match input {
            Input::Advance => Ok(Output::None),
            Input::Call {
                caller,
                service,
                operation,
                input,
            } => self
                .outside_call(&caller, &service, &operation, &input)
                .map(Output::Value),
            Input::S3 { caller, request } => self.outside_s3(&caller, request),
            Input::InvocationEnded { id, outcome } => {
                self.outstanding.remove(&id);
                self.invocation_ended(&id, outcome);
                Ok(Output::None)
            }
            Input::JobEnded { id, outcome } => {
                self.outstanding.remove(&id);
                self.job_ended(&id, outcome);
                Ok(Output::None)
            }
            Input::Log { function, line } => {
                if self.may_log(&function) {
                    self.journal(crate::Record::Log { function, line });
                }
                Ok(Output::None)
            }
        }
    }

    /// Whether replaying the input log needs this input (false for pure reads such as Describe, List, Head).
    pub fn changes(input: &Input) -> bool {
        const READS: [&str; 6] = ["Describe", "List", "Get", "Head", "Test", "Search"];
        match input {
            Input::Call { operation, .. } => !READS.iter().any(|read| operation.starts_with(read)),
            Input::S3 { request, .. } => !matches!(
                request,
                S3Request::Head { .. }
                    | S3Request::Get { .. }
                    | S3Request::List { .. }
                    | S3Request::ListVersions { .. }
            ),
            Input::Log { .. } => false,
            Input::Advance | Input::InvocationEnded { .. } | Input::JobEnded { .. } => true,
        }
    }

    pub fn next_timer(&self) -> Option<Millis> {
        self.timers.next_at()
    }

    pub fn take_work(&mut self) -> Vec<Work> {
        std::mem::take(&mut self.work)
    }

    /// Work handed out and not yet ended: after a restart the host reports invocations as crashed and runs jobs again.
    pub fn outstanding(&self) -> Vec<Work> {
        self.outstanding.values().cloned().collect()
    }

    pub fn take_journal(&mut self) -> Vec<Entry> {
        self.journal.append(&mut self.take_refusals());
        std::mem::take(&mut self.journal)
    }

    fn run_timers(&mut self, at: Millis) {
        while let Some((due, timer)) = self.timers.pop_due(at) {
            self.now = self.now.max(due);
            match timer {
                Timer::Lambda(timer) => self.lambda_timer(timer),
                Timer::Sqs(timer) => self.sqs_timer(timer),
                Timer::Scheduler(timer) => self.scheduler_timer(timer),
                Timer::Alarm(timer) => self.alarm_timer(timer),
                Timer::Rule(timer) => self.rule_timer(timer),
                Timer::SageMaker(timer) => self.sagemaker_timer(timer),
                Timer::Delivery(timer) => self.delivery_timer(&timer),
            }
            self.look_at_queues();
        }
    }
}
