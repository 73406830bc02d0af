//! From the tree of a project.yaml to a `Project`: the machines, their network, key and tags.

use std::collections::BTreeMap;

use super::names::{check_identifier, check_instance, check_kms};
use super::problem::{Problems, shown};
use super::read::checked;
use super::read_serving::pairs;
use super::section::Section;
use super::units::{Bounds, DAY_S, HOUR_S, MINUTE_S, duration_s};
use super::*;

const MAX_RUNTIME: Bounds = Bounds {
    least_s: MINUTE_S,
    most_s: 5 * DAY_S,
    why: "SageMaker stops a training job after 5 days",
};

pub(super) fn compute(file: &Section, problems: &mut Problems) -> Compute {
    let known = ["instance", "max_runtime", "vpc", "kms", "network_isolation", "tags"];
    let compute = file.child("compute", &known, problems);
    let instance = compute
        .field("instance")
        .and_then(|field| checked(&field, check_instance, problems));
    let runtime = compute
        .field("max_runtime")
        .and_then(|field| duration_s(&field, &MAX_RUNTIME, problems));
    let kms = compute.field("kms").filter(|field| !field.is_none_word());
    let isolation = compute
        .field("network_isolation")
        .and_then(|field| field.flag(problems));
    Compute {
        instance: instance.unwrap_or_else(|| "ml.m5.large".to_owned()),
        max_runtime_s: runtime.unwrap_or(HOUR_S),
        vpc: vpc(&compute, problems),
        kms: kms.and_then(|field| checked(&field, check_kms, problems)),
        network_isolation: isolation.unwrap_or(true),
        tags: tags(&compute, problems),
    }
}

fn vpc(compute: &Section, problems: &mut Problems) -> Option<Vpc> {
    let field = compute.field("vpc").filter(|field| !field.is_none_word())?;
    let vpc = Section::open(field.node, &field.path, &["subnets", "security_groups"], problems);
    let mut ids = |key: &str, prefix: &str, most: usize| -> Vec<String> {
        let right = format!("write e.g. {key}: [{prefix}0123456789abcdef0]");
        let Some(field) = vpc.required(key, &right, problems) else {
            return Vec::new();
        };
        let items = field
            .list(&format!("[{prefix}0123456789abcdef0]"), problems)
            .unwrap_or_default();
        if !(1..=most).contains(&items.len()) {
            let wrong = format!("{} items", items.len());
            field.refuse(problems, wrong, format!("write 1 to {most}"));
        }
        let check = |id: &str| check_identifier(id, prefix);
        items.iter().filter_map(|item| checked(item, check, problems)).collect()
    };
    Some(Vpc {
        subnets: ids("subnets", "subnet-", 16),
        security_groups: ids("security_groups", "sg-", 5),
    })
}

fn tags(compute: &Section, problems: &mut Problems) -> BTreeMap<String, String> {
    const TAGS_MAX: usize = 40;
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
    };
    let mut tags = BTreeMap::new();
    let read = pairs(compute, "tags", "{ team: weather }", problems);
    if let (TAGS_MAX.., Some(field)) = (read.len(), compute.field("tags")) {
        field.refuse(
            problems,
            format!("{} tags", read.len()),
            format!("AWS takes 50, ours included; write fewer than {TAGS_MAX}"),
        );
    }
    for (key, field) in read {
        let Some(value) = field.text(problems) else { continue };
        let right =
            "a key has 1 to 128 and a value at most 256 letters, digits, spaces and _.:/=+-@; `aws:` is Amazon's";
        let fits = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        if !fits || !plain(key) || !plain(value) || key.to_lowercase().starts_with("aws:") {
            field.refuse(problems, format!("AWS refuses the tag {}", shown(key)), right);
            continue;
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    tags
}
