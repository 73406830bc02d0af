//! What our roles may do: named actions on named things, and no more than their work.

use serde_json::Value;

use super::{
    Broken, PLATFORM, PROJECT, Rule, View,
    view::{allows, texts},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "actions are named",
        check: actions_are_named,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "\"sagemaker:StartPipelineExecution\"",
                broken: "\"sagemaker:*\"",
            },
            Broken {
                template: PROJECT,
                sound: "Action: \"ecr:GetAuthorizationToken\"",
                broken: "NotAction: \"sagemaker:CreateEndpoint\"",
            },
        ],
    },
    Rule {
        name: "what is acted upon is named, or cannot be",
        check: resources_are_named,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "Resource: !GetAtt StartTrainingLogs.Arn",
                broken: "Resource: \"*\"",
            },
            Broken {
                template: PROJECT,
                sound: ":log-group:/aws/sagemaker/*",
                broken: ":log-group:*",
            },
            Broken {
                template: PLATFORM,
                sound: "Condition: {StringEquals: {cloudwatch:namespace: Windsock}}",
                broken: "",
            },
        ],
    },
    Rule {
        name: "a role of ours is passed to its own service alone",
        check: roles_are_passed_to_their_service,
        broken: &[
            Broken {
                template: PROJECT,
                sound: "                Condition: {StringEquals: {iam:PassedToService: sagemaker.amazonaws.com}}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "role${RolePath}${NamePrefix}-*-jobs\"",
                broken: "role/*\"",
            },
            Broken {
                template: PLATFORM,
                sound: "iam:PassedToService: sagemaker.amazonaws.com",
                broken: "iam:PassedToService: ec2.amazonaws.com",
            },
        ],
    },
    Rule {
        name: "each power is in as few hands as design says",
        check: powers_are_few,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "\"sagemaker:DescribePipelineExecution\"",
                broken: "\"sagemaker:UpdateModelPackage\"",
            },
            Broken {
                template: PROJECT,
                sound: "Action: \"s3:PutObject\"",
                broken: "Action: \"s3:DeleteObject\"",
            },
        ],
    },
    Rule {
        name: "nobody of ours can approve",
        check: nobody_approves,
        broken: &[Broken {
            template: PLATFORM,
            sound: "                Condition: {\"Null\": {sagemaker:ModelApprovalStatus: \"true\"}}\n",
            broken: "",
        }],
    },
    Rule {
        name: "facts are told in our name only",
        check: facts_are_ours,
        broken: &[Broken {
            template: PLATFORM,
            sound: "                Condition: {StringEquals: {events:source: windsock}}\n",
            broken: "",
        }],
    },
];

fn actions_are_named(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, statement) in view.granted() {
        let actions = texts(&statement["Action"]);
        if statement["Effect"] == "Allow" && (actions.is_empty() || actions.iter().any(|action| action.contains('*'))) {
            wrong.push(format!("{id} may do whatever {statement} means"));
        }
    }
    wrong
}

