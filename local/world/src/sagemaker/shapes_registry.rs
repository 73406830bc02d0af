//! The members of SageMaker's registry and model operations, as the service's own model has them.

use super::{
    pattern::Pattern,
    shape::{Member, Shape, list, map, may, must, text},
    shapes::{CONTAINS, NAME, NEXT_TOKEN, ORDER, PAGE, ROLE, TAGS},
};

const ANY: Shape = text(0, usize::MAX, Pattern::Any);
const GROUP: Shape = text(1, 170, Pattern::NameOrArn("model-package-group"));
const PACKAGE: Shape = text(1, 176, Pattern::VersionedNameOrArn);
const PACKAGE_ARN: Shape = text(1, 2048, Pattern::Arn("model-package"));
const DESCRIPTION: Shape = text(0, 1024, Pattern::Line);
const S3_URI: Shape = text(0, 1024, Pattern::S3Uri);
const CLIENT_TOKEN: Shape = text(1, 36, Pattern::Token);
const APPROVAL: Shape = Shape::OneOf(&["Approved", "Rejected", "PendingManualApproval"]);
const REGISTRATION: Shape = Shape::OneOf(&["Logged", "Registered"]);
const METADATA_NAME: Shape = text(1, 128, Pattern::Tag);
const METADATA: Shape = map(1, 50, &METADATA_NAME, &text(1, 256, Pattern::Tag));
const ENVIRONMENT: Shape = map(
    0,
    100,
    &text(0, 1024, Pattern::EnvironmentName),
    &text(0, 1024, Pattern::Any),
);
const SOURCE_URI: Shape = text(0, 1024, Pattern::Line);
const FLAG: Shape = Shape::Flag;

const CONTAINER: Shape = Shape::Structure(&[
    may("ContainerHostname", NAME),
    may("Image", text(0, 255, Pattern::NoSpace)),
    may("ImageDigest", text(0, 72, Pattern::NoSpace)),
    may("ModelDataUrl", S3_URI),
    may("Environment", ENVIRONMENT),
    may("Framework", ANY),
    may("FrameworkVersion", text(3, 10, Pattern::NoSpace)),
    may("NearestModelName", ANY),
    may("ModelDataETag", ANY),
]);
const INFERENCE: Shape = Shape::Structure(&[
    must("Containers", list(1, 15, &CONTAINER)),
    may("SupportedTransformInstanceTypes", list(1, 1000, &ANY)),
    may("SupportedRealtimeInferenceInstanceTypes", list(0, 1000, &ANY)),
    may("SupportedContentTypes", list(0, 1000, &ANY)),
    may("SupportedResponseMIMETypes", list(0, 1000, &ANY)),
]);
const SOURCE: Shape = Shape::Structure(&[
    must("ContentType", text(0, 256, Pattern::Line)),
    may("ContentDigest", text(0, 72, Pattern::NoSpace)),
    must("S3Uri", S3_URI),
]);
const FILE: Shape = Shape::Structure(&[
    may("ContentType", text(0, 256, Pattern::Line)),
    may("ContentDigest", text(0, 72, Pattern::NoSpace)),
    must("S3Uri", S3_URI),
]);
const QUALITY: Shape = Shape::Structure(&[may("Statistics", SOURCE), may("Constraints", SOURCE)]);
const METRICS: Shape = Shape::Structure(&[
    may("ModelQuality", QUALITY),
    may("ModelDataQuality", QUALITY),
    may(
        "Bias",
        Shape::Structure(&[
            may("Report", SOURCE),
            may("PreTrainingReport", SOURCE),
            may("PostTrainingReport", SOURCE),
        ]),
    ),
    may("Explainability", Shape::Structure(&[may("Report", SOURCE)])),
]);
const BASELINES: Shape = Shape::Structure(&[
    may(
        "Bias",
        Shape::Structure(&[
            may("ConfigFile", FILE),
            may("PreTrainingConstraints", SOURCE),
            may("PostTrainingConstraints", SOURCE),
        ]),
    ),
    may(
        "Explainability",
        Shape::Structure(&[may("Constraints", SOURCE), may("ConfigFile", FILE)]),
    ),
    may("ModelQuality", QUALITY),
    may("ModelDataQuality", QUALITY),
]);
const LIFE_CYCLE: Shape = Shape::Structure(&[
    must("Stage", NAME),
    must("StageStatus", NAME),
    may("StageDescription", text(0, 1024, Pattern::Line)),
]);
const PROVENANCE: Shape = Shape::Structure(&[
    may("CommitId", DESCRIPTION),
    may("Repository", DESCRIPTION),
    may("GeneratedBy", DESCRIPTION),
    may("ProjectId", DESCRIPTION),
]);

