//! Dependencies point one way: events <- decisions <- effects <- functions; the local AWS stands beside.

use windsock_tidy::tree::{self, Manifest};

fn packages(under: &str) -> Vec<Manifest> {
    let manifests = tree::manifests().unwrap().into_values();
    let packages: Vec<Manifest> = manifests
        .filter(|manifest| manifest.folder.starts_with(under))
        .collect();
    assert!(!packages.is_empty(), "no package under {under}");
    packages
}

fn is_aws(name: &str) -> bool {
    name.starts_with("aws-") || name.starts_with("aws_") || name == "lambda_runtime"
}

fn is_runtime(name: &str) -> bool {
    [
        "tokio",
        "futures",
        "async-trait",
        "axum",
        "hyper",
        "hyper-util",
        "tower",
        "reqwest",
    ]
    .contains(&name)
}

#[track_caller]
fn assert_without(manifest: &Manifest, refused: impl Fn(&str) -> bool, why: &str) {
    let found: Vec<&String> = manifest.dependencies.iter().filter(|name| refused(name)).collect();
    assert!(found.is_empty(), "{} depends on {found:?}: {why}", manifest.folder);
}

#[track_caller]
fn assert_ours(manifest: &Manifest, allowed: &[&str]) {
    let ours = |name: &str| name.starts_with("windsock-") && !allowed.contains(&name);
    assert_without(manifest, ours, "dependencies point one way");
}

#[test]
fn events_and_decisions_are_pure() {
    for folder in ["shared/events", "shared/decisions"] {
        let manifest = &packages(folder)[0];
        assert_without(manifest, is_aws, "decisions cannot see AWS");
        assert_without(manifest, is_runtime, "decisions cannot wait");
        assert_without(
            manifest,
            |name| name.starts_with("tracing") || name == "tempfile",
            "decisions act on nothing",
        );
    }
    assert_ours(&packages("shared/events")[0], &[]);
    assert_ours(&packages("shared/decisions")[0], &["windsock-events"]);
}

/// Not even through the standard library.
#[test]
fn decisions_see_no_clock_and_no_environment() {
    let refused = [
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::env::",
        "std::fs",
        "std::net",
        "async fn",
    ];
    let code = tree::files(".rs").unwrap();
    for path in code.iter().filter(|path| {
        (path.starts_with("shared/decisions/src") || path.starts_with("shared/events/src")) && !path.contains("test")
    }) {
        let text = tree::read(path).unwrap();
        let found: Vec<&str> = refused.iter().copied().filter(|word| text.contains(word)).collect();
        assert!(
            found.is_empty(),
            "{path} names {found:?}: decisions are functions of facts"
        );
    }
}

#[test]
fn effects_know_no_function() {
    for manifest in packages("shared/effects") {
        let functions = tree::folders("functions").unwrap();
        assert_without(
            &manifest,
            |name| functions.iter().any(|function| function == name),
            "functions come last",
        );
        assert_without(
            &manifest,
            |name| name.starts_with("windsock-world"),
            "the local AWS stands beside",
        );
    }
}

#[test]
fn no_function_depends_on_another_or_on_the_local_aws() {
    let functions = tree::folders("functions").unwrap();
    for manifest in packages("functions/") {
        assert_without(
            &manifest,
            |name| functions.iter().any(|function| function == name),
            "no function calls another",
        );
        let local = [
            "windsock-world",
            "windsock-wire",
            "windsock-host",
            "windsock-cloudformation",
        ];
        assert_without(&manifest, |name| local.contains(&name), "the local AWS stands beside");
    }
}

/// Its SDK takes minutes to compile.
#[test]
fn only_what_talks_to_sagemaker_depends_on_its_sdk() {
    let free = [
        "functions/publish-drift",
        "functions/respond-to-drift",
        "functions/notify",
        "jobs",
        "xtask",
    ];
    for manifest in packages("") {
        if free.contains(&manifest.folder.as_str()) || manifest.folder.starts_with("local/") {
            let sagemaker = |name: &str| {
                [
                    "aws-sdk-sagemaker",
                    "windsock-effects-sagemaker",
                    "windsock-effects-runs",
                ]
                .contains(&name)
            };
            assert_without(&manifest, sagemaker, "this does not talk to SageMaker");
        }
    }
}

#[test]
fn the_world_is_a_state_machine_and_nothing_else() {
    let world = &packages("local/world")[0];
    assert_ours(world, &["windsock-cloudformation", "windsock-policy"]);
    assert_without(world, is_aws, "the world is the other side of the SDK");
    assert_without(world, is_runtime, "the world waits for nothing");
    assert_ours(&packages("local/cloudformation")[0], &[]);
    assert_ours(&packages("local/policy")[0], &[]);
    let refused = [
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "TcpStream",
        "std::process",
        "std::env::",
    ];
    let code = tree::files(".rs").unwrap();
    for path in code.iter().filter(|path| path.starts_with("local/world/src")) {
        let text = tree::read(path).unwrap();
        let found: Vec<&str> = refused.iter().copied().filter(|word| text.contains(word)).collect();
        assert!(
            found.is_empty(),
            "{path} names {found:?}: the same inputs at the same times give the same world"
        );
    }
}

#[test]
fn the_wire_and_the_host_know_nothing_of_the_product() {
    for folder in ["local/wire", "local/host"] {
        let allowed = ["windsock-world", "windsock-wire", "windsock-cloudformation"];
        assert_ours(&packages(folder)[0], &allowed);
    }
}
