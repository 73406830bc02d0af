//! The patterns of SageMaker's model that our operations use, as functions: each says what it allows in its own words.

/// A pattern that a text must satisfy as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Anything at all.
    Any,
    /// Anything without a line break.
    Line,
    /// Letters, digits, and hyphens between them.
    Name,
    /// The same, or the ARN of a resource of this kind.
    NameOrArn(&'static str),
    /// The same, with an optional `/<version>` at its end.
    VersionedNameOrArn,
    /// The ARN of a resource of this kind.
    Arn(&'static str),
    /// Any SageMaker ARN.
    AnyArn,
    RoleArn,
    /// Letters, digits, `-` and `_`.
    StepName,
    /// Letters, digits, `.`, `-` and `_`.
    Channel,
    /// Letters, digits and hyphens in any order.
    Token,
    /// What tags and metadata may hold: letters, digits, space and `_.:/=+-@`.
    Tag,
    S3Uri,
    Bucket,
    NoSpace,
    EnvironmentName,
    KmsKey,
}

impl Pattern {
    pub(super) fn matches(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Line => !text.contains(['\n', '\r']),
            Self::Name => is_name(text),
            Self::NameOrArn(kind) => is_name(text) || of_arn(text, kind).is_some_and(is_name),
            Self::VersionedNameOrArn => is_versioned(of_arn(text, "model-package").unwrap_or(text)),
            Self::Arn(kind) => of_arn(text, kind).is_some_and(|rest| !rest.is_empty()),
            Self::AnyArn => text.starts_with("arn:aws") && text.contains(":sagemaker:") && text.len() > 20,
            Self::RoleArn => is_role(text),
            Self::StepName => text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            Self::Channel => text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)),
            Self::Token => text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            Self::Tag => text
                .chars()
                .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)),
            Self::S3Uri => s3_uri(text).is_some(),
            Self::Bucket => text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c)),
            Self::NoSpace => !text.chars().any(char::is_whitespace),
            Self::EnvironmentName => is_environment_name(text),
            Self::KmsKey => text.chars().all(|c| c.is_ascii_alphanumeric() || ":/_-".contains(c)),
        }
    }

    /// The pattern as the service prints it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Any => r"[\S\s]*".into(),
            Self::Line => ".*".into(),
            Self::Name => "[a-zA-Z0-9](-*[a-zA-Z0-9])*".into(),
            Self::NameOrArn(kind) => {
                format!(r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{{12}}:{kind}/)?[a-zA-Z0-9](-*[a-zA-Z0-9])*")
            }
            Self::VersionedNameOrArn => {
                r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)(\/[0-9]{1,9})?"
                    .into()
            }
            Self::Arn(kind) => format!(r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{{12}}:{kind}/.*"),
            Self::AnyArn => "arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+".into(),
            Self::RoleArn => r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+".into(),
            Self::StepName => r"[A-Za-z0-9\-_]*".into(),
            Self::Channel => r"[A-Za-z0-9\.\-_]+".into(),
            Self::Token => "[a-zA-Z0-9-]+".into(),
            Self::Tag => r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)".into(),
            Self::S3Uri => "(https|s3)://([^/]+)/?(.*)".into(),
            Self::Bucket => r"[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9]".into(),
            Self::NoSpace => r"[\S]+".into(),
            Self::EnvironmentName => "[a-zA-Z_][a-zA-Z0-9_]*".into(),
            Self::KmsKey => "[a-zA-Z0-9:/_-]*".into(),
        }
    }
}

fn is_name(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_versioned(text: &str) -> bool {
    match text.split_once('/') {
        None => is_name(text),
        Some((name, version)) => {
            is_name(name) && (1..=9).contains(&version.len()) && version.chars().all(|c| c.is_ascii_digit())
        }
    }
}

fn is_role(text: &str) -> bool {
    let Some((start, name)) = text.split_once(":role/") else {
        return false;
    };
    let Some(account) = start
        .split_once(":iam::")
        .and_then(|(partition, account)| partition.starts_with("arn:aws").then_some(account))
    else {
        return false;
    };
    account.len() == 12
        && account.chars().all(|c| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c))
}

fn is_environment_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What follows `arn:aws:sagemaker:<region>:<account>:<kind>/`.
pub(super) fn of_arn<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    if arn != "arn" || !partition.starts_with("aws") || service != "sagemaker" {
        return None;
    }
    parts.nth(2)?.strip_prefix(kind)?.strip_prefix('/')
}

/// Bucket and key (or prefix) of `s3://bucket/key`.
pub(super) fn s3_uri(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}