/// Actions that may act on everything of a kind, with the word that their condition must hold where one can bound them, and
/// why. Everything else names what it acts upon.
const ON_EVERYTHING: &[(&str, &str, &str)] = &[
    ("cloudwatch:PutMetricData", "cloudwatch:namespace", "has no resources"),
    ("cloudwatch:GetMetricData", "", "has no resources"),
    ("cloudwatch:GetMetricStatistics", "", "has no resources"),
    ("cloudwatch:ListDashboards", "", "has no resources"),
    ("cloudwatch:ListMetrics", "", "has no resources"),
    (
        "cloudwatch:DescribeAlarms",
        "",
        "is asked by a prefix of names, which AWS checks against every alarm",
    ),
    (
        "ec2:CreateNetworkInterface",
        "",
        "the interface has no name yet; asked for only in a VPC",
    ),
    ("ec2:CreateNetworkInterfacePermission", "", "as above"),
    (
        "ec2:DeleteNetworkInterface",
        "",
        "as above; Lambda refuses a role that names some",
    ),
    ("ec2:DeleteNetworkInterfacePermission", "", "as above"),
    ("ec2:AssignPrivateIpAddresses", "", "as above"),
    ("ec2:UnassignPrivateIpAddresses", "", "as above"),
    ("cloudformation:GetTemplateSummary", "", "there is no stack yet"),
    ("cloudformation:ValidateTemplate", "", "there is no stack yet"),
    (
        "codeconnections:PassConnection",
        "codeconnections:PassedToService",
        "whose connection a project uses is its own affair",
    ),
    ("ec2:DescribeDhcpOptions", "", "has no resources"),
    ("ec2:DescribeNetworkInterfaces", "", "has no resources"),
    ("ec2:DescribeSecurityGroups", "", "has no resources"),
    ("ec2:DescribeSubnets", "", "has no resources"),
    ("ec2:DescribeVpcs", "", "has no resources"),
    ("ecr:GetAuthorizationToken", "", "has no resources"),
    (
        "ecr:BatchCheckLayerAvailability",
        "",
        "a project may bring an image of any repository that lets it in",
    ),
    ("ecr:BatchGetImage", "", "as above"),
    ("ecr:GetDownloadUrlForLayer", "", "as above"),
    (
        "kms:CreateGrant",
        "kms:ResourceAliases",
        "an alias is not in a key's ARN; the condition names it",
    ),
    ("kms:Decrypt", "kms:ResourceAliases", "as above"),
    ("kms:DescribeKey", "kms:ResourceAliases", "as above"),
    ("kms:Encrypt", "kms:ResourceAliases", "as above"),
    ("kms:GenerateDataKey", "kms:ResourceAliases", "as above"),
    ("kms:GenerateDataKeyWithoutPlaintext", "kms:ResourceAliases", "as above"),
    ("logs:GetQueryResults", "", "has no resources"),
    ("logs:StopQuery", "", "has no resources"),
    ("logs:DescribeLogGroups", "", "has no resources"),
    (
        "s3:GetObject",
        "s3:ExistingObjectTag/servicecatalog:provisioning",
        "Service Catalog marks its copies of templates, and says not where they are",
    ),
    ("sagemaker:ListModelPackageGroups", "", "has no resources"),
    ("sagemaker:ListModels", "", "has no resources"),
    ("sagemaker:ListPipelines", "", "has no resources"),
    ("sns:GetSubscriptionAttributes", "", "has no resources"),
    ("sns:SetSubscriptionAttributes", "", "has no resources"),
    ("sns:Unsubscribe", "", "has no resources"),
    ("xray:PutTelemetryRecords", "", "has no resources"),
    ("xray:PutTraceSegments", "", "has no resources"),
];

fn resources_are_named(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, statement) in view.granted() {
        let resources = texts(&statement["Resource"]);
        let Some(everything) = resources.iter().find(|resource| is_everything(resource)) else {
            continue;
        };
        if statement["Effect"] != "Allow" {
            continue;
        }
        let condition = statement["Condition"].to_string();
        let may = |action: &String| {
            let known = ON_EVERYTHING.iter().find(|(known, _, _)| known == action);
            known.is_some_and(|(_, bound, _)| condition.contains(bound))
        };
        if let Some(action) = texts(&statement["Action"]).iter().find(|action| !may(action)) {
            wrong.push(format!("{id} may {action} on {everything}"));
        }
    }
    wrong
}

/// Every resource, or every one of a kind: `*`, `...:alarm:*`, `...:key/*`.
fn is_everything(resource: &str) -> bool {
    if resource != "*" && !resource.starts_with("arn:") {
        // Below a resource of the same template.
        return false;
    }
    let last = resource.splitn(6, ':').last().unwrap_or(resource);
    match last.split_once([':', '/']) {
        None => last == "*",
        Some((_, name)) => name == "*",
    }
}

/// Which service acts as which role, by the end of the role's name.
const SERVICES: [(&str, &str); 6] = [
    ("sagemaker.amazonaws.com", "-jobs"),
    ("scheduler.amazonaws.com", "-schedule"),
    ("cloudformation.amazonaws.com", "-stack"),
    ("codebuild.amazonaws.com", "-build"),
    ("codepipeline.amazonaws.com", "-pipeline"),
    ("events.amazonaws.com", "-pushed"),
];

