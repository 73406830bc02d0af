//! A feature has one name everywhere: folder, package, decision, sample events, template, architecture table.

use windsock_cloudformation::{ServerlessFunction, Template};
use windsock_tidy::{
    platform::{property, template},
    tree,
};

/// `start-training` as `StartTraining`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        word.chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(word.chars().skip(1))
            .collect::<String>()
    };
    name.split('-').map(word).collect()
}

fn functions() -> Vec<ServerlessFunction> {
    template().and_then(|template| Ok(template.functions()?)).unwrap()
}

fn folders() -> Vec<String> {
    tree::folders("functions").unwrap()
}

fn for_each_function(check: impl Fn(&Template, &ServerlessFunction)) {
    let template = template().unwrap();
    for function in functions() {
        check(&template, &function);
    }
}

#[test]
fn every_folder_is_a_function_of_the_template() {
    let mut programs: Vec<String> = functions().into_iter().map(|function| function.program).collect();
    programs.sort();
    assert_eq!(programs, folders());
}

#[test]
fn a_function_is_called_like_its_folder() {
    for_each_function(|template, function| {
        let name = &function.program;
        assert_eq!(function.logical_id, format!("{}Function", camel(name)));
        assert_eq!(function.code_uri, format!("target/lambda/{name}/"));
        let resource = &template.resources[&function.logical_id];
        assert_eq!(
            property(template, resource, "FunctionName").unwrap(),
            format!("windsock-{name}")
        );
    });
}

#[test]
fn a_function_has_a_role_and_a_log_group_of_its_own() {
    for_each_function(|template, function| {
        let (role, logs) = (
            format!("{}Role", camel(&function.program)),
            format!("{}Logs", camel(&function.program)),
        );
        assert_eq!(function.role.as_deref(), Some(role.as_str()), "{}", function.logical_id);
        assert_eq!(template.resources[&role].kind, "AWS::IAM::Role");
        let name = property(template, &template.resources[&logs], "LogGroupName").unwrap();
        assert_eq!(name, format!("/aws/lambda/windsock-{}", function.program));
        let config = property(template, &template.resources[&function.logical_id], "LoggingConfig").unwrap();
        assert_eq!(config["LogGroup"], logs);
    });
}

#[test]
fn a_package_and_its_program_are_called_like_the_folder() {
    let manifests = tree::manifests().unwrap();
    for name in folders() {
        let manifest = manifests
            .get(&name)
            .unwrap_or_else(|| panic!("no package `{name}` for functions/{name}"));
        assert_eq!(manifest.folder, format!("functions/{name}"));
        for file in ["main.rs", "lib.rs"] {
            tree::read(&format!("functions/{name}/src/{file}")).unwrap();
        }
    }
}

/// A function is wired in `main.rs` and does its work in `lib.rs`.
#[test]
fn main_only_wires() {
    for name in folders() {
        let lines = tree::read(&format!("functions/{name}/src/main.rs"))
            .unwrap()
            .lines()
            .count();
        assert!(
            (5..=30).contains(&lines),
            "functions/{name}/src/main.rs has {lines} lines; it should have about 15"
        );
    }
}

#[test]
fn every_function_has_its_decision() {
    for name in folders() {
        let module = name.replace('-', "_");
        // What notify decides is which letter to write.
        let module = if module == "notify" {
            "letters".to_owned()
        } else {
            module
        };
        let paths = [
            format!("shared/decisions/src/{module}.rs"),
            format!("shared/decisions/src/{module}/mod.rs"),
        ];
        assert!(
            paths.iter().any(|path| tree::read(path).is_ok()),
            "{name} decides nowhere: neither of {paths:?}"
        );
    }
}

#[test]
fn every_function_has_sample_events_and_no_other_name_has() {
    assert_eq!(tree::folders("events").unwrap(), folders());
    for name in folders() {
        let folder = format!("events/{name}/");
        let samples: Vec<String> = tree::files(".json")
            .unwrap()
            .into_iter()
            .filter(|path| path.starts_with(&folder))
            .collect();
        assert!(!samples.is_empty(), "{folder} holds no sample event");
        for path in samples {
            let text = tree::read(&path).unwrap();
            assert!(
                serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                "{path} is not JSON"
            );
        }
    }
}

#[test]
fn every_function_has_a_row_in_the_architecture() {
    let text = tree::read("ARCHITECTURE.md").unwrap();
    for name in folders() {
        assert!(
            text.lines().any(|line| line.starts_with(&format!("| {name} |"))),
            "ARCHITECTURE.md has no row for {name}"
        );
    }
}
