//! Where the platform of a letter's project lies.

/// Region, account and buckets: what links and commands in letters are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name_prefix: String,
    pub account: String,
    pub region: String,
    pub partition: String,
    pub data_bucket: String,
    pub work_bucket: String,
}

impl Place {
    pub(super) fn work(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.work_bucket)
    }

    /// ARN of a version of a project's group.
    pub fn version_arn(&self, project: &str, version: u32) -> String {
        let group = crate::layout::group_name(&self.name_prefix, project);
        format!(
            "arn:{}:sagemaker:{}:{}:model-package/{group}/{version}",
            self.partition, self.region, self.account
        )
    }
}
