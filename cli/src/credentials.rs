//! `windsock credentials ROLE`: what makes the AWS CLI and every SDK speak as somebody on the local AWS.
//!
//! The local AWS gives each person one pair of keys, a function of the account and the name, so nothing is asked of it.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::bail;
use windsock_world::credentials_of;

use crate::local::{self, ACCOUNT, REGION};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// As whom.
    pub role: Role,
    /// Where the local AWS listens, if not where AWS_ENDPOINT_URL or `windsock up` says by default.
    #[arg(long)]
    pub port: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Deploys the platform and projects, and looks after them.
    Operator,
    /// Uploads data.
    DataScientist,
    /// Approves and rejects versions.
    Approver,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::DataScientist => "data-scientist",
            Self::Approver => "approver",
        }
    }
}

const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4588";

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let endpoint = match arguments.port {
        Some(port) => format!("http://127.0.0.1:{port}"),
        None => std::env::var("AWS_ENDPOINT_URL").unwrap_or_else(|_| DEFAULT_ENDPOINT.to_owned()),
    };
    if !is_local(&endpoint) {
        bail!(
            "credentials exist on the local AWS only, and AWS_ENDPOINT_URL is {endpoint}; start `windsock up`, or name its \
             port with --port"
        );
    }
    println!("{}", exports(&endpoint, arguments.role.name()));
    Ok(ExitCode::SUCCESS)
}

/// What the shell of a person needs; `eval "$(...)"` understands it.
pub fn exports(endpoint: &str, person: &str) -> String {
    let (id, secret) = credentials_of(ACCOUNT, &local::arn_of(person));
    [
        format!("export AWS_ENDPOINT_URL={endpoint}"),
        format!("export AWS_ACCESS_KEY_ID={id}"),
        format!("export AWS_SECRET_ACCESS_KEY={secret}"),
        format!("export AWS_REGION={REGION}"),
        format!("export AWS_DEFAULT_REGION={REGION}"),
    ]
    .join("\n")
}

/// Keys that anybody can work out must not be sent anywhere else.
fn is_local(endpoint: &str) -> bool {
    let Some(host) = endpoint.strip_prefix("http://") else {
        return false;
    };
    let host = host.trim_end_matches('/');
    let loopback = host
        .parse::<SocketAddr>()
        .is_ok_and(|address| address.ip().is_loopback());
    loopback
        || host
            .strip_prefix("localhost:")
            .is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_local_aws_is_spoken_to() {
        for local in ["http://127.0.0.1:4588", "http://localhost:80/", "http://[::1]:4588"] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "https://sqs.us-east-1.amazonaws.com",
            "http://127.0.0.1.example.com:80",
            "http://10.0.0.1:4588",
        ] {
            assert!(!is_local(other), "{other}");
        }
    }
}
