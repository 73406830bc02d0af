//! What the world holds between two steps: SageMaker's side, the bucket's side, and what each racer remembers.

use std::collections::{BTreeMap, BTreeSet};

use crate::Slot;

/// Files, one bit each.
pub type Files = u8;
/// An execution's number; none is ever used twice.
pub type Id = u8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    Executing,
    Succeeded,
    Failed,
}

/// A pipeline execution. SageMaker's list and a description show it as it is, or hide that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Execution {
    pub id: Id,
    pub status: Status,
    /// None for a person's.
    pub ours: Option<Ours>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ours {
    pub slot: Slot,
    pub manifest: Manifest,
    /// Which making of the pipeline its racer had described.
    pub decided_for: u8,
    /// SageMaker still knows the token that started it.
    pub token_known: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Manifest {
    pub reads: Files,
    pub accounts_for: Files,
    pub champion: Champion,
}

/// The version that a run of inference uses; training has only the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Champion {
    First,
    Second,
}

/// One invocation of the function that starts runs, between two of its calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Racer {
    /// Not invoked; a crashed one is this too, since nothing of it is left.
    Idle,
    Described {
        made: u8,
    },
    Listed {
        made: u8,
        newest: Option<Listed>,
        somebody_runs: bool,
    },
    Freezing {
        made: u8,
        slot: Slot,
        manifest: Manifest,
    },
    Reading {
        made: u8,
        slot: Slot,
    },
    Starting {
        made: u8,
        slot: Slot,
        manifest: Manifest,
    },
    Marking {
        slot: Slot,
        execution: Id,
    },
}

/// The newest execution of ours that a list showed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Listed {
    pub id: Id,
    pub slot: Slot,
    pub status: Status,
}

/// What may still go wrong, or happen at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    pub crashes: u8,
    pub failures: u8,
    pub person_runs: u8,
    pub deletions: u8,
    /// Tokens that SageMaker forgets.
    pub tokens: u8,
    /// Changes of the first champion's approval.
    pub approvals: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Which making of the pipeline exists; None while it is deleted.
    pub pipeline: Option<u8>,
    /// How often it was made.
    pub made: u8,
    /// Of the pipeline that exists, oldest first: deleting one deletes its history.
    pub executions: Vec<Execution>,
    pub next_id: Id,
    /// Runs of ours that were ever started.
    pub started: u8,
    pub first_champion_approved: bool,
    /// manifest.json, by slot: written once, never deleted.
    pub frozen: BTreeMap<Slot, Manifest>,
    /// started.json, by slot: the same.
    pub marked: BTreeMap<Slot, Id>,
    /// Last reports, by slot: what runs that succeeded leave in the bucket.
    pub reports: BTreeSet<Slot>,
    pub arrived: Files,
    /// Learned from by a run that succeeded: what the properties ask, and no racer sees.
    pub learned: Files,
    /// What was sent with each token of the pipeline that exists. No racer sees it either.
    pub sent: BTreeMap<Slot, Manifest>,
    /// A token was sent with other parameters than before.
    pub conflict: bool,
    pub budget: Budget,
    /// In order: which of them is which does not matter.
    pub racers: Vec<Racer>,
}

impl State {
    pub fn execution(&self, id: Id) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.id == id)
    }

    /// Runs of ours in flight.
    pub fn running(&self) -> impl Iterator<Item = &Ours> {
        let executing = |execution: &&Execution| execution.status == Status::Executing;
        self.executions
            .iter()
            .filter(executing)
            .filter_map(|execution| execution.ours.as_ref())
    }

    pub fn is_approved(&self, champion: Champion) -> bool {
        champion == Champion::Second || self.first_champion_approved
    }
}
