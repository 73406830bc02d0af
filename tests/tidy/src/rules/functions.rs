//! How a function runs: with a role, a log and a trace of its own, and without taking from other functions.

use std::collections::BTreeMap;

use super::{Broken, PLATFORM, Rule, View};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "every function has a role of its own",
        check: roles_are_their_own,
        broken: &[Broken {
            template: PLATFORM,
            sound: "      Role: !GetAtt SweepRole.Arn\n",
            broken: "      Role: !GetAtt RetireRole.Arn\n",
        }],
    },
    Rule {
        name: "every function logs JSON into a group of its own that does not grow for ever",
        check: logs_end,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "LogFormat: JSON, LogGroup: !Ref SweepLogs",
                broken: "LogFormat: Text, LogGroup: !Ref SweepLogs",
            },
            Broken {
                template: PLATFORM,
                sound: "      LoggingConfig: {LogFormat: JSON, LogGroup: !Ref SweepLogs}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "      RetentionInDays: !Ref LogRetentionDays\n",
                broken: "",
            },
        ],
    },
    Rule {
        name: "every function is traced, and may say so",
        check: functions_are_traced,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "    Tracing: Active\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "      ManagedPolicyArns: [!Ref FunctionsPolicy]\n",
                broken: "",
            },
        ],
    },
    Rule {
        name: "no function reserves concurrency",
        check: nothing_is_reserved,
        broken: &[Broken {
            template: PLATFORM,
            sound: "    Tracing: Active\n",
            broken: "    Tracing: Active\n    ReservedConcurrentExecutions: 1\n",
        }],
    },
    Rule {
        name: "every role has the path and the boundary that its account asks for, every policy the path",
        check: roles_follow_the_account,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "      Path: !Ref RolePath\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "      PermissionsBoundary: !If [HasBoundary, !Ref PermissionsBoundaryArn, !Ref AWS::NoValue]\n",
                broken: "",
            },
        ],
    },
];

const FUNCTION: &str = "AWS::Lambda::Function";

fn roles_are_their_own(view: &View) -> Vec<String> {
    let mut users: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (id, function) in view.of_kind(FUNCTION) {
        users
            .entry(view.property(function, "Role").to_string())
            .or_default()
            .push(id);
    }
    let shared = users.into_iter().filter(|(_, users)| users.len() > 1);
    shared.map(|(role, users)| format!("{users:?} share {role}")).collect()
}

fn logs_end(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, function) in view.of_kind(FUNCTION) {
        let config = view.property(function, "LoggingConfig");
        if config["LogFormat"] != "JSON" {
            wrong.push(format!("{id} does not log JSON"));
        }
        let group = view.resource(config["LogGroup"].as_str().unwrap_or_default());
        let keeps = group.is_some_and(|group| view.property(group, "RetentionInDays").as_u64().is_some());
        if !keeps {
            wrong.push(format!("{id}: its logs are kept for ever"));
        }
    }
    wrong
}

fn functions_are_traced(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, function) in view.of_kind(FUNCTION) {
        if view.property(function, "TracingConfig")["Mode"] != "Active" {
            wrong.push(format!("{id} is not traced"));
        }
        let role = view.property(function, "Role");
        let role = view.resource(role.as_str().unwrap_or_default().trim_end_matches(".Arn"));
        let policies = role
            .map(|role| view.property(role, "ManagedPolicyArns").to_string())
            .unwrap_or_default();
        if !policies.contains("FunctionsPolicy") {
            wrong.push(format!("{id} may not say what it traces"));
        }
    }
    wrong
}

/// New accounts refuse it, and it would be taken from the account's other functions.
fn nothing_is_reserved(view: &View) -> Vec<String> {
    let reserving = view
        .of_kind(FUNCTION)
        .filter(|(_, function)| function.properties.contains_key("ReservedConcurrentExecutions"));
    reserving.map(|(id, _)| format!("{id} reserves concurrency")).collect()
}

fn roles_follow_the_account(view: &View) -> Vec<String> {
    let asked = |parameter: &str| {
        view.template
            .parameters
            .contains_key(parameter)
            .then(|| view.parameter(parameter))
    };
    let (path, boundary) = (asked("RolePath"), asked("PermissionsBoundaryArn"));
    let mut wrong = Vec::new();
    let policies = view.of_kind("AWS::IAM::ManagedPolicy");
    for (id, named) in view.of_kind("AWS::IAM::Role").chain(policies) {
        if Some(view.property(named, "Path")) != path {
            wrong.push(format!("{id} has another path than RolePath"));
        }
    }
    for (id, role) in view.of_kind("AWS::IAM::Role") {
        let own = view.property(role, "PermissionsBoundary");
        if Some(own.as_str().unwrap_or_default().into()) != boundary {
            wrong.push(format!("{id} has another boundary than PermissionsBoundaryArn"));
        }
    }
    wrong
}
