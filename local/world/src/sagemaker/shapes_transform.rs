//! The members of CreateTransformJob, as the service's own model has them.

use super::{
    pattern::Pattern,
    shape::{Member, Shape, map, may, must, text},
    shapes::{NAME, TAGS},
    shapes_jobs::{CONTENT_TYPE, COUNT, DATA_TYPE, ENVIRONMENT_NAME, EXPERIMENT, INSTANCE, KMS, LINE_4096, S3_URI},
};

const TRANSFORM_SOURCE: Shape = Shape::Structure(&[must(
    "S3DataSource",
    Shape::Structure(&[must("S3DataType", DATA_TYPE), must("S3Uri", S3_URI)]),
)]);

pub(super) static CREATE_TRANSFORM_JOB: &[Member] = &[
    must("TransformJobName", NAME),
    must("ModelName", NAME),
    may("MaxConcurrentTransforms", Shape::Whole { min: 0, max: 100 }),
    may(
        "ModelClientConfig",
        Shape::Structure(&[
            may("InvocationsTimeoutInSeconds", Shape::Whole { min: 1, max: 3600 }),
            may("InvocationsMaxRetries", Shape::Whole { min: 0, max: 3 }),
        ]),
    ),
    may("MaxPayloadInMB", Shape::Whole { min: 0, max: 100 }),
    may("BatchStrategy", Shape::OneOf(&["MultiRecord", "SingleRecord"])),
    may("Environment", map(0, 16, &ENVIRONMENT_NAME, &LINE_4096)),
    must(
        "TransformInput",
        Shape::Structure(&[
            must("DataSource", TRANSFORM_SOURCE),
            may("ContentType", CONTENT_TYPE),
            may("CompressionType", Shape::OneOf(&["None", "Gzip"])),
            may("SplitType", Shape::OneOf(&["None", "Line"])),
        ]),
    ),
    must(
        "TransformOutput",
        Shape::Structure(&[
            must("S3OutputPath", S3_URI),
            may("Accept", CONTENT_TYPE),
            may("AssembleWith", Shape::OneOf(&["None", "Line"])),
            may("KmsKeyId", KMS),
        ]),
    ),
    must(
        "TransformResources",
        Shape::Structure(&[
            must("InstanceType", INSTANCE),
            must("InstanceCount", COUNT),
            may("VolumeKmsKeyId", KMS),
        ]),
    ),
    may(
        "DataProcessing",
        Shape::Structure(&[
            may("InputFilter", text(0, 63, Pattern::Any)),
            may("OutputFilter", text(0, 63, Pattern::Any)),
            may("JoinSource", Shape::OneOf(&["Input", "None"])),
        ]),
    ),
    may("Tags", TAGS),
    may("ExperimentConfig", EXPERIMENT),
];
