//! A template as one account would deploy it: expanded, with its conditions decided and its references left standing.

use anyhow::Context;
use serde_json::Value;
use windsock_cloudformation::{IndexMap, Node, Pseudo, Resource, Scope, Template};

use crate::platform::{ACCOUNT, REGION, References, many};

/// What an account with rules of its own sets. A template without such a parameter does without.
const EVERYTHING: [(&str, &str); 20] = [
    ("OperationsEmail", "operations@example.com"),
    (
        "KmsKeyArn",
        "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    ),
    ("VpcSubnetIds", "subnet-1,subnet-2"),
    ("VpcSecurityGroupIds", "sg-1"),
    ("RolePath", "/machine-learning/"),
    ("PermissionsBoundaryArn", "arn:aws:iam::111122223333:policy/boundary"),
    ("AccessLogsBucket", "access-logs"),
    ("AuditTrail", "on"),
    ("ExistingDataBucket", "the-data"),
    ("DataScientistPrincipals", "arn:aws:iam::111122223333:role/analyst"),
    (
        "ApproverPrincipals",
        "arn:aws:iam::111122223333:role/lead,arn:aws:iam::111122223333:role/deputy",
    ),
    ("InferenceSchedule", "rate(1 day)"),
    ("TrainingSchedule", "rate(1 day)"),
    ("ReaderEmail1", "reader@example.com"),
    (
        "ComputeKmsKeyArn",
        "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    ),
    ("ComputeKmsAlias", "alias/machine-learning"),
    ("ComputeInVpc", "true"),
    (
        "ConnectionArn",
        "arn:aws:codeconnections:us-east-1:111122223333:connection/11111111-2222-3333-4444-555555555555",
    ),
    ("SageMakerProjectName", "late-flights"),
    ("SageMakerProjectId", "p-0123456789ab"),
];

/// How an account may deploy a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Whatever has a default keeps it.
    Plain,
    /// Everything that can be asked for is asked for.
    Demanding,
}

pub struct View {
    /// Expanded.
    pub template: Template,
    parameters: IndexMap<String, Value>,
    pseudo: Pseudo,
}

impl View {
    pub fn of(template: &Template, account: Account) -> anyhow::Result<Self> {
        let needed = template
            .parameters
            .iter()
            .filter(|(_, parameter)| parameter.default.is_none());
        let mut given: IndexMap<String, String> = needed.map(|(name, _)| (name.clone(), name.to_lowercase())).collect();
        if account == Account::Demanding {
            let asked = EVERYTHING
                .iter()
                .filter(|(name, _)| template.parameters.contains_key(*name));
            given.extend(asked.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        }
        Ok(Self {
            parameters: template.bind(&given).context("the parameters that View gives")?,
            template: template.clone(),
            pseudo: Pseudo {
                account: ACCOUNT.into(),
                region: REGION.into(),
                stack_name: "windsock".into(),
                stack_id: format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/windsock/1"),
            },
        })
    }

    fn scope(&self) -> Scope<'_> {
        Scope::new(&self.template, &self.pseudo, &self.parameters, &References)
    }

    pub fn parameter(&self, name: &str) -> Value {
        self.parameters.get(name).cloned().unwrap_or_default()
    }

    /// The resources that this account gets.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Resource)> {
        let scope = self.scope();
        let there = move |resource: &Resource| scope.holds(resource.condition.as_deref()).unwrap_or(true);
        self.template
            .resources
            .iter()
            .filter(move |(_, resource)| there(resource))
    }

    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&String, &Resource)> {
        self.resources().filter(move |(_, resource)| resource.kind == kind)
    }

    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources()
            .find(|(name, _)| *name == id)
            .map(|(_, resource)| resource)
    }

    /// A property, or null. References to other resources are `Id` and `Id.Attribute`.
    pub fn property(&self, resource: &Resource, name: &str) -> Value {
        resource
            .properties
            .get(name)
            .map_or(Value::Null, |node| self.value(node))
    }

    pub fn value(&self, node: &Node) -> Value {
        self.scope().resolve(node).ok().flatten().unwrap_or_default()
    }

    /// Every statement of every policy in a resource: its own document, or those of a role.
    pub fn statements(&self, resource: &Resource) -> Vec<Value> {
        let mut documents = vec![self.property(resource, "PolicyDocument")];
        let policies = many(&self.property(resource, "Policies"));
        documents.extend(policies.iter().map(|policy| policy["PolicyDocument"].clone()));
        documents
            .iter()
            .flat_map(|document| many(&document["Statement"]))
            .collect()
    }

    /// What roles and managed policies grant or deny: logical id and statement.
    pub fn granted(&self) -> Vec<(&String, Value)> {
        let identities = ["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"];
        self.resources()
            .filter(|(_, resource)| identities.contains(&resource.kind.as_str()))
            .flat_map(|(id, resource)| {
                self.statements(resource)
                    .into_iter()
                    .map(move |statement| (id, statement))
            })
            .collect()
    }

    /// What policies of queues, topics and buckets say: logical id, the resource's kind, and statement.
    pub fn let_in(&self) -> Vec<(&String, &str, Value)> {
        let doors = [
            "AWS::SQS::QueuePolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::S3::BucketPolicy",
        ];
        self.resources()
            .filter(|(_, resource)| doors.contains(&resource.kind.as_str()))
            .flat_map(|(id, resource)| {
                let statements = self.statements(resource).into_iter();
                statements.map(move |statement| (id, resource.kind.as_str(), statement))
            })
            .collect()
    }
}

/// The texts of one value or of a list of them.
pub fn texts(value: &Value) -> Vec<String> {
    many(value)
        .iter()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

pub fn allows(statement: &Value, action: &str) -> bool {
    statement["Effect"] == "Allow" && texts(&statement["Action"]).iter().any(|allowed| allowed == action)
}
