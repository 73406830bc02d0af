//! The order of evaluation, case by case as AWS documents it.

use serde_json::{Value, json};
use windsock_policy::{Caller, Context, Decision, Denial, Document, Kind, Policies, Request, evaluate};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const BUCKET: &str = "arn:aws:s3:::example/report.csv";

/// Who asks for `s3:GetObject` on one object, and which policies there are.
#[derive(Default)]
struct Case {
    caller: Option<Caller>,
    identity: Vec<Value>,
    boundary: Option<Value>,
    resource: Option<Value>,
    trust: bool,
    account: Option<&'static str>,
    context: Context,
}

fn role() -> Caller {
    Caller::Identity {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/reader"),
        session: format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/local"),
        account: ACCOUNT.into(),
    }
}

fn user() -> Caller {
    Caller::Identity {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/ada"),
        session: format!("arn:aws:iam::{ACCOUNT}:user/ada"),
        account: ACCOUNT.into(),
    }
}

fn service() -> Caller {
    Caller::Service("events.amazonaws.com".into())
}

fn statement(effect: &str) -> Value {
    json!({ "Sid": effect, "Effect": effect, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example/*" })
}

fn of_resource(effect: &str, principal: Value) -> Value {
    let mut statement = statement(effect);
    statement["Principal"] = principal;
    statement
}

fn arn_of(caller: &Caller) -> Value {
    match caller {
        Caller::Identity { arn, .. } => json!({ "AWS": arn }),
        Caller::Service(name) => json!({ "Service": name }),
    }
}

fn document(name: &str, kind: Kind, statements: impl Into<Value>) -> Document {
    let document = json!({ "Version": "2012-10-17", "Statement": statements.into() });
    Document::parse(name, kind, &document).unwrap()
}

fn decide(case: Case) -> Decision {
    let caller = case.caller.unwrap_or_else(role);
    let identity: Vec<Document> = case
        .identity
        .into_iter()
        .map(|statement| document("own", Kind::Identity, statement))
        .collect();
    let identity: Vec<&Document> = identity.iter().collect();
    let boundary = case
        .boundary
        .map(|statement| document("boundary", Kind::Identity, statement));
    let kind = if case.trust { Kind::Trust } else { Kind::Resource };
    let resource = case.resource.map(|statement| document("resource", kind, statement));
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref(),
        resource: resource.as_ref(),
    };
    let request = Request {
        caller: &caller,
        action: if case.trust { "sts:AssumeRole" } else { "s3:GetObject" },
        resource: BUCKET,
        resource_account: case.account.unwrap_or(ACCOUNT),
        context: &case.context,
    };
    evaluate(&request, &policies)
}

#[track_caller]
fn check(case: Case, expected: Option<Denial>) {
    assert_eq!(decide(case).denial, expected);
}

#[test]
fn nothing_is_allowed_by_itself() {
    check(Case::default(), Some(Denial::Implicit(Kind::Identity)));
}

#[test]
fn the_callers_own_policy_is_enough() {
    let decision = decide(Case {
        identity: vec![statement("Allow")],
        ..Case::default()
    });
    assert!(decision.is_allowed());
    assert_eq!(decision.by[0].to_string(), "Allow of own");
}

#[test]
fn in_the_same_account_the_resources_policy_is_enough() {
    for caller in [role(), user()] {
        let resource = Some(of_resource("Allow", arn_of(&caller)));
        check(
            Case {
                caller: Some(caller),
                resource,
                ..Case::default()
            },
            None,
        );
    }
}

#[test]
fn a_resource_that_trusts_the_account_leaves_it_to_the_account() {
    let resource = || {
        Some(of_resource(
            "Allow",
            json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }),
        ))
    };
    check(
        Case {
            resource: resource(),
            ..Case::default()
        },
        Some(Denial::Implicit(Kind::Identity)),
    );
    check(
        Case {
            resource: resource(),
            identity: vec![statement("Allow")],
            ..Case::default()
        },
        None,
    );
}

#[test]
fn a_deny_anywhere_decides() {
    let allowed = || Case {
        identity: vec![statement("Allow")],
        boundary: Some(statement("Allow")),
        resource: Some(of_resource("Allow", json!("*"))),
        ..Case::default()
    };
    check(allowed(), None);
    let mut own = allowed();
    own.identity.push(statement("Deny"));
    check(own, Some(Denial::Explicit(Kind::Identity)));
    let mut resource = allowed();
    resource.resource = Some(of_resource("Deny", json!("*")));
    check(resource, Some(Denial::Explicit(Kind::Resource)));
    let mut boundary = allowed();
    boundary.boundary = Some(statement("Deny"));
    check(boundary, Some(Denial::ExplicitInBoundary));
}

#[test]
fn a_boundary_gives_nothing_and_limits_what_others_give() {
    let elsewhere = || json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::another/*" });
    check(
        Case {
            boundary: Some(statement("Allow")),
            ..Case::default()
        },
        Some(Denial::Implicit(Kind::Identity)),
    );
    check(
        Case {
            identity: vec![statement("Allow")],
            boundary: Some(elsewhere()),
            ..Case::default()
        },
        Some(Denial::OutsideBoundary),
    );
    // What a resource gives to a role is limited too; what it gives to a user by name is not.
    for (caller, expected) in [(role(), Some(Denial::OutsideBoundary)), (user(), None)] {
        let resource = Some(of_resource("Allow", arn_of(&caller)));
        let case = Case {
            caller: Some(caller),
            boundary: Some(elsewhere()),
            resource,
            ..Case::default()
        };
        check(case, expected);
    }
}

#[test]
fn across_accounts_both_sides_have_to_allow() {
    let case = |own: bool, theirs: bool| Case {
        identity: own.then(|| statement("Allow")).into_iter().collect(),
        resource: theirs.then(|| of_resource("Allow", json!({ "AWS": ACCOUNT }))),
        account: Some(OTHER),
        ..Case::default()
    };
    check(case(true, true), None);
    check(case(true, false), Some(Denial::Implicit(Kind::Resource)));
    check(case(false, true), Some(Denial::Implicit(Kind::Identity)));
    check(case(false, false), Some(Denial::Implicit(Kind::Resource)));
}

#[test]
fn a_service_is_let_in_by_the_resource_alone() {
    let guarded = || {
        let mut statement = of_resource("Allow", arn_of(&service()));
        statement["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } });
        statement
    };
    let case = |resource: Option<Value>, account: &str| Case {
        caller: Some(service()),
        resource,
        context: Context::default().with("aws:SourceAccount", account.to_owned()),
        ..Case::default()
    };
    check(case(Some(guarded()), ACCOUNT), None);
    check(case(None, ACCOUNT), Some(Denial::Implicit(Kind::Resource)));
    let refused = decide(case(Some(guarded()), OTHER));
    assert_eq!(refused.denial, Some(Denial::Implicit(Kind::Resource)));
    assert_eq!(
        refused.near_misses[0].to_string(),
        "Allow of resource would, but for StringEquals aws:SourceAccount \"111122223333\": the request has \
         [\"444455556666\"]"
    );
}

#[test]
fn nobody_assumes_a_role_that_does_not_trust_them() {
    let own = || json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*" });
    let trust =
        |principal: Value| Some(json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }));
    let case = |own: Option<Value>, resource: Option<Value>| Case {
        caller: Some(user()),
        identity: own.into_iter().collect(),
        resource,
        trust: true,
        ..Case::default()
    };
    check(case(Some(own()), trust(json!({ "AWS": ACCOUNT }))), None);
    check(case(None, trust(arn_of(&user()))), None);
    check(
        case(None, trust(json!({ "AWS": ACCOUNT }))),
        Some(Denial::Implicit(Kind::Identity)),
    );
    check(
        case(Some(own()), trust(arn_of(&role()))),
        Some(Denial::Implicit(Kind::Trust)),
    );
    check(
        case(Some(own()), trust(arn_of(&service()))),
        Some(Denial::Implicit(Kind::Trust)),
    );
}

#[test]
fn not_action_not_resource_and_not_principal_are_all_but_these() {
    let cases = [
        (json!({ "NotAction": "iam:*", "Resource": "*" }), true),
        (json!({ "NotAction": "s3:Get*", "Resource": "*" }), false),
        (
            json!({ "Action": "s3:*", "NotResource": "arn:aws:s3:::another/*" }),
            true,
        ),
        (
            json!({ "Action": "s3:*", "NotResource": "arn:aws:s3:::example/*" }),
            false,
        ),
    ];
    for (mut statement, expected) in cases {
        statement["Effect"] = json!("Allow");
        let decision = decide(Case {
            identity: vec![statement.clone()],
            ..Case::default()
        });
        assert_eq!(decision.is_allowed(), expected, "{statement}");
    }
    for (principal, denied) in [(arn_of(&role()), false), (arn_of(&user()), true)] {
        let mut deny = statement("Deny");
        deny["NotPrincipal"] = principal;
        let case = Case {
            identity: vec![statement("Allow")],
            resource: Some(deny),
            ..Case::default()
        };
        assert_eq!(decide(case).denial.is_some(), denied);
    }
}

#[test]
fn a_refusal_says_what_would_allow_it() {
    let caller = role();
    let context = Context::default();
    let request = Request {
        caller: &caller,
        action: "s3:GetObject",
        resource: BUCKET,
        resource_account: ACCOUNT,
        context: &context,
    };
    let refused = evaluate(&request, &Policies::default());
    let expected = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET });
    assert_eq!(refused.would_allow(&request), Some(expected));
    assert_eq!(
        refused.denial.unwrap().because("s3:GetObject"),
        "because no identity-based policy allows the s3:GetObject action"
    );

    let caller = service();
    let context = Context::default()
        .with("aws:SourceArn", "arn:aws:events:us-east-1:111122223333:rule/r")
        .with("aws:SourceAccount", ACCOUNT);
    let request = Request {
        caller: &caller,
        action: "sqs:SendMessage",
        resource: "arn:aws:sqs:us-east-1:111122223333:q",
        resource_account: ACCOUNT,
        context: &context,
    };
    let refused = evaluate(&request, &Policies::default());
    let statement = refused.would_allow(&request).unwrap();
    // Pasted into the queue's policy, it does allow it.
    let policy = document("pasted", Kind::Resource, statement);
    let policies = Policies {
        resource: Some(&policy),
        ..Policies::default()
    };
    assert!(evaluate(&request, &policies).is_allowed());
}

#[test]
fn a_session_is_named_by_its_role_or_by_itself() {
    for principal in [
        format!("arn:aws:iam::{ACCOUNT}:role/reader"),
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/local"),
    ] {
        let resource = Some(of_resource("Allow", json!({ "AWS": [principal] })));
        check(
            Case {
                resource,
                ..Case::default()
            },
            None,
        );
    }
}
