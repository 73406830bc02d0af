//! Prints a template as CloudFormation would create it, transforms applied, in JSON.

use std::{env, fs, process::ExitCode};

use serde_json::{Map, Value, json};
use windsock_cloudformation::Template;

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("usage: expand TEMPLATE");
        return ExitCode::from(2);
    };
    let read = fs::read_to_string(&path).map_err(|error| error.to_string());
    let template = read.and_then(|text| {
        Template::parse(&text)
            .and_then(|t| t.expanded())
            .map_err(|e| e.to_string())
    });
    match template {
        Ok(template) => {
            println!("{:#}", resources(&template));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn resources(template: &Template) -> Value {
    let resource = |(id, resource): (&String, &windsock_cloudformation::Resource)| {
        let properties: Map<_, _> = resource
            .properties
            .iter()
            .map(|(key, node)| (key.clone(), node.to_json()))
            .collect();
        (id.clone(), json!({ "Type": resource.kind, "Properties": properties }))
    };
    Value::Object(template.resources.iter().map(resource).collect())
}
