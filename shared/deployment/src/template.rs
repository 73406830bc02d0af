//! The templates are deployed, as they are in the repository.

/// `template.yaml`: the platform. `sam deploy` deploys it on AWS, `windsock up` locally.
pub const PLATFORM: &str = include_str!("../../../template.yaml");
/// `templates/ml-project.yaml`: what one project owns.
pub const PROJECT: &str = include_str!("../../../templates/ml-project.yaml");
/// The platform stack's usual name.
pub const PLATFORM_STACK: &str = "windsock";
