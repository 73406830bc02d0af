//! How often runs failed, on the same arrivals and in a row, and when people hear of it.
//!
//! A try that fails is no news: it is repeated after a pause. People hear once, when the tries are spent and the
//! arrivals are parked; and, where new data makes it another set before that, whenever as many runs in a row have
//! failed as one set is given. So nothing fails for ever in silence.

use windsock_events::facts::PipelineKind;

use crate::{Project, state::Manifest};

/// What a run that failed means for what it read. A run that a person stopped counts like one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Runs that failed on the same arrivals, this one included.
    pub on_these: u32,
    /// Runs that failed in a row whatever they read, this one included.
    pub in_a_row: u32,
    /// After so many on one set, the set is parked.
    pub max: u32,
}

impl Tries {
    pub fn of(failed: &Manifest, project: &Project) -> Self {
        Self {
            on_these: failed.failures_before.saturating_add(1),
            in_a_row: in_a_row(failed),
            max: max(project, failed.pipeline),
        }
    }

    /// The arrivals are parked: they are not tried again by themselves.
    pub fn are_spent(self) -> bool {
        self.on_these >= self.max
    }

    /// People are told of this one.
    pub fn are_told(self) -> bool {
        self.are_spent() || self.in_a_row.is_multiple_of(self.max)
    }
}

/// Runs that failed in a row, with the one that froze this. Older manifests count only those that read the same.
pub fn in_a_row(failed: &Manifest) -> u32 {
    failed.failures_in_a_row.max(failed.failures_before).saturating_add(1)
}

/// How often one set of arrivals is tried.
pub fn max(project: &Project, pipeline: PipelineKind) -> u32 {
    let tries = match pipeline {
        PipelineKind::Training => project.training.retries,
        PipelineKind::Inference => project.inference.as_ref().map_or(1, |inference| inference.retries),
    };
    tries.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether people are told, of each of a row of runs that fail.
    fn told(on_these: &[u32], max: u32) -> Vec<bool> {
        let tries = on_these.iter().zip(1..).map(|(on_these, in_a_row)| Tries {
            on_these: *on_these,
            in_a_row,
            max,
        });
        tries.map(Tries::are_told).collect()
    }

    #[test]
    fn of_one_set_only_the_last_try_is_told() {
        assert_eq!(told(&[1, 2, 3], 3), [false, false, true]);
        assert_eq!(told(&[1], 1), [true]);
    }

    #[test]
    fn sets_that_change_before_they_are_parked_are_told_as_often_as_one_that_does_not() {
        assert_eq!(told(&[1, 1, 1, 1, 1, 1], 3), [false, false, true, false, false, true]);
        assert_eq!(told(&[1, 1, 2, 3], 3), [false, false, true, true]);
    }
}
