//! Words that AWS uses for states. A word this version does not know is kept, never an error: enumerations grow.

/// An enumeration over AWS's words with one variant for everything else.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($variant,)+
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// PipelineExecutionStatus.
    RunStatus {
        Executing = "Executing",
        Stopping = "Stopping",
        Stopped = "Stopped",
        Failed = "Failed",
        Succeeded = "Succeeded",
        CompletedWithFailures = "CompletedWithFailures",
    }
}

words! {
    /// StepStatus of a pipeline's step.
    StepStatus {
        Starting = "Starting",
        Executing = "Executing",
        Stopping = "Stopping",
        Stopped = "Stopped",
        Failed = "Failed",
        Succeeded = "Succeeded",
    }
}

words! {
    /// ModelApprovalStatus: what a person says about a version.
    Approval {
        Approved = "Approved",
        Rejected = "Rejected",
        PendingManualApproval = "PendingManualApproval",
    }
}

words! {
    /// ModelPackageStatus: only a Completed version can be used.
    PackageStatus {
        Pending = "Pending",
        InProgress = "InProgress",
        Completed = "Completed",
        Failed = "Failed",
        Deleting = "Deleting",
    }
}

words! {
    /// State of a CloudWatch alarm.
    AlarmValue {
        Ok = "OK",
        Alarm = "ALARM",
        InsufficientData = "INSUFFICIENT_DATA",
    }
}

impl RunStatus {
    /// Work is going on, or winding down: nothing else may be started beside it.
    pub fn is_in_flight(&self) -> bool {
        matches!(self, Self::Executing | Self::Stopping)
    }

    pub fn is_succeeded(&self) -> bool {
        *self == Self::Succeeded
    }

    /// Ended without success. An unknown word is neither in flight nor a success, so it counts as a failure.
    pub fn is_failed(&self) -> bool {
        !self.is_in_flight() && !self.is_succeeded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_the_round_trip() {
        for word in [
            "Executing",
            "Stopping",
            "Stopped",
            "Failed",
            "Succeeded",
            "CompletedWithFailures",
            "Paused",
        ] {
            assert_eq!(RunStatus::from(word).as_str(), word);
        }
    }

    #[test]
    fn a_run_with_an_unknown_status_is_over_and_did_not_succeed() {
        let status = RunStatus::from("Paused");
        assert!(status.is_failed() && !status.is_in_flight() && !status.is_succeeded());
    }
}
