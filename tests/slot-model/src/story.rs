//! The shortest history that leads to a state of some kind, told step by step: the checker's own are longer.

use std::collections::{HashMap, VecDeque};

use stateright::Model;

use crate::{Protocol, State, Step};

/// None when no history leads there.
pub fn shortest(protocol: &Protocol, wanted: impl Fn(&State) -> bool) -> Option<String> {
    let mut before: HashMap<State, Option<(State, String)>> = HashMap::new();
    let mut pending: VecDeque<State> = protocol.init_states().into();
    before.extend(pending.iter().map(|state| (state.clone(), None)));
    while let Some(state) = pending.pop_front() {
        if wanted(&state) {
            return Some(told(&before, &state));
        }
        let mut steps = Vec::new();
        protocol.actions(&state, &mut steps);
        for step in steps {
            let sentence = sentence(protocol, &state, &step);
            let Some(next) = protocol.next_state(&state, step) else {
                continue;
            };
            if protocol.within_boundary(&next) && !before.contains_key(&next) {
                before.insert(next.clone(), Some((state.clone(), sentence)));
                pending.push_back(next);
            }
        }
    }
    None
}

fn told(before: &HashMap<State, Option<(State, String)>>, last: &State) -> String {
    let mut sentences = Vec::new();
    let mut state = last;
    while let Some(Some((earlier, sentence))) = before.get(state) {
        sentences.push(sentence.as_str());
        state = earlier;
    }
    sentences.reverse();
    sentences.join("\n")
}

fn sentence(protocol: &Protocol, state: &State, step: &Step) -> String {
    match step {
        Step::Call { racer, hidden } => {
            let now = state.racers[*racer].clone();
            let then = protocol.advance(&mut state.clone(), now.clone(), *hidden);
            let list = if *hidden > 0 { " (its list is stale)" } else { "" };
            format!("  a racer goes from {now:?} to {then:?}{list}")
        }
        Step::Crash { racer } => format!("  a racer crashes: {:?}", state.racers[*racer]),
        other => format!("  {other:?}"),
    }
}
