//! The model: what may happen next, and what must hold whatever happened.

use stateright::{Model, Property};

use crate::{Names, Racer, State, Status, names::EXECUTIONS_MAX, state::Budget};

/// How many of what, and what is broken on purpose.
#[derive(Debug)]
pub struct Protocol {
    pub racers: usize,
    /// Files that arrive one by one, at any time.
    pub files: u8,
    /// How many of the newest executions a list may hide.
    pub hidden_max: usize,
    pub budget: Budget,
    pub broken: Option<Broken>,
    pub hole: Option<Hole>,
    pub(crate) names: Names,
}

/// Known holes: what has to happen within one invocation for two runs to be in flight. Each is a scenario of its own, in
/// which they are found; everywhere else it does not happen, and exclusion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    /// A racer that has described the pipeline sleeps while a person deletes it and makes it again. Then it starts its
    /// old slot: by the pipeline's name, with a token that the new pipeline has never heard of.
    AsleepWhileMadeAgain,
    /// SageMaker forgets a token while somebody may still send it, or before started.json has taken over from it.
    TokenForgottenTooSoon,
    /// Inference: the frozen champion is rejected while somebody is between its look and started.json, and stays there
    /// for the ten minutes after which a frozen slot is given up. Another racer
    /// finds that slot frozen, without a marker and with a champion that may not be used: it gives the slot up, and
    /// starts the next one. The slot that is given up may be running all the same, and its token protects no longer.
    RejectedWhileStarting,
}

/// Protocols that are not ours: the properties must see what is wrong with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The slot is the same whatever ran before.
    PredecessorLeftOut,
    /// The slot is the same for a pipeline made again.
    CreationTimeLeftOut,
    /// Each racer sends what it saw itself.
    NothingFrozen,
    /// A token of each event's own.
    TokenPerEvent,
    /// A person's run is followed like one of ours.
    PersonsRunIsPredecessor,
    /// started.json is written, and never read.
    MarkersUnread,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    FileArrives(u8),
    /// A racer's next call; which racer counts in their order.
    Call {
        racer: usize,
        hidden: usize,
    },
    Crash {
        racer: usize,
    },
    Ends {
        execution: u8,
        status: Status,
    },
    PersonStarts,
    PersonDeletesThePipeline,
    PersonMakesItAgain,
    TokenIsForgotten {
        execution: u8,
    },
    FirstChampionIs {
        approved: bool,
    },
}

impl Protocol {
    pub fn new(racers: usize, files: u8, budget: Budget) -> Self {
        Self {
            racers,
            files,
            hidden_max: 1,
            budget,
            broken: None,
            hole: None,
            names: Names::new(None),
        }
    }

    pub fn broken(self, broken: Broken) -> Self {
        Self {
            broken: Some(broken),
            names: Names::new(Some(broken)),
            ..self
        }
    }

    pub fn with_hole(self, hole: Hole) -> Self {
        Self {
            hole: Some(hole),
            ..self
        }
    }

    pub fn hiding(self, hidden_max: usize) -> Self {
        Self { hidden_max, ..self }
    }

    /// A run needs a new file, or one that failed before it. A run that was never marked, because somebody crashed, is
    /// forgotten with its pipeline: its files are learned once more.
    pub(crate) fn starts_max(&self) -> u8 {
        let holes = self.hole.map_or(0, |_| self.files * 2);
        let unmarked = if self.budget.deletions > 0 {
            self.budget.crashes
        } else {
            0
        };
        self.files + self.budget.failures + unmarked + holes
    }

    pub(crate) fn end(&self, state: &mut State, place: usize, status: Status) {
        let Some(execution) = state.executions.get_mut(place) else {
            return;
        };
        if execution.status != Status::Executing {
            return;
        }
        execution.status = status;
        if let (Status::Succeeded, Some(ours)) = (status, &execution.ours) {
            state.learned |= ours.manifest.reads;
            state.reports.insert(ours.slot);
        }
    }

    pub(crate) fn make_again(&self, state: &mut State) {
        state.pipeline = Some(state.made);
        state.made += 1;
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            pipeline: Some(0),
            made: 1,
            executions: Vec::new(),
            next_id: 0,
            started: 0,
            first_champion_approved: true,
            frozen: Default::default(),
            marked: Default::default(),
            reports: Default::default(),
            arrived: 1,
            learned: 0,
            sent: Default::default(),
            conflict: false,
            budget: self.budget,
            racers: vec![Racer::Idle; self.racers],
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        let arrivals = (0..self.files).map(|file| 1 << file);
        // One order is enough: files have no names.
        steps.extend(
            arrivals
                .filter(|file| state.arrived & file == 0)
                .take(1)
                .map(Step::FileArrives),
        );
        for racer in 0..state.racers.len() {
            // Racers in the same state do the same.
            if racer == 0 || state.racers[racer] != state.racers[racer - 1] {
                self.calls(state, racer, steps);
            }
        }
        self.runs(state, steps);
        self.people(state, steps);
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        self.apply(&mut state, &step);
        state.racers.sort();
        (state != *last).then_some(state)
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.next_id < EXECUTIONS_MAX
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::property::properties(self)
    }
}
