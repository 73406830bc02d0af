//! Who acts: a person or a role, or a service on behalf of a resource.

use windsock_policy::Context;

use crate::{Caller, iam::session_arn};

/// The session's name of roles that this world takes on.
const SESSION: &str = "local";

#[derive(Debug, Clone)]
pub(crate) enum Actor {
    Identity {
        /// Of a person or a role.
        arn: String,
    },
    Service {
        /// e.g. `events.amazonaws.com`.
        name: &'static str,
        /// ARN of the rule, topic or alarm that it acts for.
        source: String,
    },
}

impl Actor {
    pub(crate) fn identity(caller: &Caller) -> Self {
        Self::role(&caller.arn)
    }

    pub(crate) fn role(arn: &str) -> Self {
        Self::Identity { arn: arn.to_owned() }
    }

    pub(crate) fn service(name: &'static str, source: &str) -> Self {
        let source = source.to_owned();
        Self::Service { name, source }
    }

    /// As AWS names it in a refusal.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Identity { arn } => session_arn(arn, SESSION),
            Self::Service { name, .. } => (*name).to_owned(),
        }
    }

    pub(super) fn caller(&self, account: &str) -> windsock_policy::Caller {
        match self {
            Self::Identity { arn } => windsock_policy::Caller::Identity {
                arn: arn.clone(),
                session: session_arn(arn, SESSION),
                account: arn.split(':').nth(4).unwrap_or(account).to_owned(),
            },
            Self::Service { name, .. } => windsock_policy::Caller::Service((*name).to_owned()),
        }
    }

    /// Its condition keys.
    pub(super) fn tell(&self, account: &str, context: &mut Context) {
        match self {
            Self::Identity { arn } => {
                context.set("aws:PrincipalArn", arn.clone());
                context.set(
                    "aws:PrincipalAccount",
                    arn.split(':').nth(4).unwrap_or(account).to_owned(),
                );
                context.set("aws:PrincipalIsAWSService", "false");
                context.set("aws:SourceIp", "127.0.0.1");
                match arn.split_once(":user/") {
                    Some((_, path)) => {
                        context.set("aws:PrincipalType", "User");
                        context.set("aws:username", path.rsplit('/').next().unwrap_or(path).to_owned());
                    }
                    None => context.set("aws:PrincipalType", "AssumedRole"),
                }
            }
            Self::Service { name, source } => {
                context.set("aws:PrincipalIsAWSService", "true");
                context.set("aws:PrincipalServiceName", *name);
                context.set("aws:SourceArn", source.clone());
                context.set("aws:SourceAccount", account.to_owned());
                // Only alarms bring it, which is why they may publish to topics that have no policy of their own.
                if *name == "cloudwatch.amazonaws.com" {
                    context.set("aws:SourceOwner", account.to_owned());
                }
            }
        }
    }
}
