//! What the template tells every function through its environment.

use anyhow::{Context, bail};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The platform's NamePrefix parameter.
    pub name_prefix: String,
    /// People write here.
    pub data_bucket: String,
    /// Functions and SageMaker's roles write here.
    pub work_bucket: String,
    pub account: String,
    pub partition: String,
    /// Of every role of the platform and its projects; begins and ends with a slash.
    pub role_path: String,
    pub region: String,
    /// The function's own time-out: now = deadline - this.
    pub timeout_s: u64,
    /// The function's own queue of hints; only start-training and start-inference have one.
    pub hints_queue_url: Option<String>,
}

impl Config {
    pub fn from_env() -> anyhow::Result<Self> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// The same from any source of variables, so that tests need not touch the environment.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let needed = |name: &str| match variable(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => bail!("environment variable {name} is missing; the template sets it on every function"),
        };
        let timeout_s = needed("WINDSOCK_TIMEOUT_S")?;
        Ok(Self {
            name_prefix: needed("WINDSOCK_NAME_PREFIX")?,
            data_bucket: needed("WINDSOCK_DATA_BUCKET")?,
            work_bucket: needed("WINDSOCK_WORK_BUCKET")?,
            account: needed("WINDSOCK_ACCOUNT_ID")?,
            partition: needed("WINDSOCK_PARTITION")?,
            role_path: needed("WINDSOCK_ROLE_PATH")?,
            region: needed("AWS_REGION")?,
            timeout_s: timeout_s
                .parse()
                .with_context(|| format!("WINDSOCK_TIMEOUT_S is `{timeout_s}`, it must be whole seconds"))?,
            hints_queue_url: variable("WINDSOCK_HINTS_QUEUE_URL").filter(|url| !url.is_empty()),
        })
    }

    /// `s3://<work bucket>/<key>`.
    pub fn work_uri(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.work_bucket)
    }

    /// ARN of an IAM role of the platform or of a project.
    pub fn role_arn(&self, role: &str) -> String {
        format!(
            "arn:{}:iam::{}:role{}{role}",
            self.partition, self.account, self.role_path
        )
    }

    /// ARN of an SNS topic of this account and region.
    pub fn topic_arn(&self, topic: &str) -> String {
        format!("arn:{}:sns:{}:{}:{topic}", self.partition, self.region, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "WINDSOCK_NAME_PREFIX" => "windsock",
            "WINDSOCK_DATA_BUCKET" => "data",
            "WINDSOCK_WORK_BUCKET" => "work",
            "WINDSOCK_ACCOUNT_ID" => "111122223333",
            "WINDSOCK_PARTITION" => "aws",
            "WINDSOCK_ROLE_PATH" => "/ml/",
            "AWS_REGION" => "us-east-1",
            "WINDSOCK_TIMEOUT_S" => "60",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn reads_what_the_template_sets() {
        let config = Config::from_variables(variable).unwrap();
        assert_eq!((config.timeout_s, config.hints_queue_url.clone()), (60, None));
        assert_eq!(
            config.role_arn("windsock-demo-jobs"),
            "arn:aws:iam::111122223333:role/ml/windsock-demo-jobs"
        );
    }

    #[test]
    fn a_missing_variable_is_one_clear_sentence() {
        let without = |name: &str| variable(name).filter(|_| name != "WINDSOCK_WORK_BUCKET");
        let error = Config::from_variables(without).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "environment variable WINDSOCK_WORK_BUCKET is missing; the template sets it on every function"
        );
    }
}
