//! Every operation that this world serves has a row, and every row an operation.

use serde_json::{Value, json};

use super::table;
use crate::{ApiError, Caller, MemoryBlobs, Settings, World};

/// Where each service's operations are told apart.
const DISPATCHED: [(&str, &[&str]); 13] = [
    ("s3", &[include_str!("../s3/buckets.rs")]),
    ("sqs", &[include_str!("../sqs/mod.rs")]),
    ("sns", &[include_str!("../sns/mod.rs")]),
    ("events", &[include_str!("../events/mod.rs")]),
    ("scheduler", &[include_str!("../scheduler/mod.rs")]),
    ("cloudwatch", &[include_str!("../cloudwatch/mod.rs")]),
    (
        "lambda",
        &[
            include_str!("../lambda/mod.rs"),
            include_str!("../lambda/configuration.rs"),
            include_str!("../lambda/policy.rs"),
            include_str!("../lambda/mapping_calls.rs"),
        ],
    ),
    (
        "iam",
        &[
            include_str!("../iam/mod.rs"),
            include_str!("../iam/roles.rs"),
            include_str!("../iam/customer_managed.rs"),
        ],
    ),
    ("sts", &[include_str!("../iam/sts.rs")]),
    ("logs", &[include_str!("../logs/mod.rs")]),
    ("sagemaker", &[include_str!("../sagemaker/mod.rs")]),
    ("cloudformation", &[include_str!("../cloudformation/mod.rs")]),
    ("cloudtrail", &[include_str!("../cloudtrail/mod.rs")]),
];

/// A world with one of everything that operations are about.
fn world() -> World {
    let settings = Settings {
        account: "111122223333".into(),
        region: "us-east-1".into(),
        started_at: 1_795_737_600_000,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Default::default(),
    };
    let mut world = World::new(settings, MemoryBlobs::shared());
    let made = [
        ("s3", "CreateBucket", json!({ "Bucket": "bucket" })),
        ("sqs", "CreateQueue", json!({ "QueueName": "q" })),
        ("iam", "CreateRole", json!({ "RoleName": "role" })),
        ("logs", "CreateLogGroup", json!({ "logGroupName": "group" })),
        (
            "lambda",
            "CreateFunction",
            json!({ "FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/role", "Code": "f/" }),
        ),
    ];
    for (service, operation, input) in made {
        serve(&mut world, service, operation, &input).unwrap();
    }
    let mapping = json!({ "FunctionName": "f", "EventSourceArn": "arn:aws:sqs:us-east-1:111122223333:q" });
    serve(&mut world, "lambda", "CreateEventSourceMapping", &mapping).unwrap();
    world
}

fn serve(world: &mut World, service: &str, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let caller = Caller {
        arn: "arn:aws:iam::111122223333:user/operator".into(),
    };
    world.call(&caller, service, operation, input)
}

/// Whether the world knows the operation, whatever it says of its input.
fn is_served(world: &World, service: &str, operation: &str) -> bool {
    let mapping = world.fork(MemoryBlobs::shared());
    let mut world = world.fork(MemoryBlobs::shared());
    let mappings = serve(&mut { mapping }, "lambda", "ListEventSourceMappings", &json!({})).unwrap();
    let input = json!({
        "Bucket": "bucket",
        "QueueUrl": "q",
        "RoleName": "role",
        "logGroupName": "group",
        "FunctionName": "f",
        "UUID": mappings["EventSourceMappings"][0]["UUID"],
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
        "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
    });
    let answer = serve(&mut world, service, operation, &input);
    !answer.is_err_and(|error| matches!(error.code.as_str(), "UnknownOperationException" | "NotImplemented"))
}

/// Everything in a source that is written like an operation's name.
fn names(source: &'static str) -> impl Iterator<Item = &'static str> {
    source.split('"').filter(|text| {
        text.starts_with(|first: char| first.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn candidates(service: &str, sources: &'static [&'static str]) -> Vec<String> {
    let named: Vec<&str> = sources.iter().flat_map(|source| names(source)).collect();
    let mut all: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
    if service == "s3" {
        // A bucket's configuration is put, got and deleted by the same table.
        for verb in ["Put", "Get", "Delete"] {
            all.extend(named.iter().map(|name| format!("{verb}{name}")));
        }
    }
    all
}

#[test]
fn every_operation_that_is_served_has_a_row() {
    let world = world();
    let (mut operations, mut without) = (0, Vec::new());
    for (service, sources) in DISPATCHED {
        for operation in candidates(service, sources) {
            if is_served(&world, service, &operation) {
                operations += 1;
                if table::needs(&world, service, &operation, &json!({})).is_none() {
                    without.push(format!("{service} {operation}"));
                }
            }
        }
    }
    assert_eq!(
        without, [""; 0],
        "these are served, and their permissions.rs has no row for them"
    );
    assert!(operations > 150, "only {operations} operations were found");
}

#[test]
fn every_row_is_of_an_operation_that_is_served_and_stands_once() {
    let world = world();
    for (service, _) in DISPATCHED {
        let rows = table::table(service).unwrap();
        for row in rows {
            let of_it = rows.iter().filter(|other| other.operation == row.operation);
            assert_eq!(of_it.count(), 1, "{service} {}", row.operation);
            assert!(is_served(&world, service, row.operation), "{service} {}", row.operation);
        }
    }
}

#[test]
fn batches_and_reads_need_what_the_reference_names_them() {
    let world = world();
    let cases = [
        (
            (
                "sqs",
                "SendMessageBatch",
                json!({ "QueueUrl": "http://127.0.0.1/111122223333/q" }),
            ),
            "sqs:SendMessage arn:aws:sqs:us-east-1:111122223333:q",
        ),
        (
            ("sagemaker", "StartPipelineExecution", json!({ "PipelineName": "p" })),
            "sagemaker:StartPipelineExecution arn:aws:sagemaker:us-east-1:111122223333:pipeline/p",
        ),
        (
            (
                "sagemaker",
                "UpdateModelPackage",
                json!({ "ModelPackageArn": "arn:aws:sagemaker:us-east-1:111122223333:model-package/g/1" }),
            ),
            "sagemaker:UpdateModelPackage arn:aws:sagemaker:us-east-1:111122223333:model-package/g/1",
        ),
        (
            ("s3", "DeleteBucketTagging", json!({ "Bucket": "b" })),
            "s3:PutBucketTagging arn:aws:s3:::b",
        ),
        (
            ("lambda", "Invoke", json!({ "FunctionName": "f" })),
            "lambda:InvokeFunction arn:aws:lambda:us-east-1:111122223333:function:f",
        ),
        (("sts", "GetCallerIdentity", json!({})), ""),
        (
            (
                "sagemaker",
                "CreateModel",
                json!({ "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::1:role/r", "Tags": [{ "Key": "k", "Value": "v" }] }),
            ),
            "sagemaker:CreateModel arn:aws:sagemaker:us-east-1:111122223333:model/m, iam:PassRole arn:aws:iam::1:role/r, sagemaker:AddTags arn:aws:sagemaker:us-east-1:111122223333:model/m",
        ),
    ];
    for ((service, operation, input), expected) in cases {
        let needs = table::needs(&world, service, operation, &input).unwrap();
        let told: Vec<String> = needs
            .iter()
            .map(|need| format!("{} {}", need.action, need.resource))
            .collect();
        assert_eq!(told.join(", "), expected);
    }
}
