//! The five chapters: a first model, its approval, a quiet batch, a new season, and what goes wrong on the way.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_sagemaker::types::ModelApprovalStatus;
use windsock_decisions::layout;
use windsock_events::facts::PipelineKind::{Inference, Training};
use windsock_world::{Millis, Record};

use super::{people::Upload, stage::Stage};
use windsock_deployment::apply;

use crate::report::log_field;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The morning after the first quarter that the example's data tells of.
pub fn starts_at() -> anyhow::Result<Millis> {
    let start: jiff::Timestamp = "2013-04-02T13:00:00Z"
        .parse()
        .context("read the story's first moment")?;
    Ok(start.as_millisecond())
}

pub async fn tell(stage: &mut Stage, yaml: &str) -> anyhow::Result<()> {
    first_model(stage, yaml).await?;
    approval(stage).await?;
    quiet_batch(stage).await?;
    new_season(stage).await?;
    what_goes_wrong(stage).await
}

async fn first_model(stage: &mut Stage, yaml: &str) -> anyhow::Result<()> {
    stage.chapter("1. A quarter of data arrives, and a model is trained");
    for line in apply::apply(&stage.deployed, &stage.project, yaml)
        .await
        .context("windsock apply")?
    {
        println!("                  windsock apply    {line}");
    }
    let mark = stage.mark();
    stage
        .upload(
            Training,
            &["training/2013-01.csv", "training/2013-02.csv", "training/2013-03.csv"],
        )
        .await?;
    let key = format!(
        "{}wrong-columns.csv",
        layout::arrivals(Training, &stage.project.project)
    );
    stage
        .upload_bytes(vec![Upload {
            key,
            bytes: b"station,reading\nJFK,17\n".to_vec(),
        }])
        .await?;
    registered(stage, mark, 1).await?;
    stage
        .wait(mark, "a letter that asks for approval", DAY, |record| {
            letter(record, "approvers")
        })
        .await?;
    // Longer than the cool-down: nothing more may happen by itself.
    stage.pass(8 * HOUR).await;
    Ok(())
}

async fn approval(stage: &mut Stage) -> anyhow::Result<()> {
    stage.chapter("2. The approver approves; version 1 becomes champion");
    let mark = stage.mark();
    stage
        .judge(1, ModelApprovalStatus::Approved, "good enough to start with")
        .await?;
    promoted(stage, mark).await?;
    stage.pass(HOUR).await;
    Ok(())
}

async fn quiet_batch(stage: &mut Stage) -> anyhow::Result<()> {
    stage.chapter("3. A batch of the same season is scored, and does not drift");
    let mark = stage.mark();
    stage
        .upload(
            Inference,
            &[
                "inference/2013-01.csv",
                "inference/2013-02.csv",
                "inference/2013-03.csv",
            ],
        )
        .await?;
    stage.wait(mark, "a published drift score", 2 * DAY, score).await?;
    stage.pass(6 * HOUR).await;
    Ok(())
}

async fn new_season(stage: &mut Stage) -> anyhow::Result<()> {
    stage.chapter("4. Spring: the new batch drifts, the model is retrained, the drift is over");
    stage.pass(DAY).await;
    let mark = stage.mark();
    stage
        .upload(
            Inference,
            &[
                "inference/2013-04.csv",
                "inference/2013-05.csv",
                "inference/2013-06.csv",
            ],
        )
        .await?;
    stage
        .wait(mark, "the drift alarm", 2 * DAY, |record| alarm(record, "ALARM"))
        .await?;
    stage
        .wait(mark, "a letter about the drift", DAY, |record| {
            subject(record, "drifted on")
        })
        .await?;
    stage.pass(6 * HOUR).await;

    let mark = stage.mark();
    stage
        .upload(
            Training,
            &["training/2013-04.csv", "training/2013-05.csv", "training/2013-06.csv"],
        )
        .await?;
    registered(stage, mark, 2).await?;
    stage.pass(HOUR).await;
    let mark = stage.mark();
    stage.judge(2, ModelApprovalStatus::Approved, "knows spring").await?;
    promoted(stage, mark).await?;
    stage
        .wait(mark, "the end of the drift alarm", 2 * DAY, |record| {
            alarm(record, "OK")
        })
        .await?;
    stage
        .wait(mark, "a letter that the drift is over", DAY, |record| {
            subject(record, "well again")
        })
        .await?;
    stage.pass(6 * HOUR).await;
    Ok(())
}

async fn what_goes_wrong(stage: &mut Stage) -> anyhow::Result<()> {
    stage.chapter("5. A poison message, a challenger that loses, a version that is rejected");
    let mark = stage.mark();
    stage.send_poison().await?;
    stage
        .wait(mark, "the poison in its dead-letter queue", DAY, |record| {
            matches!(record, Record::DeadLetter { .. })
        })
        .await?;

    let mark = stage.mark();
    stage.upload(Training, &["late/2013-q2-late.csv"]).await?;
    stage
        .wait(mark, "a letter about the challenger that lost", 2 * DAY, |record| {
            subject(record, "not taken")
        })
        .await?;
    stage.pass(7 * HOUR).await;

    let mark = stage.mark();
    // Winter's hours again: on winter's days that nobody learned from, a model of winter beats the one of spring.
    stage.upload(Training, &["late/2013-q1-again.csv"]).await?;
    registered(stage, mark, 3).await?;
    let mark = stage.mark();
    stage
        .judge(3, ModelApprovalStatus::Rejected, "knows winter, and summer comes")
        .await?;
    stage
        .wait(mark, "a letter about the rejection", DAY, |record| {
            subject(record, "was rejected")
        })
        .await?;
    stage.pass(6 * HOUR).await;
    Ok(())
}

async fn registered(stage: &mut Stage, mark: usize, version: u64) -> anyhow::Result<()> {
    let what = format!("version {version} in the registry");
    stage
        .wait(
            mark,
            &what,
            3 * DAY,
            |record| matches!(record, Record::ModelPackage { version: new, .. } if *new == version),
        )
        .await
}

async fn promoted(stage: &mut Stage, mark: usize) -> anyhow::Result<()> {
    stage
        .wait(mark, "a promotion", DAY, |record| match record {
            Record::Log { line, .. } => log_field(line, "action") == Some("promote"),
            _ => false,
        })
        .await?;
    stage
        .wait(mark, "a letter about the promotion", DAY, |record| {
            subject(record, "new champion")
        })
        .await
}

fn score(record: &Record) -> bool {
    matches!(record, Record::Metric { name, .. } if name == layout::DRIFT_SCORE)
}

fn alarm(record: &Record, wanted: &str) -> bool {
    matches!(record, Record::Alarm { name, state, .. } if name.ends_with("-drift") && state == wanted)
}

fn letter(record: &Record, audience: &str) -> bool {
    matches!(record, Record::Letter { attributes, .. } if attributes.to_string().contains(audience))
}

fn subject(record: &Record, part: &str) -> bool {
    matches!(record, Record::Letter { subject, .. } if subject.contains(part))
}
