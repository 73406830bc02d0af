//! Makes the world go: runs what it wants run, ends jobs, and moves its clock from timer to timer.

use std::sync::Arc;

use anyhow::Context;
use aws_config::SdkConfig;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Notify;
use tracing::{Instrument, info_span};
use windsock_stage::{Bench, Function};
use windsock_world::{Caller, Input, InvocationOutcome, Job, JobOutcome, Millis, S3Request, Work, work::Invocation};

use crate::Flow;

const MINUTE: Millis = 60_000;
/// A story in which something still moves after so many hours never ends.
const SETTLE_HOURS_MAX: u32 = 240;

/// Every invocation is a sandbox of its own here, and *now* is what the runtime works out from the deadline on AWS.
async fn handle(invocation: &Invocation, aws: &SdkConfig) -> anyhow::Result<Value> {
    let function = Function::new(&invocation.program, &invocation.environment, aws, &invocation.id)?;
    let now = Timestamp::from_millisecond(invocation.started_at).context("read the time of the invocation")?;
    function.handle(invocation.payload.clone(), now).await
}

impl Flow {
    /// Let time pass.
    pub async fn advance(&mut self, time: SignedDuration) {
        let horizon = self.now() + Millis::try_from(time.as_millis()).expect("stories take less than a lifetime");
        loop {
            self.do_work().await;
            let timer = self.backend.world().next_timer();
            let job = self.at_work.iter().map(|(end, _)| *end).min();
            let next = timer.into_iter().chain(job).min();
            let Some(next) = next.filter(|next| *next <= horizon) else {
                break;
            };
            self.apply(next, Input::Advance);
            self.end_jobs(next);
        }
        self.apply(horizon, Input::Advance);
        self.do_work().await;
    }

    /// Let time pass until nothing moves: no job runs, and for an hour no function did anything but look.
    pub async fn settle(&mut self) {
        for _ in 0..SETTLE_HOURS_MAX {
            let moves = self.moves();
            self.advance(SignedDuration::from_hours(1)).await;
            if self.at_work.is_empty() && self.moves() == moves {
                self.check_invariants();
                return;
            }
        }
        panic!(
            "something still moves after {SETTLE_HOURS_MAX} hours:\n{}",
            self.story()
        );
    }

    pub fn now(&self) -> Millis {
        self.backend.world().now()
    }

    pub(crate) fn apply(&self, at: Millis, input: Input) {
        let mut world = self.backend.world();
        world.apply(at, input).expect("the world refuses no news from outside");
    }

    /// Everything that can be done at this moment, and what comes of it at this moment.
    async fn do_work(&mut self) {
        loop {
            let work = self.backend.world().take_work();
            if work.is_empty() {
                return;
            }
            let mut invocations = Vec::new();
            for work in work {
                match work {
                    Work::Invoke(invocation) => invocations.push(invocation),
                    Work::Run(job) => self
                        .at_work
                        .push((self.now() + self.lab.minutes_per_job * MINUTE, *job)),
                    Work::StopJob { id } => self.stop_job(id),
                }
            }
            join_all(invocations.iter().map(|invocation| self.invoke(invocation))).await;
            self.hand_in_logs();
        }
    }

    async fn invoke(&self, invocation: &Invocation) {
        let crashed = Arc::new(Notify::new());
        let aws = self.config_of(&invocation.role_arn, crashed.clone());
        let outcome = tokio::select! {
            biased;
            () = crashed.notified() => InvocationOutcome::Crashed { message: "exit status 137".to_owned() },
            answer = handle(invocation, &aws).instrument(info_span!("invocation", id = invocation.id)) => match answer {
                Ok(answer) => InvocationOutcome::Returned(answer),
                Err(error) => InvocationOutcome::Failed {
                    error_type: "WindsockError".to_owned(),
                    message: windsock_effects::failure(&error),
                },
            },
        };
        self.apply(
            self.now(),
            Input::InvocationEnded {
                id: invocation.id.clone(),
                outcome,
            },
        );
    }

    fn end_jobs(&mut self, now: Millis) {
        let (ended, still): (Vec<_>, Vec<_>) = self.at_work.drain(..).partition(|(end, _)| *end <= now);
        self.at_work = still;
        for (_, job) in ended {
            let outcome = self.finish(&job);
            self.apply(now, Input::JobEnded { id: job.id, outcome });
        }
    }

    /// Stores what the job leaves, as its role.
    fn finish(&self, job: &Job) -> JobOutcome {
        let blobs = windsock_wire::Backend::blobs(self.backend.as_ref());
        let bench = Bench {
            lab: &self.lab,
            job,
            blobs: blobs.clone(),
            prefix: &self.deployed().name_prefix,
        };
        let left = match bench.work() {
            Ok(left) => left,
            Err(error) => {
                return JobOutcome::Failed {
                    reason: format!("AlgorithmError: {error:#}"),
                };
            }
        };
        for left in left {
            let request = S3Request::Put {
                bucket: left.bucket,
                key: left.key,
                blob: blobs.put(&left.bytes).expect("memory takes every blob"),
                if_none_match: false,
                if_match: None,
                content_type: None,
                content_encoding: None,
                metadata: std::collections::BTreeMap::new(),
            };
            self.apply(
                self.now(),
                Input::S3 {
                    caller: Caller {
                        arn: job.role_arn.clone(),
                    },
                    request,
                },
            );
        }
        JobOutcome::Completed {
            message: None,
            metrics: std::collections::BTreeMap::new(),
        }
    }

    fn stop_job(&mut self, id: String) {
        self.at_work.retain(|(_, job)| job.id != id);
        self.apply(
            self.now(),
            Input::JobEnded {
                id,
                outcome: JobOutcome::Stopped,
            },
        );
    }

    fn hand_in_logs(&mut self) {
        for (function, line) in self.logs.take() {
            self.apply(self.now(), Input::Log { function, line });
        }
    }
}