pub(super) static CREATE_GROUP: &[Member] = &[
    must("ModelPackageGroupName", NAME),
    may("ModelPackageGroupDescription", text(0, 1024, Pattern::Any)),
    may("Tags", TAGS),
];
pub(super) static GROUP_NAMED: &[Member] = &[must("ModelPackageGroupName", GROUP)];
pub(super) static LIST_GROUPS: &[Member] = &[
    may("CreationTimeAfter", Shape::Time),
    may("CreationTimeBefore", Shape::Time),
    may("NameContains", CONTAINS),
    may("SortBy", Shape::OneOf(&["Name", "CreationTime"])),
    may("SortOrder", ORDER),
    may("NextToken", NEXT_TOKEN),
    may("MaxResults", PAGE),
];

pub(super) static CREATE_PACKAGE: &[Member] = &[
    must("ModelPackageGroupName", GROUP),
    may("ModelPackageDescription", text(0, 1024, Pattern::Any)),
    may("ModelPackageRegistrationType", REGISTRATION),
    may("InferenceSpecification", INFERENCE),
    may("CertifyForMarketplace", FLAG),
    may("Tags", TAGS),
    may("ModelApprovalStatus", APPROVAL),
    may("MetadataProperties", PROVENANCE),
    may("ModelMetrics", METRICS),
    may("ClientToken", CLIENT_TOKEN),
    may("Domain", ANY),
    may("Task", ANY),
    may("SamplePayloadUrl", S3_URI),
    may("CustomerMetadataProperties", METADATA),
    may("DriftCheckBaselines", BASELINES),
    may("SkipModelValidation", Shape::OneOf(&["All", "None"])),
    may("SourceUri", SOURCE_URI),
    may("ModelLifeCycle", LIFE_CYCLE),
];

pub(super) static DESCRIBE_PACKAGE: &[Member] = &[
    must("ModelPackageName", PACKAGE),
    may("IncludedData", Shape::OneOf(&["AllData", "MetadataOnly"])),
];
pub(super) static DELETE_PACKAGE: &[Member] = &[must("ModelPackageName", PACKAGE)];

pub(super) static UPDATE_PACKAGE: &[Member] = &[
    must("ModelPackageArn", PACKAGE_ARN),
    may("ModelApprovalStatus", APPROVAL),
    may("ModelPackageRegistrationType", REGISTRATION),
    may("ApprovalDescription", DESCRIPTION),
    may("CustomerMetadataProperties", METADATA),
    may("CustomerMetadataPropertiesToRemove", list(0, 50, &METADATA_NAME)),
    may("InferenceSpecification", INFERENCE),
    may("SourceUri", SOURCE_URI),
    may("ModelLifeCycle", LIFE_CYCLE),
    may("ClientToken", CLIENT_TOKEN),
];

pub(super) static LIST_PACKAGES: &[Member] = &[
    may("CreationTimeAfter", Shape::Time),
    may("CreationTimeBefore", Shape::Time),
    may("MaxResults", PAGE),
    may("NameContains", CONTAINS),
    may("ModelApprovalStatus", APPROVAL),
    may("ModelPackageGroupName", GROUP),
    may("ModelPackageType", Shape::OneOf(&["Versioned", "Unversioned", "Both"])),
    may("NextToken", NEXT_TOKEN),
    may("SortBy", Shape::OneOf(&["Name", "CreationTime"])),
    may("SortOrder", ORDER),
];

const MODEL_CONTAINER: Shape = Shape::Structure(&[
    may("ContainerHostname", NAME),
    may("Image", text(0, 255, Pattern::NoSpace)),
    may("Mode", Shape::OneOf(&["SingleModel"])),
    may("ModelDataUrl", S3_URI),
    may("Environment", ENVIRONMENT),
    may("ModelPackageName", PACKAGE),
]);
const VPC: Shape = Shape::Structure(&[
    must("SecurityGroupIds", list(1, 5, &text(0, 32, Pattern::NoSpace))),
    must("Subnets", list(1, 16, &text(0, 32, Pattern::NoSpace))),
]);

pub(super) static CREATE_MODEL: &[Member] = &[
    must("ModelName", NAME),
    may("PrimaryContainer", MODEL_CONTAINER),
    may("Containers", list(0, 15, &MODEL_CONTAINER)),
    may("ExecutionRoleArn", ROLE),
    may("Tags", TAGS),
    may("VpcConfig", VPC),
    may("EnableNetworkIsolation", FLAG),
];
pub(super) static MODEL_NAMED: &[Member] = &[must("ModelName", NAME)];
pub(super) static LIST_MODELS: &[Member] = LIST_GROUPS;
