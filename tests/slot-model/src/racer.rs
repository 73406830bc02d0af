//! One racer's next call, as `effects-runs` and the two starting functions make them, in their order.

use crate::{
    Broken, Champion, Execution, Manifest, Protocol, Racer, Slot, State, Status,
    names::WITHDRAWN_MAX,
    state::{Files, Id, Listed, Ours},
};

/// How far the chain of runs goes that the bucket shows.
struct Chain {
    newest: Option<Listed>,
    next: Slot,
}

impl Protocol {
    /// The racer's next call and what it remembers afterwards. A list hides the newest `hidden` executions.
    pub(crate) fn advance(&self, state: &mut State, racer: Racer, hidden: usize) -> Racer {
        match racer {
            Racer::Idle => state.pipeline.map_or(Racer::Idle, |made| Racer::Described { made }),
            Racer::Described { made } => self.list(state, made, hidden),
            Racer::Listed {
                made,
                newest,
                somebody_runs,
            } => self.decide(state, made, newest, somebody_runs),
            Racer::Freezing { made, slot, manifest } => {
                state.frozen.entry(slot).or_insert(manifest);
                Racer::Reading { made, slot }
            }
            Racer::Reading { made, slot } => read_back(state, made, slot),
            Racer::Starting { made, slot, manifest } => self.start(state, made, slot, manifest),
            Racer::Marking { slot, execution } => {
                state.marked.entry(slot).or_insert(execution);
                Racer::Idle
            }
        }
    }

    fn list(&self, state: &State, made: u8, hidden: usize) -> Racer {
        if state.pipeline.is_none() {
            return Racer::Idle;
        }
        let shown = &state.executions[..state.executions.len().saturating_sub(hidden)];
        let of_ours = |execution: &Execution| match &execution.ours {
            Some(ours) => Some(ours.slot),
            // No slot at all: a number that no slot has.
            None if self.broken == Some(Broken::PersonsRunIsPredecessor) => Some(Slot::MAX),
            None => None,
        };
        let newest = shown.iter().rev().find_map(|execution| {
            Some(Listed {
                id: execution.id,
                slot: of_ours(execution)?,
                status: execution.status,
            })
        });
        Racer::Listed {
            made,
            newest,
            somebody_runs: shown.iter().any(|execution| execution.status == Status::Executing),
        }
    }

    /// Reads the markers, then decides: record a lost start, stand down, or freeze.
    fn decide(&self, state: &State, made: u8, newest: Option<Listed>, somebody_runs: bool) -> Racer {
        let Some(chain) = self.follow(state, made, newest) else {
            return Racer::Idle;
        };
        let last = chain.newest.or_else(|| remembered(state));
        if let Some(last) = &last
            && last.slot != Slot::MAX
            && !state.marked.contains_key(&last.slot)
        {
            return Racer::Marking {
                slot: last.slot,
                execution: last.id,
            };
        }
        let last_runs = last.as_ref().is_some_and(|last| last.status == Status::Executing);
        let accounted = accounted(state, last.as_ref());
        if somebody_runs || last_runs || state.arrived & !accounted == 0 {
            return Racer::Idle;
        }
        let manifest = Manifest {
            reads: state.arrived,
            accounts_for: accounted,
            champion: if state.first_champion_approved {
                Champion::First
            } else {
                Champion::Second
            },
        };
        let slot = chain.next;
        match self.broken {
            Some(Broken::NothingFrozen) => Racer::Starting { made, slot, manifest },
            _ => Racer::Freezing { made, slot, manifest },
        }
    }

