//! What the members, operations and ARNs of each kind of job are called.

use super::{shape::Member, shapes_jobs, shapes_transform};
use crate::JobKind;

impl JobKind {
    pub(super) fn name_member(self) -> &'static str {
        match self {
            Self::Processing => "ProcessingJobName",
            Self::Training => "TrainingJobName",
            Self::Transform => "TransformJobName",
        }
    }

    /// `ProcessingJob`, as in the metadata of a step.
    pub(super) fn resource_member(self) -> &'static str {
        match self {
            Self::Processing => "ProcessingJob",
            Self::Training => "TrainingJob",
            Self::Transform => "TransformJob",
        }
    }

    pub(super) fn create_operation(self) -> &'static str {
        match self {
            Self::Processing => "CreateProcessingJob",
            Self::Training => "CreateTrainingJob",
            Self::Transform => "CreateTransformJob",
        }
    }

    pub(super) fn in_arn(self) -> &'static str {
        match self {
            Self::Processing => "processing-job",
            Self::Training => "training-job",
            Self::Transform => "transform-job",
        }
    }

    pub(super) fn create_shape(self) -> &'static [Member] {
        match self {
            Self::Processing => shapes_jobs::CREATE_PROCESSING_JOB,
            Self::Training => shapes_jobs::CREATE_TRAINING_JOB,
            Self::Transform => shapes_transform::CREATE_TRANSFORM_JOB,
        }
    }

    pub(super) fn name_shape(self) -> &'static [Member] {
        match self {
            Self::Processing => shapes_jobs::PROCESSING_JOB,
            Self::Training => shapes_jobs::TRAINING_JOB,
            Self::Transform => shapes_jobs::TRANSFORM_JOB,
        }
    }
}
