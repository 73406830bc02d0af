//! The broken variants of the product are the simulator's alone: nothing that is deployed can be built with them.

use windsock_tidy::tree;

/// The one package that may ask for them, in a feature of its own.
const SIMULATION: &str = "tests/simulation";

#[test]
fn no_deployable_package_enables_the_mutants() {
    for manifest in tree::manifests().unwrap().into_values() {
        let folder = manifest.folder;
        let text = tree::read(&format!("{folder}/Cargo.toml")).unwrap();
        let asked: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#') && line.contains("mutants"))
            .collect();
        match folder.as_str() {
            "shared/decisions" => assert_eq!(asked, ["mutants = []"]),
            SIMULATION => assert_eq!(
                asked,
                [r#"mutants = ["windsock-decisions/mutants"]"#],
                "a feature, and off by default"
            ),
            _ => assert!(asked.is_empty(), "{folder} asks for mutants: {asked:?}"),
        }
        assert!(
            !text.contains("default = ["),
            "{folder} has default features: nobody sees what they enable"
        );
    }
    let workspace = tree::read("Cargo.toml").unwrap();
    assert!(
        !workspace.contains("mutants"),
        "the workspace's dependencies are everybody's"
    );
}

/// One invocation enables them, in a target folder of its own; and a release refuses to be built with them.
#[test]
fn only_cargo_simulate_enables_the_mutants() {
    let enabling = tree::files(".rs").unwrap();
    let enabling: Vec<String> = enabling
        .into_iter()
        .filter(|path| path.starts_with("xtask/") && tree::read(path).unwrap().contains("mutants"))
        .collect();
    assert_eq!(enabling, ["xtask/src/simulation.rs"]);
    let simulate = tree::read("xtask/src/simulation.rs").unwrap();
    assert!(
        simulate.contains("--target-dir") && simulate.contains("windsock-simulation"),
        "{simulate}"
    );
    let guard = tree::read("shared/decisions/src/mutants.rs").unwrap();
    assert!(
        guard.contains("#[cfg(not(debug_assertions))]\n    compile_error!"),
        "a release must refuse them"
    );
}
