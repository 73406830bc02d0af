//! What may happen next, and what it does: racers, runs, people, and SageMaker's forgetting.

use crate::{Execution, Hole, Protocol, Racer, State, Status, Step, names::MADE_MAX};

impl Protocol {
    pub(crate) fn calls(&self, state: &State, racer: usize, steps: &mut Vec<Step>) {
        let hides = matches!(state.racers[racer], Racer::Described { .. });
        let most = if hides {
            self.hidden_max.min(state.executions.len())
        } else {
            0
        };
        steps.extend((0..=most).map(|hidden| Step::Call { racer, hidden }));
        if state.budget.crashes > 0 && state.racers[racer] != Racer::Idle {
            steps.push(Step::Crash { racer });
        }
    }

    pub(crate) fn runs(&self, state: &State, steps: &mut Vec<Step>) {
        for (place, execution) in (0_u8..).zip(&state.executions) {
            if execution.status == Status::Executing {
                steps.push(Step::Ends {
                    execution: place,
                    status: Status::Succeeded,
                });
                if state.budget.failures > 0 && execution.ours.is_some() {
                    steps.push(Step::Ends {
                        execution: place,
                        status: Status::Failed,
                    });
                }
            }
            let known = execution.ours.filter(|ours| ours.token_known);
            if state.budget.tokens > 0 && known.is_some_and(|ours| self.may_be_forgotten(state, ours.slot)) {
                steps.push(Step::TokenIsForgotten { execution: place });
            }
        }
    }

    /// A token outlives the invocations that may still send it; then started.json takes over.
    fn may_be_forgotten(&self, state: &State, slot: u8) -> bool {
        let may_send = |racer: &Racer| match racer {
            Racer::Idle | Racer::Described { .. } | Racer::Marking { .. } => false,
            Racer::Listed { .. } => true,
            Racer::Freezing { slot: sent, .. } | Racer::Reading { slot: sent, .. } => *sent == slot,
            Racer::Starting { slot: sent, .. } => *sent == slot,
        };
        let is_safe = state.marked.contains_key(&slot) && !state.racers.iter().any(may_send);
        is_safe || self.hole == Some(Hole::TokenForgottenTooSoon)
    }

    pub(crate) fn people(&self, state: &State, steps: &mut Vec<Step>) {
        match state.pipeline {
            Some(_) => {
                let idle = state
                    .executions
                    .iter()
                    .all(|execution| execution.status != Status::Executing);
                // SageMaker refuses to delete a pipeline whose executions run.
                if state.budget.deletions > 0 && idle && state.made < MADE_MAX {
                    steps.push(Step::PersonDeletesThePipeline);
                }
                if state.budget.person_runs > 0 {
                    steps.push(Step::PersonStarts);
                }
            }
            None if self.hole == Some(Hole::AsleepWhileMadeAgain) || all_idle(state) => {
                steps.push(Step::PersonMakesItAgain);
            }
            None => {}
        }
        let anytime = self.hole == Some(Hole::RejectedWhileStarting);
        if state.budget.approvals > 0 && (anytime || nobody_is_starting(state)) {
            steps.push(Step::FirstChampionIs {
                approved: !state.first_champion_approved,
            });
        }
    }

    pub(crate) fn apply(&self, state: &mut State, step: &Step) {
        match *step {
            Step::FileArrives(file) => state.arrived |= file,
            Step::Call { racer, hidden } => {
                let before = std::mem::replace(&mut state.racers[racer], Racer::Idle);
                state.racers[racer] = self.advance(state, before, hidden);
            }
            Step::Crash { racer } => {
                state.racers[racer] = Racer::Idle;
                state.budget.crashes -= 1;
            }
            Step::Ends { execution, status } => {
                self.end(state, usize::from(execution), status);
                state.budget.failures -= u8::from(status == Status::Failed);
            }
            Step::PersonStarts => {
                state.executions.push(Execution {
                    id: state.next_id,
                    status: Status::Executing,
                    ours: None,
                });
                state.next_id += 1;
                state.budget.person_runs -= 1;
            }
            Step::PersonDeletesThePipeline => {
                state.pipeline = None;
                state.executions.clear();
                state.sent.clear();
                state.budget.deletions -= 1;
            }
            Step::PersonMakesItAgain => self.make_again(state),
            Step::TokenIsForgotten { execution } => {
                if let Some(ours) = &mut state.executions[usize::from(execution)].ours {
                    ours.token_known = false;
                }
                state.budget.tokens -= 1;
            }
            Step::FirstChampionIs { approved } => {
                state.first_champion_approved = approved;
                state.budget.approvals -= 1;
            }
        }
    }
}

fn all_idle(state: &State) -> bool {
    state.racers.iter().all(|racer| *racer == Racer::Idle)
}

/// Nobody has looked without having acted, and every start is marked.
fn nobody_is_starting(state: &State) -> bool {
    let harmless = |racer: &Racer| matches!(racer, Racer::Idle | Racer::Described { .. });
    let mut ours = state.executions.iter().filter_map(|execution| execution.ours.as_ref());
    state.racers.iter().all(harmless) && ours.all(|ours| state.marked.contains_key(&ours.slot))
}
