//! What must hold of every template, as data: a rule, how it is checked, and templates broken on purpose that it must refuse.
//! One file per concern. Other people's linters (tests/referee/templates.py) know AWS; these know what Windsock promises.

mod buckets;
mod builds;
pub mod dashboard;
mod functions;
mod lost_messages;
mod objects;
mod people;
mod permissions;
mod sagemaker;
mod strangers;
pub mod view;
mod watching;

use std::path::Path;

pub use self::view::{Account, View};
use crate::tree;

pub const PLATFORM: &str = "template.yaml";
pub const PROJECT: &str = "templates/ml-project.yaml";
pub const REPOSITORY: &str = "templates/ml-project-ci.yaml";
pub const CATALOG: &str = "templates/catalog.yaml";

pub struct Rule {
    pub name: &'static str,
    /// What is wrong, one sentence each.
    pub check: fn(&View) -> Vec<String>,
    pub broken: &'static [Broken],
}

/// A template with a fault: the first place where `sound` stands says `broken`.
pub struct Broken {
    pub template: &'static str,
    pub sound: &'static str,
    pub broken: &'static str,
}

pub fn all() -> impl Iterator<Item = &'static Rule> {
    let concerns: [&'static [Rule]; 11] = [
        permissions::RULES,
        people::RULES,
        sagemaker::RULES,
        strangers::RULES,
        lost_messages::RULES,
        functions::RULES,
        watching::RULES,
        dashboard::RULES,
        buckets::RULES,
        objects::RULES,
        builds::RULES,
    ];
    concerns.into_iter().flatten()
}

/// Every template of the repository: its path and its text.
pub fn templates() -> anyhow::Result<Vec<(String, String)>> {
    let mut templates = Vec::new();
    for path in tree::files(".yaml")? {
        let is_ours = path == PLATFORM || Path::new(&path).starts_with("templates");
        if is_ours {
            let text = tree::read(&path)?;
            // templates/ also holds what a project begins with.
            if text.contains("AWSTemplateFormatVersion") {
                templates.push((path, text));
            }
        }
    }
    Ok(templates)
}
