//! Who brings data cannot approve, and who approves does nothing else.

use serde_json::Value;

use super::{
    Broken, PLATFORM, Rule, View,
    view::{allows, texts},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a data scientist cannot approve, whatever else is allowed",
        check: data_scientists_cannot_approve,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "            Effect: Deny\n            Action: [\"sagemaker:CreateModelPackage\", \"sagemaker:UpdateModelPackage\"",
                broken: "            Effect: Deny\n            Action: [\"sagemaker:CreateModelPackage\"",
            },
            Broken {
                template: PLATFORM,
                sound: "      ManagedPolicyArns: [!Ref DataScientistPolicy]\n",
                broken: "      ManagedPolicyArns: [!Ref DataScientistPolicy, !Ref ApproverPolicy]\n",
            },
        ],
    },
    Rule {
        name: "an approver changes approvals, and nothing else",
        check: approvers_only_approve,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "            Condition: {\"Null\": {sagemaker:ModelApprovalStatus: \"false\"}}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "          # Asked without a resource.\n",
                broken: "          - {Sid: Start, Effect: Allow, Action: \"sagemaker:StartPipelineExecution\", Resource: \"*\"}\n",
            },
        ],
    },
    Rule {
        name: "a person's role is assumed by named principals, or by whom the account's own policies allow",
        check: people_are_known,
        broken: &[Broken {
            template: PLATFORM,
            sound: "AWS: !If [ApproversAreNamed, !Ref ApproverPrincipals, !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"]",
            broken: "AWS: \"*\"",
        }],
    },
];

const PEOPLE: [&str; 2] = ["DataScientist", "Approver"];

fn of(view: &View, policy: &str) -> Option<Vec<Value>> {
    view.resource(policy).map(|policy| view.statements(policy))
}

fn data_scientists_cannot_approve(view: &View) -> Vec<String> {
    let Some(statements) = of(view, "DataScientistPolicy") else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    let denies = |statement: &&Value| {
        let denied = texts(&statement["Action"]).contains(&"sagemaker:UpdateModelPackage".to_owned());
        statement["Effect"] == "Deny" && denied && statement["Condition"].is_null()
    };
    let everywhere = |statement: &Value| {
        texts(&statement["Resource"])
            .iter()
            .any(|resource| resource.ends_with(":model-package/windsock-*"))
    };
    if !statements.iter().find(denies).is_some_and(everywhere) {
        wrong.push("a data scientist with another policy may approve".to_owned());
    }
    if let Some(role) = view.resource("DataScientistRole") {
        let policies = texts(&view.property(role, "ManagedPolicyArns"));
        if policies != ["DataScientistPolicy"] {
            wrong.push(format!("a data scientist's role has {policies:?}"));
        }
    }
    wrong
}

fn approvers_only_approve(view: &View) -> Vec<String> {
    let Some(statements) = of(view, "ApproverPolicy") else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for statement in &statements {
        let reads = |action: &String| {
            let name = action.split(':').next_back().unwrap_or_default();
            ["Describe", "List", "Get", "Decrypt"]
                .iter()
                .any(|verb| name.starts_with(verb))
        };
        let changes: Vec<String> = texts(&statement["Action"])
            .into_iter()
            .filter(|action| !reads(action))
            .collect();
        let approves = changes == ["sagemaker:UpdateModelPackage"]
            && statement["Condition"]["Null"]["sagemaker:ModelApprovalStatus"] == "false";
        if !changes.is_empty() && !approves {
            wrong.push(format!("an approver may {changes:?} with {}", statement["Condition"]));
        }
    }
    if !statements
        .iter()
        .any(|statement| allows(statement, "sagemaker:UpdateModelPackage"))
    {
        wrong.push("an approver cannot approve".to_owned());
    }
    wrong
}

fn people_are_known(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for who in PEOPLE {
        let Some(role) = view.resource(&format!("{who}Role")) else {
            continue;
        };
        let trust = view.property(role, "AssumeRolePolicyDocument");
        let principals = texts(&trust["Statement"][0]["Principal"]["AWS"]);
        let known = principals
            .iter()
            .all(|principal| principal.starts_with("arn:aws:iam::"));
        if principals.is_empty() || !known {
            wrong.push(format!("{who}Role is assumed by {principals:?}"));
        }
    }
    wrong
}
