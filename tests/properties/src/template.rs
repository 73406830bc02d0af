//! CloudFormation templates: a refusal says where, and what was read can be worked with to the end.

use windsock_cloudformation::{IndexMap, NoValues, Pseudo, Scope, Template};

use crate::assert_sentence;

pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let template = match Template::parse(&text) {
        Ok(template) => template,
        Err(error) => {
            assert_sentence(&error.to_string());
            let lines = text.split(crate::LINE_ENDS).count();
            assert!(error.line.is_none_or(|line| line <= lines), "{error}: {lines} lines");
            return;
        }
    };
    assert_eq!(
        Template::parse(&text).as_ref(),
        Ok(&template),
        "the same text is the same template"
    );
    let expanded = template.expanded().expect("parsing has checked that");
    let twice = expanded.expanded().expect("what was expanded is a template");
    assert_eq!(
        twice.resources.len(),
        expanded.resources.len(),
        "expanding again adds nothing"
    );
    let functions = template.functions();
    functions
        .iter()
        .flatten()
        .for_each(|function| assert!(!function.logical_id.is_empty()));
    resolve(&expanded);
}

fn resolve(template: &Template) {
    let pseudo = Pseudo {
        account: "111122223333".into(),
        region: "us-east-1".into(),
        stack_name: "windsock".into(),
        stack_id: "arn:aws:cloudformation:us-east-1:111122223333:stack/windsock/1".into(),
    };
    let parameters = match template.bind(&IndexMap::new()) {
        Ok(parameters) => parameters,
        Err(error) => return assert_sentence(&error.to_string()),
    };
    let scope = Scope::new(template, &pseudo, &parameters, &NoValues);
    for resource in template.resources.values() {
        if let Err(error) = scope.holds(resource.condition.as_deref()) {
            assert_sentence(&error.to_string());
        }
        if let Err(error) = scope.properties(&resource.properties) {
            assert_sentence(&error.to_string());
        }
        for node in resource.properties.values() {
            node.to_json();
        }
    }
    for output in template.outputs.values() {
        if let Err(error) = scope.resolve(&output.value) {
            assert_sentence(&error.to_string());
        }
    }
}
