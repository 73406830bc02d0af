//! Every template keeps every rule, however an account deploys it; and every rule refuses what it is there to refuse.

use windsock_cloudformation::Template;
use windsock_tidy::rules::{self, Account, Broken, Rule, View};

/// A template in every way that it may be deployed.
fn views(text: &str) -> [View; 2] {
    let template = Template::parse(text).unwrap().expanded().unwrap();
    [Account::Plain, Account::Demanding].map(|account| View::of(&template, account).unwrap())
}

fn found(rule: &Rule, views: &[View]) -> Vec<String> {
    views.iter().flat_map(rule.check).collect()
}

#[test]
fn every_template_keeps_every_rule() {
    let mut wrong = Vec::new();
    for (path, text) in rules::templates().unwrap() {
        let views = views(&text);
        for rule in rules::all() {
            let found = found(rule, &views);
            wrong.extend(found.iter().map(|what| format!("{path}: {}: {what}", rule.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `windsock apply` sends a project's template within the request; the platform's goes through S3.
#[test]
fn templates_are_no_larger_than_cloudformation_takes() {
    for (path, text) in rules::templates().unwrap() {
        let bytes_max = if path == rules::PLATFORM { 1_000_000 } else { 51_200 };
        assert!(
            text.len() <= bytes_max,
            "{path} has {} bytes; CloudFormation takes {bytes_max}",
            text.len()
        );
    }
}

fn break_it(fault: &Broken) -> String {
    let templates = rules::templates().unwrap();
    let (_, text) = templates.iter().find(|(path, _)| path == fault.template).unwrap();
    let Broken {
        template,
        sound,
        broken,
    } = fault;
    assert!(text.contains(sound), "`{sound}` does not stand in {template} any more");
    text.replacen(sound, broken, 1)
}

/// A rule that could not fail would prove nothing.
#[test]
fn every_rule_refuses_a_template_that_breaks_it() {
    let mut blind = Vec::new();
    for rule in rules::all() {
        assert!(!rule.broken.is_empty(), "{} has never been seen to fail", rule.name);
        let passes = rule
            .broken
            .iter()
            .filter(|fault| found(rule, &views(&break_it(fault))).is_empty());
        blind.extend(passes.map(|fault| format!("{}: `{}` passes", rule.name, fault.broken)));
    }
    assert!(blind.is_empty(), "\n{}", blind.join("\n"));
}
