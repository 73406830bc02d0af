//! What the template sets in the functions' environment is what the functions read.

use std::collections::BTreeSet;

use regex::Regex;
use windsock_tidy::{
    platform::{template, value},
    tree,
};

fn set_by_the_template() -> BTreeSet<String> {
    let functions = template().unwrap().functions().unwrap();
    functions
        .into_iter()
        .flat_map(|function| function.environment.into_keys().collect::<Vec<_>>())
        .collect()
}

/// Variables named in the code that runs in functions.
fn read_by_functions() -> BTreeSet<String> {
    let variable = Regex::new("\"(WINDSOCK_[A-Z_]+)\"").unwrap();
    let code = tree::files(".rs").unwrap();
    let code = code
        .iter()
        .filter(|path| path.starts_with("functions/") || path.starts_with("shared/effects"));
    let names = code.flat_map(|path| {
        let text = tree::read(path).unwrap();
        variable
            .captures_iter(&text)
            .map(|found| found[1].to_owned())
            .collect::<Vec<_>>()
    });
    names.collect()
}

#[test]
fn functions_read_what_the_template_sets() {
    assert_eq!(read_by_functions(), set_by_the_template());
}

/// Now is the invocation's deadline minus this.
#[test]
fn every_function_knows_its_own_time_out() {
    let template = template().unwrap();
    for function in template.functions().unwrap() {
        let told = value(&template, &function.environment["WINDSOCK_TIMEOUT_S"]);
        let timeout = function.timeout_s.map(|seconds| seconds.to_string());
        assert_eq!(told.as_str(), timeout.as_deref(), "{}", function.logical_id);
    }
}

#[test]
fn only_what_starts_runs_knows_a_queue() {
    for function in template().unwrap().functions().unwrap() {
        let knows = function.environment.contains_key("WINDSOCK_HINTS_QUEUE_URL");
        let starts = ["start-training", "start-inference"].contains(&function.program.as_str());
        assert_eq!(knows, starts, "{}", function.logical_id);
    }
}