    /// None when the chain does not end within the limit, which is an error.
    fn follow(&self, state: &State, made: u8, mut newest: Option<Listed>) -> Option<Chain> {
        let (mut withdrawn, mut links) = (0, 0);
        loop {
            let next = self.names.slot(made, newest.as_ref().map(|last| last.id), withdrawn);
            if newest.as_ref().is_some_and(|last| last.status == Status::Executing) {
                return Some(Chain { newest, next });
            }
            if let Some(id) = state
                .marked
                .get(&next)
                .filter(|_| self.broken != Some(Broken::MarkersUnread))
            {
                links += 1;
                // The real limit is 100, for lists that hide far fewer.
                if links > self.hidden_max {
                    return None;
                }
                newest = Some(Listed {
                    id: *id,
                    slot: next,
                    status: described(state, *id, next),
                });
                withdrawn = 0;
                continue;
            }
            match state.frozen.get(&next) {
                Some(frozen) if !state.is_approved(frozen.champion) => withdrawn += 1,
                // Somebody gave it up before, and froze the next.
                Some(_) if self.is_given_up(state, made, newest.as_ref(), withdrawn) => withdrawn += 1,
                _ => return Some(Chain { newest, next }),
            }
            if withdrawn == WITHDRAWN_MAX {
                return None;
            }
        }
    }

    fn is_given_up(&self, state: &State, made: u8, newest: Option<&Listed>, withdrawn: u8) -> bool {
        let after = self.names.slot(made, newest.map(|last| last.id), withdrawn + 1);
        withdrawn + 1 < WITHDRAWN_MAX && state.frozen.contains_key(&after)
    }

    /// StartPipelineExecution by the pipeline's name, with the slot as token.
    fn start(&self, state: &mut State, made: u8, slot: Slot, manifest: Manifest) -> Racer {
        if state.pipeline.is_none() {
            return Racer::Idle;
        }
        let ours = |execution: &Execution| execution.ours;
        let replay = state
            .executions
            .iter()
            .find(|execution| ours(execution).is_some_and(|ours| ours.slot == slot && ours.token_known))
            .filter(|_| self.broken != Some(Broken::TokenPerEvent));
        if let Some(execution) = replay.map(|execution| execution.id) {
            state.conflict |= state.sent.get(&slot) != Some(&manifest);
            return Racer::Marking { slot, execution };
        }
        state.conflict |= state
            .sent
            .insert(slot, manifest)
            .is_some_and(|before| before != manifest);
        let id = state.next_id;
        state.next_id += 1;
        state.started += 1;
        state.executions.push(Execution {
            id,
            status: Status::Executing,
            ours: Some(Ours {
                slot,
                manifest,
                decided_for: made,
                token_known: true,
            }),
        });
        Racer::Marking { slot, execution: id }
    }
}

/// Uses what is stored, whoever wrote it, unless its champion may not be used any more.
fn read_back(state: &State, made: u8, slot: Slot) -> Racer {
    let stored = state
        .frozen
        .get(&slot)
        .filter(|stored| state.is_approved(stored.champion));
    stored.map_or(Racer::Idle, |manifest| Racer::Starting {
        made,
        slot,
        manifest: *manifest,
    })
}

/// A run that SageMaker has forgotten is over, and has succeeded if its last report lies in the bucket.
fn described(state: &State, id: Id, slot: Slot) -> Status {
    match state.execution(id) {
        Some(execution) => execution.status,
        None if state.reports.contains(&slot) => Status::Succeeded,
        None => Status::Failed,
    }
}

/// The newest run of ours that was ever marked, for a pipeline that has none yet: one of the deleted pipeline's.
fn remembered(state: &State) -> Option<Listed> {
    let (slot, id) = state.marked.iter().max_by_key(|(_, id)| **id)?;
    Some(Listed {
        id: *id,
        slot: *slot,
        status: described(state, *id, *slot),
    })
}

/// What the newest run of ours accounts for, and everything before it.
fn accounted(state: &State, last: Option<&Listed>) -> Files {
    let Some(last) = last else { return 0 };
    let frozen = state.frozen.get(&last.slot).or_else(|| state.sent.get(&last.slot));
    let Some(manifest) = frozen else { return 0 };
    match last.status {
        Status::Succeeded => manifest.accounts_for | manifest.reads,
        _ => manifest.accounts_for,
    }
}
