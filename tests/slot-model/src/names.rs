//! Names of slots: the real hash over the model's few pipelines and executions, interned as small numbers.

use jiff::{SignedDuration, Timestamp};
use windsock_decisions::slot::{GENESIS, slot};

use crate::Broken;

/// A slot's place among all that the model can name.
pub type Slot = u8;

/// Executions that a search may start, ours and the person's. Reaching it is a violation of "starts are bounded".
pub const EXECUTIONS_MAX: u8 = 12;
/// Times a pipeline may be made.
pub const MADE_MAX: u8 = 2;
/// Slots after one predecessor that may be given up, and one more.
pub const WITHDRAWN_MAX: u8 = 3;

const PIPELINE: &str = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-demo-training";

/// What a slot is made of here: which making of the pipeline, which predecessor, how many were given up.
#[derive(Debug)]
pub struct Names {
    slots: Vec<Slot>,
}

impl Names {
    /// Equal hashes are one slot; others are different slots.
    pub fn new(broken: Option<Broken>) -> Self {
        let mut known: Vec<String> = Vec::new();
        let mut slots = Vec::new();
        for made in 0..MADE_MAX {
            for predecessor in 0..=EXECUTIONS_MAX {
                for withdrawn in 0..WITHDRAWN_MAX {
                    let name = name(broken, made, predecessor, withdrawn);
                    let place = known.iter().position(|other| *other == name).unwrap_or_else(|| {
                        known.push(name);
                        known.len() - 1
                    });
                    slots.push(u8::try_from(place).unwrap_or(u8::MAX));
                }
            }
        }
        assert!(known.len() < usize::from(u8::MAX), "every slot has a number of its own");
        Self { slots }
    }

    /// The slot after `predecessor` (None: the first one) of a pipeline's `made`-th making.
    pub fn slot(&self, made: u8, predecessor: Option<u8>, withdrawn: u8) -> Slot {
        let predecessor = predecessor.map_or(0, |execution| execution + 1);
        let row = usize::from(made) * usize::from(EXECUTIONS_MAX + 1) + usize::from(predecessor);
        self.slots[row * usize::from(WITHDRAWN_MAX) + usize::from(withdrawn)]
    }
}

fn name(broken: Option<Broken>, made: u8, predecessor: u8, withdrawn: u8) -> String {
    let made = if broken == Some(Broken::CreationTimeLeftOut) {
        0
    } else {
        made
    };
    let created = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(i64::from(made));
    let execution = match predecessor {
        0 => GENESIS.to_owned(),
        _ if broken == Some(Broken::PredecessorLeftOut) => GENESIS.to_owned(),
        number => format!("{PIPELINE}/execution/{number:012}"),
    };
    slot(PIPELINE, created, &execution, u32::from(withdrawn))
}
