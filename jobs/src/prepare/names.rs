//! Names that Prepare derives: one file for each arrival, and the SageMaker model that scores them.

use anyhow::{Context, Result};
use windsock_decisions::layout;

use crate::common::hash::sha256_hex;

/// Long enough to recognise a file, short enough for any key.
const BASE_NAME_BYTES_MAX: usize = 80;

/// Unique by the key's hash, readable by its base name, and safe in paths, keys and shells.
pub fn file_name(key: &str) -> String {
    let base = key.rsplit('/').next().unwrap_or(key);
    let base = base.strip_suffix(".gz").unwrap_or(base);
    let base = [".csv", ".parquet"]
        .iter()
        .find_map(|end| base.strip_suffix(end))
        .unwrap_or(base);
    let safe: String = base
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '_'
            }
        })
        .take(BASE_NAME_BYTES_MAX)
        .collect();
    let hash = sha256_hex(key.as_bytes());
    format!("{}-{safe}.csv", &hash[..8])
}

/// The installation's name prefix, which the champion's model package group begins with.
pub fn prefix<'a>(model_package_arn: &'a str, project: &str) -> Result<&'a str> {
    let group = model_package_arn
        .split_once(":model-package/")
        .and_then(|(_, rest)| rest.split('/').next());
    let prefix = group
        .and_then(|group| group.strip_suffix(project))
        .and_then(|rest| rest.strip_suffix('-'));
    prefix
        .filter(|prefix| group == Some(layout::group_name(prefix, project).as_str()))
        .with_context(|| format!("the champion `{model_package_arn}` is not a model package of project {project}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_tell_keys_apart() {
        let name = file_name("inference/p/2013/march é+%.csv");
        assert!(
            name.ends_with("-march____.csv") && name.len() == 8 + "-march____.csv".len(),
            "{name}"
        );
        assert_ne!(file_name("inference/p/a/x.csv"), file_name("inference/p/b/x.csv"));
        assert!(file_name("inference/p/x.csv.gz").ends_with("-x.csv"));
        assert!(file_name("inference/p/x.parquet").ends_with("-x.csv"));
        assert!(file_name(&"y".repeat(1_000)).len() < 100);
    }

    #[test]
    fn the_prefix_is_read_from_the_champion() {
        let arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/windsock-flight-delay/3";
        assert_eq!(prefix(arn, "flight-delay").unwrap(), "windsock");
        assert_eq!(
            prefix(&arn.replace("windsock", "my-wind"), "flight-delay").unwrap(),
            "my-wind"
        );
        assert!(prefix(arn, "other").is_err());
        assert!(prefix("nonsense", "flight-delay").is_err());
    }
}
