//! Who else comes in: services, only on behalf of what is ours; people and other accounts, only over TLS.

use serde_json::Value;

use super::{Broken, PLATFORM, PROJECT, Rule, View, view::texts};
use crate::platform::ACCOUNT;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a service comes in only for our own account's sake",
        check: services_name_their_source,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "              StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "              ArnLike: {aws:SourceArn:",
                broken: "              ArnLike: {aws:PrincipalArn:",
            },
        ],
    },
    Rule {
        name: "a function is invoked only by a rule of ours",
        check: permissions_name_their_source,
        broken: &[Broken {
            template: PLATFORM,
            sound: "  SweepLogs:\n",
            broken: "  SweepPermission:\n    Type: AWS::Lambda::Permission\n    Properties:\n      Action: lambda:InvokeFunction\n      \
                     FunctionName: !Ref SweepFunction\n      Principal: events.amazonaws.com\n  SweepLogs:\n",
        }],
    },
    Rule {
        name: "a project's roles are assumed only for our own account's sake",
        check: trust_names_its_account,
        broken: &[Broken {
            template: PROJECT,
            sound: "            Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}\n",
            broken: "",
        }],
    },
    Rule {
        name: "nobody reaches a bucket, queue or topic without TLS",
        check: tls_only,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "aws:SecureTransport: \"false\"",
                broken: "aws:SecureTransport: \"true\"",
            },
            Broken {
                template: PLATFORM,
                sound: "      Queues: [!Ref DeadLettersQueue]\n",
                broken: "      Queues: [!Ref TrainingHintsQueue]\n",
            },
        ],
    },
];

fn services_name_their_source(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, _, statement) in view.let_in() {
        let is_service = statement["Effect"] == "Allow" && !statement["Principal"]["Service"].is_null();
        let keys = condition_keys(&statement);
        let bounded = ["aws:SourceArn", "aws:SourceAccount"]
            .iter()
            .all(|key| keys.contains(&(*key).to_owned()));
        if is_service && !bounded {
            wrong.push(format!(
                "{id} lets in {}: another account's may come too",
                statement["Principal"]
            ));
        }
        if statement["Effect"] == "Allow" && statement["Principal"] == "*" {
            wrong.push(format!("{id} lets in everybody"));
        }
    }
    wrong
}

fn condition_keys(statement: &Value) -> Vec<String> {
    let operators = statement["Condition"]
        .as_object()
        .into_iter()
        .flat_map(|operators| operators.values());
    let keys = operators
        .filter_map(Value::as_object)
        .flat_map(|keys| keys.keys().cloned());
    keys.collect()
}

/// SAM writes the rule's ARN, which holds the account.
fn permissions_name_their_source(view: &View) -> Vec<String> {
    let permissions = view.of_kind("AWS::Lambda::Permission");
    let named = |source: &Value| {
        source
            .as_str()
            .is_some_and(|arn| arn.ends_with(".Arn") || arn.contains(ACCOUNT))
    };
    let wrong = permissions.filter(|(_, permission)| !named(&view.property(permission, "SourceArn")));
    wrong.map(|(id, _)| format!("{id} lets anybody's rule in")).collect()
}

/// Lambda assumes a function's role for that function alone; the others are not documented to say for whose account they ask,
/// and whoever names a role to them needs the right to pass it, in the role's own account.
const TRUSTED: [&str; 3] = [
    "lambda.amazonaws.com",
    "cloudformation.amazonaws.com",
    "servicecatalog.amazonaws.com",
];

/// Other services assume a role for whoever asks, unless it says for whom.
fn trust_names_its_account(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, role) in view.of_kind("AWS::IAM::Role") {
        let trust = view.property(role, "AssumeRolePolicyDocument");
        for statement in trust["Statement"].as_array().into_iter().flatten() {
            let services = texts(&statement["Principal"]["Service"]);
            let others = services.iter().any(|service| !TRUSTED.contains(&service.as_str()));
            if others && !condition_keys(statement).contains(&"aws:SourceAccount".to_owned()) {
                wrong.push(format!("{id} is assumed by {services:?} for any account"));
            }
        }
    }
    wrong
}

fn tls_only(view: &View) -> Vec<String> {
    let mut closed = Vec::new();
    for (_, policy) in view.resources() {
        let statements = view.statements(policy);
        if statements.iter().any(refuses_plain_text) {
            for property in ["Bucket", "Queues", "Topics"] {
                closed.extend(texts(&view.property(policy, property)));
            }
        }
    }
    let doors = ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"];
    let open = view
        .resources()
        .filter(|(id, resource)| doors.contains(&resource.kind.as_str()) && !closed.contains(id));
    open.map(|(id, _)| format!("{id} is reached without TLS")).collect()
}

fn refuses_plain_text(statement: &Value) -> bool {
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
}
