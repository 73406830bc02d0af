//! What must hold of the templates whatever is added to them: nothing is lost, and nobody may do more than his work.

use std::collections::BTreeSet;

use serde_json::Value;
use windsock_cloudformation::{Resource, Template};
use windsock_tidy::platform::{many, project_template, property, statements, template};

fn expanded() -> Template {
    template().unwrap().expanded().unwrap()
}

fn of_kind<'a>(template: &'a Template, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Resource)> {
    template
        .resources
        .iter()
        .filter(move |(_, resource)| resource.kind == kind)
}

#[test]
fn every_target_has_a_dead_letter_queue() {
    let template = expanded();
    for (id, rule) in of_kind(&template, "AWS::Events::Rule") {
        for target in many(&property(&template, rule, "Targets").unwrap()) {
            assert_eq!(target["DeadLetterConfig"]["Arn"], "DeadLettersQueue.Arn", "{id}");
        }
    }
    let project = project_template().unwrap();
    for (id, schedule) in of_kind(&project, "AWS::Scheduler::Schedule") {
        let target = property(&project, schedule, "Target").unwrap();
        assert!(
            target["DeadLetterConfig"]["Arn"]
                .as_str()
                .unwrap()
                .ends_with(":windsock-dead-letters"),
            "{id}"
        );
    }
}

#[test]
fn every_function_is_retried_and_then_leaves_a_dead_letter() {
    let template = expanded();
    for (id, _) in of_kind(&template, "AWS::Lambda::Function") {
        let config = &template.resources[&format!("{id}EventInvokeConfig")];
        assert_eq!(property(&template, config, "MaximumRetryAttempts").unwrap(), 2, "{id}");
        let destination = property(&template, config, "DestinationConfig").unwrap();
        assert_eq!(destination["OnFailure"]["Destination"], "DeadLettersQueue.Arn", "{id}");
    }
}

#[test]
fn every_queue_is_watched_or_has_dead_letters_that_are() {
    let template = expanded();
    let watched: BTreeSet<String> = of_kind(&template, "AWS::CloudWatch::Alarm")
        .flat_map(|(_, alarm)| many(&property(&template, alarm, "Dimensions").unwrap()))
        .filter_map(|dimension| Some(dimension["Value"].as_str()?.trim_end_matches(".QueueName").to_owned()))
        .collect();
    for (id, queue) in of_kind(&template, "AWS::SQS::Queue") {
        let redrive = property(&template, queue, "RedrivePolicy");
        let dead_letters = redrive.and_then(|policy| Some(policy["deadLetterTargetArn"].as_str()?.replace(".Arn", "")));
        let last = dead_letters.unwrap_or_else(|| id.clone());
        assert!(watched.contains(&last), "nobody hears of messages in {last}");
    }
}

#[test]
fn a_queue_hides_a_message_six_times_as_long_as_its_function_runs() {
    let template = expanded();
    for (id, mapping) in of_kind(&template, "AWS::Lambda::EventSourceMapping") {
        let queue = property(&template, mapping, "EventSourceArn").unwrap();
        let queue = &template.resources[queue.as_str().unwrap().trim_end_matches(".Arn")];
        let function = property(&template, mapping, "FunctionName").unwrap();
        let timeout = property(&template, &template.resources[function.as_str().unwrap()], "Timeout").unwrap();
        let hidden = property(&template, queue, "VisibilityTimeout").unwrap();
        assert!(
            hidden.as_u64().unwrap() >= 6 * timeout.as_u64().unwrap(),
            "{id}: {hidden} s for {timeout} s"
        );
        let types = property(&template, mapping, "FunctionResponseTypes").unwrap();
        assert_eq!(types, serde_json::json!(["ReportBatchItemFailures"]), "{id}");
    }
}

fn roles(template: &Template) -> Vec<(&String, Vec<Value>)> {
    let roles = of_kind(template, "AWS::IAM::Role");
    roles.map(|(id, role)| (id, statements(template, role))).collect()
}

#[test]
fn roles_name_their_actions_and_what_they_act_on() {
    for template in [expanded(), project_template().unwrap()] {
        for (id, statements) in roles(&template) {
            assert!(!statements.is_empty(), "{id} may do nothing");
            for statement in statements {
                for action in many(&statement["Action"]) {
                    assert!(!action.as_str().unwrap().contains('*'), "{id} may do {action}");
                }
                for resource in many(&statement["Resource"]) {
                    let bounded = resource != "*" || has_no_resources(&statement);
                    assert!(bounded, "{id} may act on everything: {statement}");
                }
            }
        }
    }
}