fn roles_are_passed_to_their_service(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, statement) in view.granted() {
        if !allows(&statement, "iam:PassRole") {
            continue;
        }
        let to = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
        let Some((_, ending)) = SERVICES.iter().find(|(service, _)| to == service) else {
            wrong.push(format!("{id} passes roles to {to}"));
            continue;
        };
        let ours = |role: &String| role.contains("/windsock-") && role.ends_with(ending);
        if let Some(role) = texts(&statement["Resource"]).iter().find(|role| !ours(role)) {
            wrong.push(format!("{id} passes {role} to {to}"));
        }
    }
    wrong
}

/// Who may do what only few may, by the logical ids of their roles.
const POWERS: &[(&str, &[&str])] = &[
    (
        "sagemaker:StartPipelineExecution",
        &["StartTrainingRole", "StartInferenceRole"],
    ),
    ("sagemaker:CreateModel", &["StartInferenceRole"]),
    ("sagemaker:UpdateModelPackage", &["PromoteModelRole", "ApproverPolicy"]),
    ("sagemaker:CreateModelPackage", &["JobsRole"]),
    ("sagemaker:DeleteModel", &["RetireRole"]),
    ("sagemaker:DeleteModelPackage", &[]),
    ("sagemaker:DeletePipeline", &["RetireRole"]),
    (
        "iam:PassRole",
        &[
            "StartInferenceRole",
            "JobsRole",
            "BuildRole",
            "StackRole",
            "LaunchProjectPolicy",
            "LaunchRepositoryPolicy",
        ],
    ),
    ("sagemaker:CreatePipeline", &["BuildRole"]),
    ("sagemaker:UpdatePipeline", &["BuildRole"]),
    ("cloudformation:CreateStack", &["BuildRole", "LaunchStacksPolicy"]),
    ("cloudformation:UpdateStack", &["BuildRole", "LaunchStacksPolicy"]),
    ("sns:Publish", &["NotifyRole"]),
    (
        "cloudwatch:PutMetricData",
        &["PublishDriftRole", "SweepRole", "JobsRole"],
    ),
    ("s3:DeleteObject", &[]),
    ("s3:DeleteObjectVersion", &[]),
    ("s3:PutBucketPolicy", &["LaunchRepositoryPolicy"]),
    ("lambda:InvokeFunction", &[]),
    (
        "iam:PutRolePolicy",
        &["StackRole", "LaunchProjectPolicy", "LaunchRepositoryPolicy"],
    ),
    (
        "iam:CreateRole",
        &["StackRole", "LaunchProjectPolicy", "LaunchRepositoryPolicy"],
    ),
    ("sts:AssumeRole", &[]),
];

fn powers_are_few(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, statement) in view.granted() {
        let strong = POWERS.iter().filter(|(action, _)| allows(&statement, action));
        let unfit = strong.filter(|(_, who)| !who.contains(&id.as_str()));
        wrong.extend(unfit.map(|(action, who)| format!("{id} may {action}, which is for {who:?} alone")));
    }
    wrong
}

/// People approve. What a pipeline registers as approved is what its project's `approval:` says.
fn nobody_approves(view: &View) -> Vec<String> {
    let functions = view.granted().into_iter().filter(|(id, _)| *id == "PromoteModelRole");
    let stamps = functions.filter(|(_, statement)| allows(statement, "sagemaker:UpdateModelPackage"));
    let bound = |statement: &Value| statement["Condition"]["Null"]["sagemaker:ModelApprovalStatus"] == "true";
    let wrong = stamps.filter(|(_, statement)| !bound(statement));
    wrong
        .map(|(id, statement)| format!("{id} may approve: {statement}"))
        .collect()
}

fn facts_are_ours(view: &View) -> Vec<String> {
    let tells = view
        .granted()
        .into_iter()
        .filter(|(_, statement)| allows(statement, "events:PutEvents"));
    let ours = |statement: &Value| statement["Condition"]["StringEquals"]["events:source"] == "windsock";
    let wrong = tells.filter(|(_, statement)| !ours(statement));
    wrong
        .map(|(id, statement)| format!("{id} may tell anything: {statement}"))
        .collect()
}
