//! Which statements nobody needed.

use serde_json::json;
use windsock_world::{Effect, StatementUse};

use crate::support::{Aws, allow, arn};

fn told(statements: &[StatementUse]) -> Vec<String> {
    statements
        .iter()
        .map(|statement| statement.statement.to_string())
        .collect()
}

#[test]
fn a_statement_is_never_used_until_it_allows_something() {
    let mut aws = Aws::new();
    let named = |sid: &str, action: &str, resource: &str| {
        let mut statement = allow(action, resource);
        statement["Sid"] = json!(sid);
        statement
    };
    let deny = json!({ "Sid": "Never", "Effect": "Deny", "Action": "iam:*", "Resource": "*" });
    let statements = json!([
        named("Send", "sqs:SendMessage", &arn("sqs", "q")),
        named("Read", "sqs:*", &arn("sqs", "other")),
        deny,
    ]);
    let caller = aws.role("caller", statements);
    aws.call("sqs", "CreateQueue", json!({ "QueueName": "q" }));
    let unused = told(&aws.world.statements_never_used());
    for statement in ["Send of caller/own", "Read of caller/own", "Services of caller/trust"] {
        assert!(unused.contains(&statement.to_owned()), "{unused:?}");
    }
    assert!(
        !unused.contains(&"Never of caller/own".to_owned()),
        "a deny that nobody ran into is no excess"
    );

    let send = json!({ "QueueUrl": "q", "MessageBody": "x" });
    aws.call_as(&caller, "sqs", "SendMessage", send).unwrap();
    aws.call_as(&caller, "iam", "ListRoles", json!({})).unwrap_err();
    aws.function("f", &caller);
    let unused = told(&aws.world.statements_never_used());
    assert!(unused.contains(&"Read of caller/own".to_owned()), "{unused:?}");
    for statement in ["Send of caller/own", "Services of caller/trust"] {
        assert!(!unused.contains(&statement.to_owned()), "{unused:?}");
    }
    let all = aws.world.statements();
    let deny = all.iter().find(|statement| statement.effect == Effect::Deny).unwrap();
    assert!(deny.actions.contains("iam:ListRoles"), "{deny:?}");
}
