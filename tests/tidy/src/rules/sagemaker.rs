//! What each of SageMaker's actions acts upon, as AWS's service authorisation reference has it. A role that grants an action on
//! something else has no right at all, and nobody says so before the first call: linters of policies let it pass, because they
//! compare only how ARNs begin.

use super::{
    Broken, PLATFORM, PROJECT, Rule, View,
    objects::may_meet,
    view::{allows, texts},
};
use crate::platform::{ACCOUNT, REGION};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "SageMaker's actions are granted on what they act upon",
    check: granted_where_they_act,
    broken: &[
        Broken {
            template: PLATFORM,
            sound: "pipeline/${NamePrefix}-*-training/execution/*\"",
            broken: "pipeline/${NamePrefix}-*-training\"",
        },
        Broken {
            template: PLATFORM,
            sound: "model-package-group/${NamePrefix}-*\"",
            broken: "model-package-group/${NamePrefix}\"",
        },
        Broken {
            template: PROJECT,
            sound: "training-job/pipelines-*",
            broken: "training-job/${NamePrefix}-*",
        },
    ],
}];

/// Actions, and names of what they act upon; one of the names must be granted. Jobs inside a pipeline are named by SageMaker.
const ACTS_ON: &[(&[&str], &[&str])] = &[
    (
        &[
            "CreatePipeline",
            "DeletePipeline",
            "DescribePipeline",
            "ListPipelineExecutions",
            "StartPipelineExecution",
            "UpdatePipeline",
        ],
        &["pipeline/windsock-demo-training", "pipeline/windsock-demo-inference"],
    ),
    (
        &[
            "DescribePipelineDefinitionForExecution",
            "DescribePipelineExecution",
            "ListPipelineExecutionSteps",
            "ListPipelineParametersForExecution",
            "RetryPipelineExecution",
            "StopPipelineExecution",
        ],
        &[
            "pipeline/windsock-demo-training/execution/abcdefghijkl",
            "pipeline/windsock-demo-inference/execution/abcdefghijkl",
        ],
    ),
    (
        &[
            "CreateModelPackageGroup",
            "DeleteModelPackageGroup",
            "DescribeModelPackageGroup",
            "ListModelPackages",
        ],
        &["model-package-group/windsock-demo"],
    ),
    (
        &[
            "CreateModelPackage",
            "DeleteModelPackage",
            "DescribeModelPackage",
            "UpdateModelPackage",
        ],
        &["model-package/windsock-demo/1"],
    ),
    (
        &["CreateModel", "DeleteModel", "DescribeModel"],
        &["model/windsock-demo-v1"],
    ),
    (
        &["CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"],
        &["processing-job/pipelines-abcdefghijkl-Evaluate-0123456789"],
    ),
    (
        &["CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"],
        &["training-job/pipelines-abcdefghijkl-Train-0123456789"],
    ),
    (
        &["CreateTransformJob", "DescribeTransformJob", "StopTransformJob"],
        &["transform-job/pipelines-abcdefghijkl-Transform-0123456789"],
    ),
];

fn granted_where_they_act(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, statement) in view.granted() {
        let granted = texts(&statement["Resource"]);
        for (actions, names) in ACTS_ON {
            let fits = names
                .iter()
                .any(|name| granted.iter().any(|resource| is_granted(resource, name)));
            let acts = actions
                .iter()
                .filter(|action| allows(&statement, &format!("sagemaker:{action}")));
            wrong.extend(
                acts.filter(|_| !fits)
                    .map(|action| format!("{id} may {action}, but on {granted:?}")),
            );
        }
    }
    wrong
}

/// A project's own name stands in its template as `project`, and its group as a reference.
fn is_granted(resource: &str, name: &str) -> bool {
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{name}");
    let of_this_project = arn.replace("windsock-demo", "windsock-project");
    resource == "*" || may_meet(resource, &arn) || may_meet(resource, &of_this_project)
}
