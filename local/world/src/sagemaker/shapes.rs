//! The members of SageMaker's pipeline, tag and listing operations, as the service's own model has them.

use super::{
    pattern::Pattern,
    shape::{Member, Shape, list, may, must, text},
};

pub(super) const NEXT_TOKEN: Shape = text(0, 8192, Pattern::Line);
pub(super) const PAGE: Shape = Shape::Whole { min: 1, max: 100 };
pub(super) const ORDER: Shape = Shape::OneOf(&["Ascending", "Descending"]);
pub(super) const ROLE: Shape = text(20, 2048, Pattern::RoleArn);
pub(super) const NAME: Shape = text(1, 63, Pattern::Name);
pub(super) const CONTAINS: Shape = text(0, 63, Pattern::Token);

const TAG: Shape = Shape::Structure(&[
    must("Key", text(1, 128, Pattern::Tag)),
    must("Value", text(0, 256, Pattern::Tag)),
]);
pub(super) const TAGS: Shape = list(0, 50, &TAG);

const PIPELINE: Shape = text(1, 256, Pattern::Name);
const PIPELINE_OR_ARN: Shape = text(1, 2048, Pattern::NameOrArn("pipeline"));
const EXECUTION: Shape = text(0, 2048, Pattern::Arn("pipeline"));
/// Shorter tokens are refused by AWS too: an event's id or an S3 sequencer alone may be too short.
const REQUEST_TOKEN: Shape = text(32, 128, Pattern::Any);
const DESCRIPTION: Shape = text(0, 3072, Pattern::Line);
const DISPLAY_NAME: Shape = text(1, 82, Pattern::Name);
const DEFINITION: Shape = text(1, 1_048_576, Pattern::Any);
const VERSION: Shape = Shape::Whole { min: 1, max: i64::MAX };
const PARALLELISM: Shape = Shape::Structure(&[must(
    "MaxParallelExecutionSteps",
    Shape::Whole { min: 1, max: i64::MAX },
)]);
const DEFINITION_LOCATION: Shape = Shape::Structure(&[
    must("Bucket", text(3, 63, Pattern::Bucket)),
    must("ObjectKey", text(1, 1024, Pattern::Any)),
    may("VersionId", text(1, 1024, Pattern::Line)),
]);
const PARAMETER: Shape = Shape::Structure(&[
    must("Name", text(1, 256, Pattern::StepName)),
    must("Value", text(0, 1024, Pattern::Any)),
]);

pub(super) static CREATE_PIPELINE: &[Member] = &[
    must("PipelineName", PIPELINE),
    may("PipelineDisplayName", PIPELINE),
    may("PipelineDefinition", DEFINITION),
    may("PipelineDefinitionS3Location", DEFINITION_LOCATION),
    may("PipelineDescription", DESCRIPTION),
    must("ClientRequestToken", REQUEST_TOKEN),
    must("RoleArn", ROLE),
    may("Tags", TAGS),
    may("ParallelismConfiguration", PARALLELISM),
];

pub(super) static UPDATE_PIPELINE: &[Member] = &[
    must("PipelineName", PIPELINE),
    may("PipelineDisplayName", PIPELINE),
    may("PipelineDefinition", DEFINITION),
    may("PipelineDefinitionS3Location", DEFINITION_LOCATION),
    may("PipelineDescription", DESCRIPTION),
    may("RoleArn", ROLE),
    may("ParallelismConfiguration", PARALLELISM),
];

pub(super) static DESCRIBE_PIPELINE: &[Member] =
    &[must("PipelineName", PIPELINE_OR_ARN), may("PipelineVersionId", VERSION)];

pub(super) static DELETE_PIPELINE: &[Member] = &[
    must("PipelineName", PIPELINE),
    must("ClientRequestToken", REQUEST_TOKEN),
];

pub(super) static LIST_PIPELINES: &[Member] = &[
    may("PipelineNamePrefix", PIPELINE),
    may("CreatedAfter", Shape::Time),
    may("CreatedBefore", Shape::Time),
    may("SortBy", Shape::OneOf(&["Name", "CreationTime"])),
    may("SortOrder", ORDER),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];

pub(super) static LIST_PIPELINE_VERSIONS: &[Member] = &[
    must("PipelineName", PIPELINE_OR_ARN),
    may("CreatedAfter", Shape::Time),
    may("CreatedBefore", Shape::Time),
    may("SortOrder", ORDER),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];

pub(super) static START_EXECUTION: &[Member] = &[
    must("PipelineName", PIPELINE_OR_ARN),
    may("PipelineExecutionDisplayName", DISPLAY_NAME),
    may("PipelineParameters", list(0, 200, &PARAMETER)),
    may("PipelineExecutionDescription", DESCRIPTION),
    must("ClientRequestToken", REQUEST_TOKEN),
    may("ParallelismConfiguration", PARALLELISM),
    may("PipelineVersionId", VERSION),
];

pub(super) static STOP_EXECUTION: &[Member] = &[
    must("PipelineExecutionArn", EXECUTION),
    must("ClientRequestToken", REQUEST_TOKEN),
];

pub(super) static RETRY_EXECUTION: &[Member] = &[
    must("PipelineExecutionArn", EXECUTION),
    must("ClientRequestToken", REQUEST_TOKEN),
    may("ParallelismConfiguration", PARALLELISM),
];

pub(super) static DESCRIBE_EXECUTION: &[Member] = &[must("PipelineExecutionArn", EXECUTION)];

pub(super) static LIST_EXECUTIONS: &[Member] = &[
    must("PipelineName", PIPELINE_OR_ARN),
    may("CreatedAfter", Shape::Time),
    may("CreatedBefore", Shape::Time),
    may("SortBy", Shape::OneOf(&["CreationTime", "PipelineExecutionArn"])),
    may("SortOrder", ORDER),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];

pub(super) static LIST_STEPS: &[Member] = &[
    must("PipelineExecutionArn", EXECUTION),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
    may("SortOrder", ORDER),
];

pub(super) static LIST_PARAMETERS: &[Member] = &[
    must("PipelineExecutionArn", EXECUTION),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];

const RESOURCE: Shape = text(0, 256, Pattern::AnyArn);

pub(super) static ADD_TAGS: &[Member] = &[must("ResourceArn", RESOURCE), must("Tags", TAGS)];

pub(super) static LIST_TAGS: &[Member] = &[
    must("ResourceArn", RESOURCE),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", Shape::Whole { min: 50, max: i64::MAX }),
];

pub(super) static DELETE_TAGS: &[Member] = &[
    must("ResourceArn", RESOURCE),
    must("TagKeys", list(1, 50, &text(1, 128, Pattern::Tag))),
];
