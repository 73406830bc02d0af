//! The members of SageMaker's job operations, as the service's own model has them.
//!
//! Instance types are any text: what a type costs or whether an account may have it is not modelled. Values that are
//! not run locally (pipe mode, compressed input) are left out, and so refused by name.

use super::{
    pattern::Pattern,
    shape::{Member, Shape, list, map, may, must, text},
    shapes::{CONTAINS, NAME, NEXT_TOKEN, ORDER, PAGE, ROLE, TAGS},
};

const ANY: Shape = text(0, usize::MAX, Pattern::Any);
pub(super) const S3_URI: Shape = text(0, 1024, Pattern::S3Uri);
const IMAGE: Shape = text(0, 255, Pattern::Line);
pub(super) const KMS: Shape = text(0, 2048, Pattern::KmsKey);
pub(super) const INSTANCE: Shape = text(4, 63, Pattern::NoSpace);
pub(super) const COUNT: Shape = Shape::Whole { min: 1, max: 100 };
const COMPRESSION: Shape = Shape::OneOf(&["None"]);
pub(super) const DATA_TYPE: Shape = Shape::OneOf(&["ManifestFile", "S3Prefix"]);
const DISTRIBUTION: Shape = Shape::OneOf(&["FullyReplicated", "ShardedByS3Key"]);
const INPUT_MODE: Shape = Shape::OneOf(&["File", "FastFile"]);
pub(super) const CONTENT_TYPE: Shape = text(0, 256, Pattern::Line);
pub(super) const LINE_4096: Shape = text(0, 4096, Pattern::Any);
pub(super) const ENVIRONMENT_NAME: Shape = text(0, 512, Pattern::EnvironmentName);
const ENVIRONMENT: Shape = map(0, 100, &ENVIRONMENT_NAME, &LINE_4096);
const ARGUMENT: Shape = text(0, 256, Pattern::Any);

const VPC: Shape = Shape::Structure(&[
    must("SecurityGroupIds", list(1, 5, &text(0, 32, Pattern::NoSpace))),
    must("Subnets", list(1, 16, &text(0, 32, Pattern::NoSpace))),
]);
const NETWORK: Shape = Shape::Structure(&[
    may("EnableInterContainerTrafficEncryption", Shape::Flag),
    may("EnableNetworkIsolation", Shape::Flag),
    may("VpcConfig", VPC),
]);
pub(super) const EXPERIMENT: Shape = Shape::Structure(&[
    may("ExperimentName", text(1, 120, Pattern::Name)),
    may("TrialName", text(1, 120, Pattern::Name)),
    may("TrialComponentDisplayName", text(1, 120, Pattern::Name)),
    may("RunName", text(1, 120, Pattern::Name)),
]);

const PROCESSING_INPUT: Shape = Shape::Structure(&[
    must("InputName", ANY),
    may("AppManaged", Shape::Flag),
    must(
        "S3Input",
        Shape::Structure(&[
            must("S3Uri", S3_URI),
            may("LocalPath", text(0, 256, Pattern::Line)),
            must("S3DataType", DATA_TYPE),
            may("S3InputMode", Shape::OneOf(&["File"])),
            may("S3DataDistributionType", DISTRIBUTION),
            may("S3CompressionType", COMPRESSION),
        ]),
    ),
]);
const PROCESSING_OUTPUT: Shape = Shape::Structure(&[
    must("OutputName", ANY),
    may("AppManaged", Shape::Flag),
    must(
        "S3Output",
        Shape::Structure(&[
            must("S3Uri", S3_URI),
            may("LocalPath", text(0, 256, Pattern::Line)),
            must("S3UploadMode", Shape::OneOf(&["Continuous", "EndOfJob"])),
        ]),
    ),
]);
const CLUSTER: Shape = Shape::Structure(&[
    must("InstanceCount", COUNT),
    must("InstanceType", INSTANCE),
    must("VolumeSizeInGB", Shape::Whole { min: 1, max: 16384 }),
    may("VolumeKmsKeyId", KMS),
]);

pub(super) static CREATE_PROCESSING_JOB: &[Member] = &[
    must("ProcessingJobName", NAME),
    may("ProcessingInputs", list(0, 10, &PROCESSING_INPUT)),
    may(
        "ProcessingOutputConfig",
        Shape::Structure(&[must("Outputs", list(0, 10, &PROCESSING_OUTPUT)), may("KmsKeyId", KMS)]),
    ),
    must(
        "ProcessingResources",
        Shape::Structure(&[must("ClusterConfig", CLUSTER)]),
    ),
    may(
        "StoppingCondition",
        Shape::Structure(&[must("MaxRuntimeInSeconds", Shape::Whole { min: 1, max: 777_600 })]),
    ),
    must(
        "AppSpecification",
        Shape::Structure(&[
            must("ImageUri", IMAGE),
            may("ContainerEntrypoint", list(1, 100, &ARGUMENT)),
            may("ContainerArguments", list(1, 100, &ARGUMENT)),
        ]),
    ),
    may("Environment", ENVIRONMENT),
    may("NetworkConfig", NETWORK),
    must("RoleArn", ROLE),
    may("Tags", TAGS),
    may("ExperimentConfig", EXPERIMENT),
];

