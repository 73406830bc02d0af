//! Names, addresses and what is missing: each with the sentence a person reads.

use expect_test::expect;

use super::{check, told, with};

#[test]
fn what_is_required_is_asked_for() {
    check(
        "data: {}\n",
        expect![[r#"
        line 1: project: this key is missing; name the project, e.g. `project: flight-delay`
        line 1: data.label: this key is missing; name the column to predict, e.g. `label: late`
    "#]],
    );
    check(
        "project:\ndata:\n  label:\n",
        expect![[r#"
        line 1: project: this key is missing; name the project, e.g. `project: flight-delay`
        line 3: data.label: this key is missing; name the column to predict, e.g. `label: late`
    "#]],
    );
    check(
        &with("training: { on: [schedule] }"),
        expect![[r#"
        line 3: training.schedule: training.on holds `schedule` and there is none; add e.g. `schedule: "cron(0 4 ? * SUN *)"` to training
    "#]],
    );
    check(
        &with("training: { schedule: \"rate(1 day)\" }"),
        expect![[r#"
        line 3: training.schedule: training.on does not hold `schedule`; add it there, or remove this key
    "#]],
    );
    check(
        &with("training: { on: [] }"),
        expect![[r#"
        line 3: training.on: nothing would ever start training; write at least one of arrival, drift and schedule
    "#]],
    );
    check(
        &with("approval: automatic"),
        expect![[r#"
        line 3: approval: `automatic` wants its rules; write manual, or { automatic: { auc: ">= 0.80" } }
    "#]],
    );
    check(
        &with("approval: { automatic: {} }"),
        expect![[r#"
        line 3: approval.automatic: no rule is given; write e.g. { auc: ">= 0.80" }, or approval: manual
    "#]],
    );
    check(
        &with("compute: { vpc: { subnets: [] } }"),
        expect![[r#"
        line 3: compute.vpc.subnets: 0 items; write 1 to 16
        line 3: compute.vpc.security_groups: this key is missing; write e.g. security_groups: [sg-0123456789abcdef0]
    "#]],
    );
}

#[test]
fn names_keep_to_what_every_aws_name_takes() {
    let mut all = String::new();
    for name in [
        "con",
        "a",
        "7",
        "a-b-1",
        "-",
        "a--b",
        "-a",
        "a-",
        "projA",
        "a_b",
        "__proto__",
        "projects",
        "été",
    ] {
        all.push_str(&told(&format!("project: {name}\ndata: {{ label: y }}\n")));
    }
    all.push_str(&told(&format!("project: {}\ndata: {{ label: y }}\n", "a".repeat(33))));
    all.push_str(&told("project: \"\"\ndata: { label: y }\n"));
    all.push_str(&told("project: \"a\\nSubject: x\"\ndata: { label: y }\n"));
    expect![[r#"
        read: con
        read: a
        read: 7
        read: a-b-1
        line 1: this is not YAML: block sequence entries are not allowed in this context; write `key: value` lines, indented with spaces, and quote values that hold `: ` or `#`
        line 1: project: `a--b` has a hyphen at an end or two in a row; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `-a` has a hyphen at an end or two in a row; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `a-` has a hyphen at an end or two in a row; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `projA` holds `A`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `a_b` holds `_`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `__proto__` holds `_`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `projects` is taken by the platform itself; choose another name
        line 1: project: `été` holds `é`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 33 characters; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
        line 1: project: the value is empty; write one value
        line 1: project: `a\nSubject: x` holds `\n`; write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay
    "#]].assert_eq(&all);
}

#[test]
fn addresses_are_plain() {
    let mut all = String::new();
    for address in [
        "a@b",
        "a b@c.de",
        "a@b@c.de",
        "'\"a b\"@c.de'",
        "ops@bücher.example",
        ".a@b.de",
        "a@-b.de",
        "a@b..de",
        "\"a@b.de\\nBcc: all@corp.example\"",
        "mailto:a@b.de",
        "Ops <ops@example.com>",
        "ok+tag@sub.example.com",
    ] {
        all.push_str(&told(&with(&format!("letters:\n  managers:\n    - {address}\n"))));
    }
    all.push_str(&told(&with("letters: { engineers: ops@example.com }")));
    expect![[r#"
        line 5: letters.managers[0]: `a@b` is not an e-mail address: the domain has no dot; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `a b@c.de` is not an e-mail address: the part before @ holds what it must not, or nothing; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `a@b@c.de` is not an e-mail address: it needs exactly one @; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `"a b"@c.de` is not an e-mail address: the part before @ holds what it must not, or nothing; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `ops@bücher.example` is not plain ASCII; write the domain in its ASCII form (xn--...)
        line 5: letters.managers[0]: `.a@b.de` is not an e-mail address: a dot stands at an end of the part before @, or twice; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `a@-b.de` is not an e-mail address: the part after @ is not a domain; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `a@b..de` is not an e-mail address: the part after @ is not a domain; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `a@b.de\nBcc: all@corp.example` is not an e-mail address: it needs exactly one @; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `mailto:a@b.de` is not an e-mail address: the part before @ holds what it must not, or nothing; write one plain address such as ops@example.com
        line 5: letters.managers[0]: `Ops <ops@example.com>` is not an e-mail address: the part before @ holds what it must not, or nothing; write one plain address such as ops@example.com
        read: flight-delay
        line 3: letters.engineers: a single value stands where a list belongs; write a list: [ops@example.com]
    "#]].assert_eq(&all);
}

#[test]
fn machines_are_named_as_sagemaker_names_them() {
    let mut all = String::new();
    for compute in [
        "{ instance: m5.large }",
        "{ instance: big }",
        "{ kms: my key }",
        "{ kms: alias/windsock }",
        "{ vpc: { subnets: [subnet-0123456789abcdef0], security_groups: [sg-1] } }",
        "{ network_isolation: yes }",
        "{ tags: { \"aws:x\": a, team: \"a{b\" } }",
        "none",
    ] {
        all.push_str(&told(&with(&format!("compute: {compute}"))));
    }
    all.push_str(&told(&with("training: { image: my-model }")));
    all.push_str(&told(&with(
        "training: { image: \"111122223333.dkr.ecr.us-east-1.amazonaws.com/m:1\", objective: { metric: f1 } }",
    )));
    expect![[r#"
        line 3: compute.instance: `m5.large` is not a SageMaker instance type; write ml.m5.large
        line 3: compute.instance: `big` is not a SageMaker instance type; write e.g. ml.m5.large
        line 3: compute.kms: `my key` is not a KMS key; write the key's ARN, its id, an alias (alias/name), or none
        read: flight-delay
        line 3: compute.vpc.security_groups[0]: `sg-1` is not an id of this kind; write e.g. sg-0123456789abcdef0
        line 3: compute.network_isolation: `yes` is neither true nor false; write true
        line 3: compute.tags.aws:x: AWS refuses the tag `aws:x`; a key has 1 to 128 and a value at most 256 letters, digits, spaces and _.:/=+-@; `aws:` is Amazon's
        line 3: compute.tags.team: AWS refuses the tag `team`; a key has 1 to 128 and a value at most 256 letters, digits, spaces and _.:/=+-@; `aws:` is Amazon's
        line 3: compute: a single value stands where a group of keys belongs; write `key: value` pairs; keys are instance, max_runtime, vpc, kms, network_isolation and tags
        line 3: training.image: `my-model` is not an image; write windsock, or an image URI with its tag or digest, e.g. 111122223333.dkr.ecr.us-east-1.amazonaws.com/my-model:1.0
        read: flight-delay
    "#]].assert_eq(&all);
}
