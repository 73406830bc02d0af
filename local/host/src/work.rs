//! Hands out the world's work to those who do it, and reports back how it ended.

use std::{collections::BTreeSet, sync::Arc};

use windsock_world::{Input, InvocationOutcome, JobOutcome, Work, work::Invocation};

use crate::core::{Core, State};

impl Core {
    /// Starts one piece of work. It counts as in flight from this moment.
    pub(crate) fn hand_out(self: &Arc<Self>, state: &mut State, work: Work) {
        let core = Arc::clone(self);
        match work {
            Work::Invoke(invocation) => {
                state.in_flight.insert(invocation.id.clone());
                state.spawn(async move { core.invoke(invocation).await });
            }
            Work::Run(job) => {
                state.in_flight.insert(job.id.clone());
                state.spawn(async move {
                    let Some(runners) = core.runners.get() else { return };
                    let id = job.id.clone();
                    let outcome = runners.jobs.run(*job).await;
                    core.report(Input::JobEnded { id, outcome });
                });
            }
            Work::StopJob { id } => {
                if let Some(runners) = self.runners.get() {
                    runners.jobs.stop(&id);
                }
                if !state.in_flight.contains(&id) {
                    // Nobody runs it (any more), so nobody else would say that it ended.
                    state.in_flight.insert(id.clone());
                    state.spawn(async move {
                        core.report(Input::JobEnded {
                            id,
                            outcome: JobOutcome::Stopped,
                        })
                    });
                }
            }
        }
    }

    async fn invoke(self: &Arc<Self>, invocation: Invocation) {
        let Some(runners) = self.runners.get() else { return };
        let id = invocation.id.clone();
        let outcome = runners.functions.invoke(invocation).await;
        self.report(Input::InvocationEnded { id, outcome });
    }

    /// Tells the world how something ended.
    pub(crate) fn report(self: &Arc<Self>, input: Input) {
        if let Err(error) = self.apply(input)
            && !self.is_closed()
        {
            tracing::error!(%error, "The world did not take the end of a piece of work");
        }
    }

    /// After a restart: invocations died with the host; jobs run again, but for those that had been told to stop.
    pub(crate) fn take_up_outstanding(self: &Arc<Self>, stopped: &BTreeSet<String>) {
        let outstanding = self.lock().world.outstanding();
        for work in outstanding {
            match work {
                Work::Invoke(invocation) => {
                    let message = "the local host ended in the middle of the invocation".to_string();
                    let outcome = InvocationOutcome::Crashed { message };
                    self.report(Input::InvocationEnded {
                        id: invocation.id,
                        outcome,
                    });
                }
                Work::Run(job) if stopped.contains(&job.id) => {
                    self.report(Input::JobEnded {
                        id: job.id,
                        outcome: JobOutcome::Stopped,
                    });
                }
                other => {
                    let mut state = self.lock();
                    self.hand_out(&mut state, other);
                    state.mind_the_clock();
                }
            }
        }
        self.changed.notify_waiters();
    }
}
