//! Names and addresses in project.yaml: the project's own, e-mail addresses, AWS identifiers.

use super::problem::shown;
use super::schedule::Refusal;

const NAME_LENGTH_MAX: usize = 32;
/// Folders under `state/` and a topic that are not a project's.
const RESERVED: [&str; 3] = ["projects", "rejections", "operations"];

/// The name is part of bucket keys, pipeline, group, alarm, role and topic names, so it keeps to what all of them take.
pub(super) fn check_project_name(name: &str) -> Result<(), Refusal> {
    let right = "write 1 to 32 of a-z, 0-9 and single hyphens between them, e.g. flight-delay";
    let refuse = |wrong: String| Err((wrong, right.to_owned()));
    if name.chars().count() > NAME_LENGTH_MAX {
        return refuse(format!("{} has {} characters", shown(name), name.chars().count()));
    }
    if let Some(odd) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return refuse(format!("{} holds {}", shown(name), shown(&odd.to_string())));
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return refuse(format!("{} has a hyphen at an end or two in a row", shown(name)));
    }
    if RESERVED.contains(&name) {
        return Err((
            format!("{} is taken by the platform itself", shown(name)),
            "choose another name".into(),
        ));
    }
    Ok(())
}

/// An address that SNS takes and that cannot smuggle a header: one plain local part, one domain with a dot, ASCII.
pub(super) fn check_email(address: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| {
        let right = "write one plain address such as ops@example.com".to_owned();
        Err((format!("{} is not an e-mail address: {why}", shown(address)), right))
    };
    if !address.is_ascii() {
        let right = "write the domain in its ASCII form (xn--...)".to_owned();
        return Err((format!("{} is not plain ASCII", shown(address)), right));
    }
    let [local, domain] = address.split('@').collect::<Vec<_>>()[..] else {
        return refuse("it needs exactly one @");
    };
    let local_ok = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b);
    if local.is_empty() || local.len() > 64 || !local.bytes().all(local_ok) {
        return refuse("the part before @ holds what it must not, or nothing");
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return refuse("a dot stands at an end of the part before @, or twice");
    }
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !domain.split('.').all(label_ok) || address.len() > 254 {
        return refuse("the part after @ is not a domain");
    }
    if !domain.contains('.') {
        return refuse("the domain has no dot");
    }
    Ok(())
}

/// `ml.m5.large`: SageMaker's instance types begin with `ml.`.
pub(super) fn check_instance(name: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = name.split('.').collect();
    let word = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if parts.len() == 3 && parts[0] == "ml" && parts.iter().all(word) {
        return Ok(());
    }
    let right = match parts.len() {
        2 if parts.iter().all(word) => format!("write ml.{name}"),
        _ => "write e.g. ml.m5.large".to_owned(),
    };
    Err((format!("{} is not a SageMaker instance type", shown(name)), right))
}

/// `subnet-0abc...`, `sg-0abc...`.
pub(super) fn check_identifier(id: &str, prefix: &str) -> Result<(), Refusal> {
    let rest = id.strip_prefix(prefix).unwrap_or_default();
    if (8..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err((
        format!("{} is not an id of this kind", shown(id)),
        format!("write e.g. {prefix}0123456789abcdef0"),
    ))
}

/// A KMS key's ARN, id or alias; SageMaker takes 2048 characters of `[a-zA-Z0-9:/_-]`.
pub(super) fn check_kms(key: &str) -> Result<(), Refusal> {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b":/_-".contains(&b));
    let known = key.starts_with("arn:") || key.starts_with("alias/") || (key.len() == 36 && key.contains('-'));
    if plain && known && key.len() <= 2048 {
        return Ok(());
    }
    let right = "write the key's ARN, its id, an alias (alias/name), or none".to_owned();
    Err((format!("{} is not a KMS key", shown(key)), right))
}

/// `windsock` or an image URI such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/my-model:1.0`.
pub(super) fn check_image(image: &str) -> Result<(), Refusal> {
    if image == "windsock" {
        return Ok(());
    }
    let plain = image
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"./:@_-".contains(&b));
    let versioned = image
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains(':') || last.contains('@'));
    if plain && image.contains('/') && versioned && image.len() <= 255 {
        return Ok(());
    }
    let right = "write windsock, or an image URI with its tag or digest, e.g. \
                 111122223333.dkr.ecr.us-east-1.amazonaws.com/my-model:1.0";
    Err((format!("{} is not an image", shown(image)), right.into()))
}
