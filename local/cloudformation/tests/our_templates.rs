//! Our own templates are read, and mean what the documents say.

use windsock_cloudformation::Template;

const PLATFORM: &str = include_str!("../../../template.yaml");
const PROJECT: &str = include_str!("../../../templates/ml-project.yaml");

#[test]
fn the_platform_has_its_eight_functions() {
    let functions = Template::parse(PLATFORM).unwrap().functions().unwrap();
    let programs: Vec<&str> = functions.iter().map(|function| function.program.as_str()).collect();
    let expected = [
        "start-training",
        "start-inference",
        "promote-model",
        "publish-drift",
        "respond-to-drift",
        "notify",
        "sweep",
        "retire",
    ];
    assert_eq!(programs, expected);
}

#[test]
fn a_project_needs_only_its_name() {
    let template = Template::parse(PROJECT).unwrap();
    let needed = template
        .parameters
        .iter()
        .filter(|(_, parameter)| parameter.default.is_none());
    assert_eq!(needed.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Project"]);
}
