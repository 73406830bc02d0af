//! What a push to a repository, and a launch from the catalogue, may bring about: all of a project, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;
use windsock_cloudformation::Template;

use super::{
    Broken, CATALOG, PROJECT, REPOSITORY, Rule, View,
    view::{allows, texts},
};
use crate::tree;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a build applies the catalogue's template, as the stack's role",
        check: builds_apply_the_template,
        broken: &[
            Broken {
                template: REPOSITORY,
                sound: "                  StringEquals:\n                    cloudformation:TemplateUrl:",
                broken: "                  StringLike:\n                    cloudformation:TemplateUrl:",
            },
            Broken {
                template: REPOSITORY,
                sound: "                  ArnEquals: {cloudformation:RoleArn: !GetAtt StackRole.Arn}\n",
                broken: "",
            },
        ],
    },
    Rule {
        name: "a build touches its own project",
        check: builds_touch_their_project,
        broken: &[
            Broken {
                template: REPOSITORY,
                sound: "pipeline/${NamePrefix}-${Project}-training",
                broken: "pipeline/${NamePrefix}-*-training",
            },
            Broken {
                template: REPOSITORY,
                sound: "/state/projects/${Project}.yaml",
                broken: "/state/projects/*.yaml",
            },
        ],
    },
    Rule {
        name: "who makes a stack may make all that is in it",
        check: makers_may_make_it_all,
        broken: &[
            Broken {
                template: REPOSITORY,
                sound: "\"sns:Subscribe\"",
                broken: "\"sns:ConfirmSubscription\"",
            },
            Broken {
                template: CATALOG,
                sound: "\"codebuild:CreateProject\"",
                broken: "\"codebuild:ListProjects\"",
            },
        ],
    },
];

fn statements_of<'a>(view: &'a View, role: &'a str) -> impl Iterator<Item = Value> + 'a {
    view.granted()
        .into_iter()
        .filter(move |(id, _)| *id == role)
        .map(|(_, statement)| statement)
}

fn builds_apply_the_template(view: &View) -> Vec<String> {
    let changes = ["cloudformation:CreateStack", "cloudformation:UpdateStack"];
    let applying = statements_of(view, "BuildRole").filter(|it| changes.iter().any(|action| allows(it, action)));
    let bound = |statement: &Value| {
        let condition = &statement["Condition"];
        let url = condition["StringEquals"]["cloudformation:TemplateUrl"]
            .as_str()
            .unwrap_or_default();
        url.ends_with("/ml-project.yaml") && condition["ArnEquals"]["cloudformation:RoleArn"] == "StackRole.Arn"
    };
    let wrong = applying.filter(|statement| !bound(statement));
    wrong
        .map(|statement| format!("a build may choose its template or role: {statement}"))
        .collect()
}

/// What a build changes carries the project's name, which View gives as `project`; nothing of it is a pattern.
fn builds_touch_their_project(view: &View) -> Vec<String> {
    let changes = [
        "sagemaker:AddTags",
        "sagemaker:UpdatePipeline",
        "s3:PutObject",
        "iam:PassRole",
        "cloudformation:UpdateStack",
    ];
    let mut wrong = Vec::new();
    for statement in statements_of(view, "BuildRole").filter(|it| changes.iter().any(|action| allows(it, action))) {
        // A stack's ARN ends with an id that nobody knows before it is made.
        let resources = texts(&statement["Resource"]).into_iter();
        let foreign = resources.filter(|it| {
            let named = it.trim_end_matches("/*");
            named.contains('*') || !(named.contains("-project") || named.contains("/project."))
        });
        wrong.extend(foreign.map(|it| format!("a build may change {it}")));
    }
    wrong
}

/// The call that makes a resource of each kind.
const MADE_BY: [(&str, &str); 15] = [
    ("AWS::CloudWatch::Alarm", "cloudwatch:PutMetricAlarm"),
    ("AWS::CodeBuild::Project", "codebuild:CreateProject"),
    ("AWS::CodePipeline::Pipeline", "codepipeline:CreatePipeline"),
    ("AWS::ECR::Repository", "ecr:CreateRepository"),
    ("AWS::Events::Rule", "events:PutRule"),
    ("AWS::IAM::Role", "iam:CreateRole"),
    ("AWS::Logs::LogGroup", "logs:CreateLogGroup"),
    ("AWS::S3::Bucket", "s3:CreateBucket"),
    ("AWS::S3::BucketPolicy", "s3:PutBucketPolicy"),
    ("AWS::SNS::Subscription", "sns:Subscribe"),
    ("AWS::SNS::Topic", "sns:CreateTopic"),
    ("AWS::SNS::TopicPolicy", "sns:SetTopicAttributes"),
    ("AWS::SQS::Queue", "sqs:CreateQueue"),
    ("AWS::SageMaker::ModelPackageGroup", "sagemaker:CreateModelPackageGroup"),
    ("AWS::Scheduler::Schedule", "scheduler:CreateSchedule"),
];

/// Who makes stacks of which template.
const MAKERS: [(&str, &str); 3] = [
    ("StackRole", PROJECT),
    ("LaunchProjectPolicy", PROJECT),
    ("LaunchRepositoryPolicy", REPOSITORY),
];

fn makers_may_make_it_all(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (maker, path) in MAKERS {
        let statements: Vec<Value> = statements_of(view, maker).collect();
        if statements.is_empty() {
            continue;
        }
        let made = tree::read(path).and_then(|text| Ok(Template::parse(&text)?));
        let made = made.unwrap_or_else(|error| panic!("{error:#}"));
        let kinds: BTreeSet<&str> = made.resources.values().map(|resource| resource.kind.as_str()).collect();
        for kind in kinds {
            let Some((_, action)) = MADE_BY.iter().find(|(known, _)| *known == kind) else {
                wrong.push(format!("{path} has a {kind}: say in MADE_BY which call makes it"));
                continue;
            };
            if !statements.iter().any(|statement| allows(statement, action)) {
                wrong.push(format!("{maker} may not {action}, and {path} has a {kind}"));
            }
        }
    }
    wrong
}
