//! Broken variants of the product, each with one guard taken out: the simulator must catch every one of them.
//!
//! Without the feature `mutants`, which only `cargo simulate` enables, [`is`] is always false and costs nothing.

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutant {
    /// The request token is the event's, not the slot's.
    TokenIsTheEvents,
    /// Everybody starts what he himself would freeze.
    NoFrozenManifest,
    /// The chain follows a person's run too.
    PersonsRunIsPredecessor,
    /// A pipeline made again under its name gets the slots of the one before it. Markers in S3 outlive the pipeline, so
    /// that this shows only when a start has none: the exhaustive model in tests/slot-model sees it, seeds have not yet.
    NoCreationTimeInSlot,
    /// Losing to the champion is a failure.
    LosingIsFailing,
    /// The run's parameters come from the event that woke us.
    ParametersFromTheEvent,
    /// What the event says of a version counts, not what SageMaker says now.
    EventsStatusCounts,
    /// The champion's record is overwritten whatever it is by now.
    NoCompareAndSwap,
    /// A claim that is there is somebody else's, whoever wrote it.
    ClaimIsAlwaysAnothers,
    /// The SDK tries a publish again by itself.
    PublishIsRetried,
    /// A letter whose lease has expired is sent again, however often.
    ResendWithoutEnd,
    /// The sweep does not look for training data.
    SweepForgetsTraining,
    /// The sweep does not look for approvals.
    SweepForgetsApprovals,
    /// The sweep does not look for letters.
    SweepForgetsLetters,
    /// The sweep does not look for runs that ended unheard.
    SweepForgetsEnds,
    SweepForgetsBatches,
    /// The prefix of a project is also the prefix of another.
    PrefixWithoutSlash,
    /// What was read by a run that failed is accounted for.
    FailedRunsAccount,
    /// A champion is promoted without asking whether it is approved.
    AnyVersionIsUsable,
    /// A drift asks for training although nothing is new.
    DriftNeedsNothingNew,
    /// No cap on runs a day.
    NoDailyCap,
    /// A failed run is tried again for ever.
    RetriesWithoutEnd,
    /// Too few rows publish a score of zero.
    TooFewRowsIsNoDrift,
    /// A claim that is there is ours, whoever wrote it.
    ClaimIsAlwaysOurs,
    /// An incident is named by the moment at which it was looked at.
    IncidentIdIsNow,
    /// What is delivered again, as when dead letters are replayed, is recorded again.
    ReplayIsNews,
}

impl Mutant {
    pub const ALL: [Self; 25] = [
        Self::TokenIsTheEvents,
        Self::NoFrozenManifest,
        Self::PersonsRunIsPredecessor,
        Self::LosingIsFailing,
        Self::ParametersFromTheEvent,
        Self::EventsStatusCounts,
        Self::NoCompareAndSwap,
        Self::ClaimIsAlwaysAnothers,
        Self::PublishIsRetried,
        Self::ResendWithoutEnd,
        Self::SweepForgetsTraining,
        Self::SweepForgetsApprovals,
        Self::SweepForgetsLetters,
        Self::SweepForgetsEnds,
        Self::SweepForgetsBatches,
        Self::PrefixWithoutSlash,
        Self::FailedRunsAccount,
        Self::AnyVersionIsUsable,
        Self::DriftNeedsNothingNew,
        Self::NoDailyCap,
        Self::RetriesWithoutEnd,
        Self::TooFewRowsIsNoDrift,
        Self::ClaimIsAlwaysOurs,
        Self::IncidentIdIsNow,
        Self::ReplayIsNews,
    ];
}

#[cfg(feature = "mutants")]
mod live {
    use std::cell::Cell;

    use super::Mutant;

    #[cfg(not(debug_assertions))]
    compile_error!("the feature `mutants` breaks the product on purpose: it has no place in a release");

    thread_local! {
        static LIVE: Cell<Option<Mutant>> = const { Cell::new(None) };
        static ELDER: Cell<bool> = const { Cell::new(false) };
        static COUNT: Cell<u64> = const { Cell::new(0) };
    }

    /// From now on this thread runs the product with this fault, or without any.
    pub fn set(mutant: Option<Mutant>) {
        LIVE.set(mutant);
    }

    pub fn is(mutant: Mutant) -> bool {
        LIVE.get() == Some(mutant)
    }

    /// Whether what runs now is another release, which differs in what a release may differ in. Answers what was before.
    pub fn set_elder(elder: bool) -> bool {
        ELDER.replace(elder)
    }

    pub fn is_elder() -> bool {
        ELDER.get()
    }

    /// Another number each time, for what should not be told from itself.
    pub fn count() -> u64 {
        COUNT.set(COUNT.get() + 1);
        COUNT.get()
    }
}

#[cfg(feature = "mutants")]
pub use live::{count, is, is_elder, set, set_elder};

/// The product as it is.
#[cfg(not(feature = "mutants"))]
pub const fn is(_: Mutant) -> bool {
    false
}

/// There is one release.
#[cfg(not(feature = "mutants"))]
pub const fn is_elder() -> bool {
    false
}

/// Never asked for without a mutant.
#[cfg(not(feature = "mutants"))]
pub const fn count() -> u64 {
    0
}
