//! Is the platform well? Each check looks at one thing and says what it found, or what is wrong and what mends it.
//! Nothing here changes anything.

mod buckets;
mod image;
mod notifications;
mod people;
mod policy;
mod roles;
mod waking;
mod watching;

use aws_sdk_cloudformation::types::StackStatus;
use jiff::Timestamp;
use windsock_decisions::{Project, layout, runs::has_expired};

use crate::{Deployed, apply, deployed::describe, projects, stack::ProjectStack};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: String,
    pub found: Found,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Well,
    Wrong(Wrong),
    /// It cannot be seen from here; why, and what a person may look at.
    Unclear(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub why: String,
    /// A command, or what a person does.
    pub mend: String,
}

impl Check {
    pub fn wrong(&self) -> Option<&Wrong> {
        match &self.found {
            Found::Wrong(wrong) => Some(wrong),
            Found::Well | Found::Unclear(_) => None,
        }
    }
}

fn well(what: impl Into<String>) -> Check {
    let (what, found) = (what.into(), Found::Well);
    Check { what, found }
}

fn wrong(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Check {
    let found = Found::Wrong(Wrong {
        why: why.into(),
        mend: mend.into(),
    });
    let what = what.into();
    Check { what, found }
}

fn unclear(what: impl Into<String>, why: impl Into<String>) -> Check {
    let (what, found) = (what.into(), Found::Unclear(why.into()));
    Check { what, found }
}

/// A word of a command as a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Every check, of the platform (whose stack has this name) and of each project.
pub async fn examine(deployed: &Deployed, platform: &str, now: Timestamp) -> anyhow::Result<Vec<Check>> {
    let names = projects::names(deployed).await?;
    let mut read = Vec::new();
    let mut unread = Vec::new();
    for name in &names {
        match projects::stored(deployed, name).await {
            Ok((project, _)) => read.push(project),
            Err(error) => unread.push(wrong(
                format!("project.yaml of {name}"),
                format!("{error:#}"),
                "windsock apply project.yaml",
            )),
        }
    }
    let mut checks = vec![
        stack(
            deployed,
            platform,
            "sam deploy (docs/deploy.md, step 1), or windsock up",
        )
        .await?,
    ];
    checks.extend(buckets::examine(deployed, &names).await?);
    checks.extend(watching::queues(deployed).await?);
    checks.push(waking::rules(deployed).await?);
    checks.extend(waking::mappings(deployed).await?);
    checks.extend(watching::alarms(deployed).await?);
    checks.push(watching::logs(deployed).await?);
    checks.push(people::readers(deployed, &deployed.output("OperationsTopicArn")?, None).await?);
    checks.extend(image::images(deployed, &read).await?);
    for name in &names {
        let stack_name = ProjectStack::find(deployed, name).await?.name;
        checks.push(stack(deployed, &stack_name, "windsock apply --all").await?);
        let project = read.iter().find(|project| project.project == *name);
        let expired = project.is_some_and(|project| has_expired(project, now));
        checks.extend(definitions(deployed, name, expired).await?);
    }
    checks.extend(unread);
    for project in &read {
        checks.extend(waking::schedules(deployed, project).await?);
        checks.push(readers(deployed, project).await?);
    }
    Ok(checks)
}

async fn stack(deployed: &Deployed, name: &str, mend: &str) -> anyhow::Result<Check> {
    let what = format!("stack {name}");
    let Some(described) = describe(&deployed.cloudformation, name).await? else {
        return Ok(wrong(what, "it is not there", mend));
    };
    Ok(match described.stack_status() {
        Some(StackStatus::CreateComplete | StackStatus::UpdateComplete) => well(what),
        status => {
            let status = status.map_or("in no known state", StackStatus::as_str);
            let why = described
                .stack_status_reason()
                .unwrap_or("CloudFormation gives no reason");
            wrong(what, format!("it is {status}: {why}"), mend)
        }
    })
}

async fn readers(deployed: &Deployed, project: &Project) -> anyhow::Result<Check> {
    let topic = layout::topic_name(&deployed.name_prefix, &project.project);
    let (partition, region, account) = (&deployed.partition, &deployed.region, &deployed.account);
    let topic = format!("arn:{partition}:sns:{region}:{account}:{topic}");
    let readers = apply::readers(project).into_iter();
    let readers: Vec<people::Reader> = readers
        .map(|(address, audiences)| people::Reader { address, audiences })
        .collect();
    people::readers(deployed, &topic, Some(&readers)).await
}

/// An expired project has no pipelines any more, and needs none.
async fn definitions(deployed: &Deployed, project: &str, expired: bool) -> anyhow::Result<Vec<Check>> {
    let what = format!("pipelines of {project} are of this program's format");
    let outdated = projects::outdated(deployed, project).await?;
    if outdated.is_empty() {
        return Ok(vec![well(what)]);
    }
    if expired {
        let why = format!(
            "it has expired; to remove the rest: windsock retire {project}; to go on: without `expires:`, windsock apply"
        );
        return Ok(vec![unclear(format!("pipelines of {project}"), why)]);
    }
    let each = outdated.iter();
    Ok(each
        .map(|one| wrong(&what, one.to_string(), "windsock apply --all"))
        .collect())
}