/// Actions that AWS grants on everything or not at all; where a condition can bound them, it must.
fn has_no_resources(statement: &Value) -> bool {
    many(&statement["Action"])
        .iter()
        .all(|action| match action.as_str().unwrap_or_default() {
            "cloudwatch:PutMetricData" => statement["Condition"].to_string().contains("cloudwatch:namespace"),
            "cloudwatch:GetMetricStatistics" | "ecr:GetAuthorizationToken" | "sagemaker:ListModels" => true,
            _ => false,
        })
}

#[test]
fn a_role_is_passed_only_to_sagemaker_and_only_a_projects_own() {
    for template in [expanded(), project_template().unwrap()] {
        for (id, statements) in roles(&template) {
            for statement in statements.iter().filter(|statement| may(statement, "iam:PassRole")) {
                let to = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
                assert_eq!(to, "sagemaker.amazonaws.com", "{id}");
                let role = statement["Resource"].as_str().unwrap();
                assert!(
                    role.ends_with("-jobs") && role.contains(":role/windsock-"),
                    "{id} passes {role}"
                );
            }
        }
    }
}

fn may(statement: &Value, action: &str) -> bool {
    many(&statement["Action"]).iter().any(|allowed| allowed == action)
}

/// Roles (without `Role`) that may do this.
fn who_may(action: &str) -> Vec<String> {
    let template = expanded();
    let allowed = roles(&template)
        .into_iter()
        .filter(|(_, statements)| statements.iter().any(|s| may(s, action)));
    allowed.map(|(id, _)| id.trim_end_matches("Role").to_owned()).collect()
}

#[test]
fn each_power_is_in_as_few_hands_as_design_says() {
    assert_eq!(
        who_may("sagemaker:StartPipelineExecution"),
        ["StartTraining", "StartInference"]
    );
    assert_eq!(who_may("sagemaker:CreateModel"), ["StartInference"]);
    assert_eq!(who_may("iam:PassRole"), ["StartInference"]);
    assert_eq!(who_may("sagemaker:UpdateModelPackage"), ["PromoteModel"]);
    assert_eq!(who_may("sns:Publish"), ["Notify"]);
    assert_eq!(who_may("cloudwatch:PutMetricData"), ["PublishDrift", "Sweep"]);
    for action in ["sagemaker:DeleteModel", "sagemaker:DeletePipeline"] {
        assert_eq!(who_may(action), ["Retire"], "{action}");
    }
    for action in [
        "s3:DeleteObject",
        "lambda:InvokeFunction",
        "sagemaker:CreateModelPackage",
    ] {
        assert!(who_may(action).is_empty(), "{action}");
    }
}

/// People approve.
#[test]
fn nobody_of_ours_can_approve() {
    let template = expanded();
    let role = &template.resources["PromoteModelRole"];
    let updates = statements(&template, role)
        .into_iter()
        .filter(|s| may(s, "sagemaker:UpdateModelPackage"));
    for statement in updates {
        assert_eq!(statement["Condition"]["Null"]["sagemaker:ModelApprovalStatus"], "true");
    }
}

#[test]
fn facts_are_told_in_our_name_only() {
    for template in [expanded(), project_template().unwrap()] {
        for (id, statements) in roles(&template) {
            for statement in statements.iter().filter(|statement| may(statement, "events:PutEvents")) {
                assert_eq!(
                    statement["Condition"]["StringEquals"]["events:source"], "windsock",
                    "{id}"
                );
            }
        }
    }
}

#[test]
fn only_our_functions_write_markers() {
    let template = expanded();
    let policy = statements(&template, &template.resources["WorkBucketPolicy"]);
    let statement = policy
        .iter()
        .find(|statement| statement["Sid"] == "OnlyFunctionsWriteMarkers")
        .unwrap();
    let writers = many(&statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]);
    let writers: BTreeSet<&str> = writers.iter().filter_map(Value::as_str).collect();
    let functions = of_kind(&template, "AWS::Lambda::Function");
    let functions: Vec<String> = functions
        .map(|(_, f)| property(&template, f, "Role").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(writers, functions.iter().map(String::as_str).collect());
}

#[test]
fn services_that_come_in_are_ours() {
    for template in [expanded(), project_template().unwrap()] {
        for (id, resource) in &template.resources {
            if !["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"].contains(&resource.kind.as_str()) {
                continue;
            }
            for statement in statements(&template, resource) {
                let is_service = statement["Effect"] == "Allow" && !statement["Principal"]["Service"].is_null();
                let condition = statement["Condition"].to_string();
                let bounded = condition.contains("aws:SourceArn") && condition.contains("aws:SourceAccount");
                assert!(
                    !is_service || bounded,
                    "{id} lets in {}: another account's may come too",
                    statement["Principal"]
                );
            }
        }
        for (id, permission) in of_kind(&template, "AWS::Lambda::Permission") {
            assert!(permission.properties.contains_key("SourceArn"), "{id}");
        }
    }
}