const METRIC: Shape = Shape::Structure(&[
    must("Name", text(1, 255, Pattern::Line)),
    must("Regex", text(1, 500, Pattern::Line)),
]);
const CHANNEL: Shape = Shape::Structure(&[
    must("ChannelName", text(1, 64, Pattern::Channel)),
    must(
        "DataSource",
        Shape::Structure(&[must(
            "S3DataSource",
            Shape::Structure(&[
                must("S3DataType", DATA_TYPE),
                must("S3Uri", S3_URI),
                may("S3DataDistributionType", DISTRIBUTION),
            ]),
        )]),
    ),
    may("ContentType", CONTENT_TYPE),
    may("CompressionType", COMPRESSION),
    may("RecordWrapperType", Shape::OneOf(&["None"])),
    may("InputMode", INPUT_MODE),
]);
const COLLECTION: Shape = Shape::Structure(&[
    may("CollectionName", ANY),
    may("CollectionParameters", map(0, 20, &ANY, &ANY)),
]);
const HOOK: Shape = Shape::Structure(&[
    may("LocalPath", LINE_4096),
    must("S3OutputPath", S3_URI),
    may("HookParameters", map(0, 20, &ANY, &ANY)),
    may("CollectionConfigurations", list(0, 20, &COLLECTION)),
]);

pub(super) static CREATE_TRAINING_JOB: &[Member] = &[
    must("TrainingJobName", NAME),
    may(
        "HyperParameters",
        map(0, 100, &text(0, 256, Pattern::Line), &text(0, 2500, Pattern::Any)),
    ),
    must(
        "AlgorithmSpecification",
        Shape::Structure(&[
            must("TrainingImage", IMAGE),
            must("TrainingInputMode", INPUT_MODE),
            may("MetricDefinitions", list(0, 40, &METRIC)),
            may("EnableSageMakerMetricsTimeSeries", Shape::Flag),
            may("ContainerEntrypoint", list(1, 10, &ARGUMENT)),
            may("ContainerArguments", list(1, 20, &ARGUMENT)),
        ]),
    ),
    must("RoleArn", ROLE),
    may("InputDataConfig", list(1, 20, &CHANNEL)),
    must(
        "OutputDataConfig",
        Shape::Structure(&[
            may("KmsKeyId", KMS),
            must("S3OutputPath", S3_URI),
            may("CompressionType", Shape::OneOf(&["GZIP"])),
        ]),
    ),
    must(
        "ResourceConfig",
        Shape::Structure(&[
            must("InstanceType", INSTANCE),
            must("InstanceCount", COUNT),
            must("VolumeSizeInGB", Shape::Whole { min: 1, max: 16384 }),
            may("VolumeKmsKeyId", KMS),
        ]),
    ),
    may("VpcConfig", VPC),
    must(
        "StoppingCondition",
        Shape::Structure(&[
            may("MaxRuntimeInSeconds", Shape::Whole { min: 1, max: i64::MAX }),
            may("MaxWaitTimeInSeconds", Shape::Whole { min: 1, max: i64::MAX }),
        ]),
    ),
    may("Tags", TAGS),
    may("EnableNetworkIsolation", Shape::Flag),
    may("EnableInterContainerTrafficEncryption", Shape::Flag),
    may("EnableManagedSpotTraining", Shape::Flag),
    may("DebugHookConfig", HOOK),
    may(
        "ProfilerConfig",
        Shape::Structure(&[
            may("S3OutputPath", S3_URI),
            may("ProfilingIntervalInMilliseconds", Shape::Number),
            may("DisableProfiler", Shape::Flag),
        ]),
    ),
    may("Environment", ENVIRONMENT),
    may("ExperimentConfig", EXPERIMENT),
    may(
        "RetryStrategy",
        Shape::Structure(&[must("MaximumRetryAttempts", Shape::Whole { min: 1, max: 30 })]),
    ),
];

pub(super) static PROCESSING_JOB: &[Member] = &[must("ProcessingJobName", NAME)];
pub(super) static TRAINING_JOB: &[Member] = &[must("TrainingJobName", NAME)];
pub(super) static TRANSFORM_JOB: &[Member] = &[must("TransformJobName", NAME)];

pub(super) static LIST_JOBS: &[Member] = &[
    may("CreationTimeAfter", Shape::Time),
    may("CreationTimeBefore", Shape::Time),
    may("NameContains", CONTAINS),
    may(
        "StatusEquals",
        Shape::OneOf(&["InProgress", "Completed", "Failed", "Stopping", "Stopped"]),
    ),
    may("SortBy", Shape::OneOf(&["Name", "CreationTime"])),
    may("SortOrder", ORDER),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];
