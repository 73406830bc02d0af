//! notify: which letter, to whom, was it sent?
//!
//! Wakes on facts, ours and AWS's own: runs that ended, steps that failed, versions, promotions, drift. It reads what
//! the work bucket says about the fact, writes markers of letters, and publishes to the project's topic.

mod letters_due;
mod observe;
mod pace;
mod post;
mod runs;
mod versions;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use windsock_decisions::{
    Plan, Project, Reason,
    letters::{Context, Place},
    notify::{self, Action, Observed, Wish},
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_s3::Store;
use windsock_effects_sns::Sns;
use windsock_events::Event;

use observe::Subject;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub store: Store,
    pub sns: Sns,
    /// Names this process in claims, so that a lost answer to our own write is not taken for somebody else's.
    pub instance: String,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        // One log stream per process: nobody else has it, and a process handles one event at a time.
        let instance = std::env::var("AWS_LAMBDA_LOG_STREAM_NAME")
            .ok()
            .filter(|name| !name.is_empty());
        let instance = instance.unwrap_or_else(|| format!("process {}", std::process::id()));
        Self::with(config, &aws_config().await, &instance)
    }

    pub fn with(config: Config, aws: &aws_config::SdkConfig, instance: &str) -> Self {
        let store = Store::new(aws, &config.work_bucket);
        Self {
            config,
            store,
            sns: Sns::new(aws),
            instance: instance.to_owned(),
        }
    }

    fn place(&self) -> Place {
        let config = &self.config;
        Place {
            name_prefix: config.name_prefix.clone(),
            account: config.account.clone(),
            region: config.region.clone(),
            partition: config.partition.clone(),
            data_bucket: config.data_bucket.clone(),
            work_bucket: config.work_bucket.clone(),
        }
    }
}

pub async fn handle(aws: &Aws, event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let parsed = Event::from_value(&event).context("read the event")?;
    let subject = observe::subject(aws, &parsed);
    let (project, plan) = match &subject {
        Some((project, subject)) => {
            let plan = plan(aws, project, subject, &event, now).await;
            let plan = plan.with_context(|| format!("observe what {subject} of {project} is about"))?;
            (project.clone(), plan)
        }
        None => ("-".to_owned(), Plan::StandDown(Reason::NotOurs)),
    };
    log_plan("notify", &project, &plan);
    post::perform(aws, &project, &plan, now).await?;
    if let Some((_, Subject::RunEnded(pipeline, run))) = &subject {
        runs::mark_heard(aws, &project, *pipeline, run, &plan, now).await?;
    }
    Ok(plans(&[(project, plan)]))
}

async fn plan(
    aws: &Aws,
    project: &str,
    subject: &Subject,
    event: &Value,
    now: Timestamp,
) -> anyhow::Result<Plan<Action>> {
    let Some(known) = observe::project(aws, project).await? else {
        return Ok(Plan::StandDown(Reason::UnknownProject));
    };
    let wishes = match wishes(aws, &known, subject, event, now).await? {
        Ok(wishes) => wishes,
        Err(reason) => return Ok(Plan::StandDown(reason)),
    };
    let room = match wishes.is_empty() {
        true => 0,
        false => pace::read(aws, project).await?.0.room(pace::sender(aws, now)),
    };
    Ok(notify::decide(&Observed { now, wishes, room }))
}

async fn wishes(
    aws: &Aws,
    project: &Project,
    subject: &Subject,
    event: &Value,
    now: Timestamp,
) -> anyhow::Result<Result<Vec<Wish>, Reason>> {
    let place = aws.place();
    let context = Context { project, place: &place };
    if let Subject::LettersDue = subject {
        let wishes = letters_due::wishes(aws, context).await?;
        return Ok(if wishes.is_empty() {
            Err(Reason::AllWell)
        } else {
            Ok(wishes)
        });
    }
    let abouts = match observe::abouts(aws, project, subject, event, now).await? {
        Ok(abouts) => abouts,
        Err(reason) => return Ok(Err(reason)),
    };
    if abouts.is_empty() {
        return Ok(Err(Reason::AllWell));
    }
    let mut wishes = Vec::new();
    for about in &abouts {
        let (letters, wait_for_more) = notify::letters(context, about);
        for letter in letters {
            let marker = post::marker(aws, &project.project, &letter.marker()).await?;
            wishes.push(Wish {
                letter,
                marker,
                wait_for_more,
                covers: Vec::new(),
            });
        }
    }
    Ok(Ok(wishes))
}
