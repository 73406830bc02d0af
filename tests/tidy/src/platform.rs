//! The platform as its template makes it: deployed into a world, so that rules are judged by what they do.

use anyhow::Context;
use serde_json::{Value, json};
use windsock_cloudformation::{IndexMap, Node, Pseudo, Resource, Scope, Template};
use windsock_world::{ApiError, Caller, Enforcement, Input, MemoryBlobs, Output, S3Request, Settings, World};

use crate::tree;

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-east-1";
pub const DATA: &str = "windsock-data-111122223333-us-east-1";
pub const WORK: &str = "windsock-work-111122223333-us-east-1";

pub fn template() -> anyhow::Result<Template> {
    let text = tree::read("template.yaml")?;
    Template::parse(&text).context("parse `template.yaml`")
}

fn caller(who: &str) -> Caller {
    Caller {
        arn: format!("arn:aws:iam::{ACCOUNT}:{who}"),
    }
}

/// A world in which template.yaml is deployed.
pub struct Platform {
    pub world: World,
    /// Name and event pattern of every rule.
    rules: Vec<(String, String)>,
}

impl Platform {
    pub fn deploy() -> anyhow::Result<Self> {
        Self::deploy_where(Enforcement::Off)
    }

    /// Deployed by the operator, whose right to do so is asked where policies are enforced.
    pub fn deploy_where(enforcement: Enforcement) -> anyhow::Result<Self> {
        let settings = Settings {
            account: ACCOUNT.into(),
            region: REGION.into(),
            started_at: 1_700_000_000_000,
            sagemaker_event_copies: 1,
            confirm_emails: true,
            faults: Default::default(),
            enforcement,
        };
        let mut platform = Self {
            world: World::new(settings, MemoryBlobs::shared()),
            rules: Vec::new(),
        };
        let input = json!({
            "StackName": "windsock",
            "TemplateBody": tree::read("template.yaml")?,
            "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        });
        platform.call("cloudformation", "CreateStack", input)?;
        let stacks = platform.call("cloudformation", "DescribeStacks", json!({ "StackName": "windsock" }))?;
        let stack = &stacks["Stacks"][0];
        anyhow::ensure!(
            stack["StackStatus"] == "CREATE_COMPLETE",
            "template.yaml: {}",
            stack["StackStatusReason"]
        );
        let rules = platform.call("events", "ListRules", json!({}))?;
        let rules = rules["Rules"].as_array().into_iter().flatten();
        let pattern = |rule: &Value| Some((rule["Name"].as_str()?.into(), rule["EventPattern"].as_str()?.into()));
        platform.rules = rules.filter_map(pattern).collect();
        Ok(platform)
    }

    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> anyhow::Result<Value> {
        let answer = self.call_as("user/operator", service, operation, input);
        match answer.with_context(|| format!("{service} {operation}"))? {
            Output::Value(value) => Ok(value),
            other => anyhow::bail!("{service} {operation} answered {other:?}"),
        }
    }

    /// As `user/<name>` or `role/<name>`.
    pub fn call_as(&mut self, who: &str, service: &str, operation: &str, input: Value) -> Result<Output, ApiError> {
        let (caller, now) = (caller(who), self.world.now());
        let (service, operation) = (service.into(), operation.into());
        let call = Input::Call {
            caller,
            service,
            operation,
            input,
        };
        self.world.apply(now, call)
    }

    pub fn s3_as(&mut self, who: &str, request: S3Request) -> Result<Output, ApiError> {
        let (caller, now) = (caller(who), self.world.now());
        self.world.apply(now, Input::S3 { caller, request })
    }

    /// Names of the rules that this event matches, sorted, without the prefix.
    pub fn woken_by(&mut self, source: &str, detail_type: &str, detail: &Value) -> anyhow::Result<Vec<String>> {
        let event = json!({
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": "2026-11-22T10:17:40Z",
            "region": REGION,
            "resources": [],
            "detail": detail,
        });
        let matched = self.matched(&event)?;
        Ok(matched
            .iter()
            .map(|name| name.trim_start_matches("windsock-").to_owned())
            .collect())
    }

    /// Names of the functions and queues that this whole event reaches, without the prefix.
    pub fn reached_by(&mut self, event: &Value) -> anyhow::Result<Vec<String>> {
        let mut reached = Vec::new();
        for rule in self.matched(event)? {
            let targets = self.call("events", "ListTargetsByRule", json!({ "Rule": rule }))?;
            let arns = targets["Targets"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|target| target["Arn"].as_str());
            reached.extend(arns.filter_map(|arn| Some(arn.rsplit_once(":windsock-")?.1.to_owned())));
        }
        Ok(reached)
    }

    fn matched(&mut self, event: &Value) -> anyhow::Result<Vec<String>> {
        let mut matched = Vec::new();
        for (name, pattern) in self.rules.clone() {
            let input = json!({ "EventPattern": pattern, "Event": event.to_string() });
            if self.call("events", "TestEventPattern", input)?["Result"] == true {
                matched.push(name);
            }
        }
        matched.sort();
        Ok(matched)
    }

    pub fn woken_by_object(&mut self, bucket: &str, key: &str) -> anyhow::Result<Vec<String>> {
        let detail = json!({
            "version": "0",
            "bucket": { "name": bucket },
            "object": { "key": key, "size": 1, "etag": "d41d8cd98f00b204e9800998ecf8427e", "sequencer": "00" },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": ACCOUNT,
            "reason": "PutObject",
        });
        self.woken_by("aws.s3", "Object Created", &detail)
    }
}

/// A property with its references to other resources left standing as `Id` and `Id.Attribute`.
pub fn property(template: &Template, resource: &Resource, name: &str) -> Option<Value> {
    let node = resource.properties.get(name)?;
    Some(value(template, node))
}

/// References to other resources, left standing.
pub(crate) struct References;

impl windsock_cloudformation::Values for References {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        Some(logical_id.into())
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        Some(format!("{logical_id}.{attribute}").into())
    }
}

/// A value with default parameters; empty where it is `AWS::NoValue` or a parameter has no default.
pub fn value(template: &Template, node: &Node) -> Value {
    let pseudo = Pseudo {
        account: ACCOUNT.into(),
        region: REGION.into(),
        stack_name: "windsock".into(),
        stack_id: format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/windsock/1"),
    };
    let parameters: IndexMap<String, Value> = template
        .parameters
        .iter()
        .map(|(name, parameter)| {
            (
                name.clone(),
                parameter.default.clone().unwrap_or_else(|| name.to_lowercase()).into(),
            )
        })
        .collect();
    let scope = Scope::new(template, &pseudo, &parameters, &References);
    scope.resolve(node).ok().flatten().unwrap_or_default()
}

/// One or many, as policies allow.
pub fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.clone(),
        other => vec![other.clone()],
    }
}
