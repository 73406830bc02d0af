//! Where the story happens: the host, the people, the clock, and what was expected of it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use aws_config::SdkConfig;
use aws_sdk_sagemaker::types::ModelApprovalStatus;
use windsock_decisions::{Project, layout};
use windsock_events::facts::PipelineKind;
use windsock_host::Host;
use windsock_world::{Entry, Record};

use super::{
    people::{self, Upload},
    timeline::Timeline,
};
use windsock_deployment::Deployed;

use crate::{local, report::Report};

pub struct Stage {
    pub host: Host,
    pub deployed: Deployed,
    pub project: Project,
    pub timeline: Timeline,
    data: PathBuf,
    by_hand: bool,
    scientist: SdkConfig,
    approver: SdkConfig,
    operator: SdkConfig,
    expectations: Vec<(String, Option<String>)>,
}

impl Stage {
    pub async fn new(
        host: Host,
        deployed: Deployed,
        project: Project,
        data: PathBuf,
        by_hand: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            timeline: Timeline::new(&deployed),
            scientist: local::config_of(&host, "data-scientist").await,
            approver: local::config_of(&host, "approver").await,
            operator: local::config_of(&host, "operator").await,
            host,
            deployed,
            project,
            data,
            by_hand,
            expectations: Vec::new(),
        })
    }

    pub fn group(&self) -> String {
        layout::group_name(&self.deployed.name_prefix, &self.project.project)
    }

    /// A data scientist uploads files of the example, all at once: (kind, file below the example's folder).
    pub async fn upload(&mut self, kind: PipelineKind, files: &[&str]) -> anyhow::Result<()> {
        let mut uploads = Vec::new();
        for file in files {
            let path = self.data.join(file);
            let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .context("a file has a name")?;
            uploads.push(Upload {
                key: format!("{}{name}", layout::arrivals(kind, &self.project.project)),
                bytes,
            });
        }
        self.upload_bytes(uploads).await
    }

    pub async fn upload_bytes(&mut self, uploads: Vec<Upload>) -> anyhow::Result<()> {
        people::upload(&self.scientist, &self.deployed.data_bucket, uploads).await
    }

    /// Let the local clock run, whatever happens meanwhile.
    pub async fn pass(&mut self, time: Duration) {
        self.host
            .advance(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
            .await;
        self.timeline.print(&self.host);
    }

    /// Let the local clock run until something has happened since `from`; an error if it has not within `limit`.
    pub async fn wait(
        &mut self,
        from: usize,
        what: &str,
        limit: Duration,
        seen: impl Fn(&Record) -> bool,
    ) -> anyhow::Result<()> {
        let end = self.host.now() + i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let Self { host, timeline, .. } = self;
        let mut read = from;
        let happened = host
            .run_while(
                |host| {
                    timeline.print(host);
                    let entries = host.journal_from(read);
                    read += entries.len();
                    !entries.iter().any(|entry| seen(&entry.record))
                },
                end,
            )
            .await;
        timeline.print(host);
        if !happened {
            bail!("waited {} of the local clock for: {what}", spoken(limit));
        }
        Ok(())
    }

    /// Position in the journal: what comes after is what happens next.
    pub fn mark(&self) -> usize {
        self.host.journal().len()
    }

    pub fn since(&self, mark: usize) -> Vec<Entry> {
        self.host.journal_from(mark)
    }

    /// ARN of a version of the project's group.
    pub fn version_arn(&self, version: u32) -> String {
        format!(
            "arn:{}:sagemaker:{}:{}:model-package/{}/{version}",
            self.deployed.partition,
            self.deployed.region,
            self.deployed.account,
            self.group()
        )
    }

    /// The approver decides, or, with --approve-by-hand, a person at another terminal does.
    pub async fn judge(&mut self, version: u32, status: ModelApprovalStatus, why: &str) -> anyhow::Result<()> {
        let arn = self.version_arn(version);
        if !self.by_hand {
            return people::judge(&self.approver, &arn, status, why).await;
        }
        println!(
            "\nYour turn. In another terminal:\n\n{}",
            crate::up::exports(&self.host)
        );
        println!(
            "aws sagemaker update-model-package --model-package-arn {arn} --model-approval-status {}\n",
            status.as_str()
        );
        let mark = self.mark();
        let decided = |entry: &Entry| matches!(&entry.record, Record::ModelPackage { arn: of, approval, .. } if *of == arn && approval != "PendingManualApproval");
        while !self.since(mark).iter().any(decided) {
            // A person decides; there is nothing to be notified by.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok(())
    }

    pub async fn send_poison(&mut self) -> anyhow::Result<()> {
        people::send_poison(&self.operator, &format!("{}-training-hints", self.deployed.name_prefix)).await
    }

    pub fn chapter(&mut self, title: &str) {
        self.timeline.print(&self.host);
        println!("\n{title}\n{}", "-".repeat(title.chars().count()));
    }

    pub fn expect(&mut self, what: &str, held: bool, otherwise: &str) {
        self.expectations
            .push((what.to_owned(), (!held).then(|| otherwise.to_owned())));
    }

    /// Print what held and what did not, and the figures; whether everything held.
    pub fn summary(&self, report: &Report) -> bool {
        println!("\nWhat was expected");
        for (what, failed) in &self.expectations {
            match failed {
                None => println!("  yes  {what}"),
                Some(why) => println!("  NO   {what}: {why}"),
            }
        }
        println!("\nStood down, and why");
        let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for row in &report.stand_downs {
            reasons
                .entry(&row.function)
                .or_default()
                .push(format!("{} x{}", row.reason, row.count));
        }
        for (function, reasons) in reasons {
            println!("  {function:<17} {}", reasons.join(", "));
        }
        println!("\nLetters");
        for letter in &report.letters {
            println!(
                "  {}  to {:<10} {}",
                &letter.at.get(..16).unwrap_or(&letter.at).replace('T', " "),
                letter.to,
                letter.subject
            );
        }
        let failed = self.expectations.iter().filter(|(_, failed)| failed.is_some()).count();
        println!(
            "\n{} of {} expectations held.",
            self.expectations.len() - failed,
            self.expectations.len()
        );
        failed == 0
    }
}

fn spoken(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    if hours >= 48 {
        format!("{} days", hours / 24)
    } else {
        format!("{hours} hours")
    }
}
