//! Credentials of a profile. This build of the SDK reads keys and roles from a profile; for SSO, sign-in sessions and
//! credential processes, whose clients would take minutes to compile, the AWS CLI is asked to export what it has.

use anyhow::{Context, bail};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_sdk_s3::config::{Credentials, ProvideCredentials};
use tokio::process::Command;

/// None when the SDK can read the profile by itself.
pub async fn exported_if_needed(profile: &str) -> anyhow::Result<Option<Credentials>> {
    let own = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
    let Err(refused) = own.provide_credentials().await else {
        return Ok(None);
    };
    let words = [
        "configure",
        "export-credentials",
        "--profile",
        profile,
        "--format",
        "env-no-export",
    ];
    let cli = Command::new("aws").args(words).output().await;
    let cli = cli.with_context(|| format!("profile {profile}: {refused}; start `aws {}`", words.join(" ")))?;
    if !cli.status.success() {
        let said = String::from_utf8_lossy(&cli.stderr);
        bail!(
            "profile {profile}: {refused}; `aws {}` (version 2 has it) says: {}",
            words.join(" "),
            said.trim().lines().next().unwrap_or("nothing")
        );
    }
    println!("The credentials of {profile} come from `aws {}`.", words.join(" "));
    let exported = String::from_utf8(cli.stdout).context("read the exported credentials")?;
    read(&exported).context("the exported credentials lack a key").map(Some)
}

/// `NAME=value`, one a line.
fn read(exported: &str) -> Option<Credentials> {
    let value = |name: &str| {
        let mut pairs = exported.lines().filter_map(|line| line.split_once('='));
        pairs
            .find(|(have, _)| *have == name)
            .map(|(_, value)| value.trim().to_owned())
    };
    Some(Credentials::new(
        value("AWS_ACCESS_KEY_ID")?,
        value("AWS_SECRET_ACCESS_KEY")?,
        value("AWS_SESSION_TOKEN"),
        None,
        "exported",
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn exported_credentials_are_read() {
        let exported = "AWS_ACCESS_KEY_ID=AK\nAWS_SECRET_ACCESS_KEY=s=/+\nAWS_SESSION_TOKEN=t==\n";
        let credentials = super::read(exported).unwrap();
        assert_eq!(
            (
                credentials.access_key_id(),
                credentials.secret_access_key(),
                credentials.session_token()
            ),
            ("AK", "s=/+", Some("t=="))
        );
        assert!(super::read("AWS_ACCESS_KEY_ID=AK\n").is_none());
    }
}
