//! "In the end": from any state at all, once nothing goes wrong any more, a few rounds learn everything.
//!
//! A model checker's "eventually" stops short at cycles, and a racer that looks and stands down is one. So the end is
//! a property of every single state: one orderly future of it, played out.

use crate::{Protocol, Racer, State, Status};

/// Rounds of the orderly future: a lost start is recorded, a failed run is followed, the newest files are learned.
const ROUNDS_MAX: usize = 6;
/// Calls of one invocation, the second look after recording a start included.
const CALLS_MAX: usize = 20;

impl Protocol {
    /// Runs end and succeed, everyone finishes, lists are fresh, somebody is woken: is everything learned then?
    pub(crate) fn learns_in_the_end(&self, state: &State) -> bool {
        let mut state = state.clone();
        for _ in 0..ROUNDS_MAX {
            if state.learned & state.arrived == state.arrived {
                return true;
            }
            self.calm_round(&mut state);
        }
        state.learned & state.arrived == state.arrived
    }

    fn calm_round(&self, state: &mut State) {
        if state.pipeline.is_none() {
            self.make_again(state);
        }
        let mut racers = std::mem::take(&mut state.racers);
        for racer in &mut racers {
            let mut left = std::mem::replace(racer, Racer::Idle);
            let woken = left == Racer::Idle;
            for call in 0..CALLS_MAX {
                if left == Racer::Idle && (call > 0 || !woken) {
                    break;
                }
                left = self.advance(state, left, 0);
            }
            *racer = left;
        }
        state.racers = racers;
        for place in 0..state.executions.len() {
            self.end(state, place, Status::Succeeded);
        }
    }
}
