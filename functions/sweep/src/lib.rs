//! sweep: what should have happened and did not?
//!
//! Wakes every 15 minutes, and sends the hint that was lost. It reads S3 first, and SageMaker only for projects whose
//! bucket shows that there is a version to look at.

mod observe;

use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::Value;
use tracing::info;
use windsock_decisions::{
    Plan, Project, Reason, layout,
    sweep::{self, Action, Row, Standing},
};
use windsock_effects::{Config, aws_config, log_plan, plans};
use windsock_effects_cloudwatch::{CloudWatch, Metric};
use windsock_effects_eventbridge::EventBridge;
use windsock_effects_s3::Store;
use windsock_effects_sagemaker::SageMaker;
use windsock_events::Fact;

/// Projects that one platform holds; beyond it the sweep says so instead of passing some over in silence.
const PROJECTS_MAX: usize = 10_000;

#[derive(Debug, Clone)]
pub struct Aws {
    pub config: Config,
    pub work: Store,
    pub data: Store,
    pub sagemaker: SageMaker,
    pub cloudwatch: CloudWatch,
    pub bus: EventBridge,
}

impl Aws {
    pub async fn new(config: Config) -> Self {
        Self::with(config, &aws_config().await)
    }

    pub fn with(config: Config, aws: &SdkConfig) -> Self {
        let (work, data) = (
            Store::new(aws, &config.work_bucket),
            Store::new(aws, &config.data_bucket),
        );
        let (sagemaker, cloudwatch) = (SageMaker::new(aws), CloudWatch::new(aws));
        Self {
            config,
            work,
            data,
            sagemaker,
            cloudwatch,
            bus: EventBridge::new(aws),
        }
    }
}

/// One project that cannot be looked at does not keep the others from being swept: it is an error at the end.
pub async fn handle(aws: &Aws, _event: Value, now: Timestamp) -> anyhow::Result<Value> {
    let mut told = Vec::new();
    let mut failures = Vec::new();
    let mut standing = Standing::default();
    for key in projects(aws).await? {
        // One project that cannot be looked at keeps no other waiting.
        match sweep_one(aws, &key, now).await {
            Ok(Some((name, plan, its))) => {
                told.push((name, plan));
                standing = standing.and(its);
            }
            Ok(None) => {}
            Err(error) => failures.push(format!("{key}: {error:#}")),
        }
    }
    put_standing(aws, standing).await?;
    anyhow::ensure!(failures.is_empty(), "sweep could not look at: {}", failures.join("; "));
    Ok(plans(&told))
}

/// Always, zero included: figures that stop coming say that the sweep has stopped.
async fn put_standing(aws: &Aws, standing: Standing) -> anyhow::Result<()> {
    let metric = |name: &str, value: f64, unit: &str| Metric {
        name: name.to_owned(),
        dimensions: vec![("Platform".to_owned(), aws.config.name_prefix.clone())],
        value,
        unit: unit.to_owned(),
    };
    let (approvals, age_s) = (standing.approvals as f64, standing.oldest_arrival_s as f64);
    let metrics = [
        metric(layout::APPROVALS_WAITING, approvals, "Count"),
        metric(layout::OLDEST_ARRIVAL_AGE, age_s, "Seconds"),
    ];
    aws.cloudwatch.put_metrics(layout::NAMESPACE, &metrics).await
}

/// None when the project is gone meanwhile.
async fn sweep_one(aws: &Aws, key: &str, now: Timestamp) -> anyhow::Result<Option<(String, Plan<Action>, Standing)>> {
    let Some((project, _)) = aws.work.get_json::<Project>(key).await? else {
        return Ok(None);
    };
    let name = project.project.clone();
    if expired(&project, now) {
        let plan = Plan::StandDown(Reason::ProjectExpired);
        log_plan("sweep", &name, &plan);
        log_standing(&name, &Row::expired(&project));
        return Ok(Some((name, plan, Standing::default())));
    }
    let observed = observe::observe(aws, project, now).await?;
    let plan = sweep::decide(&observed);
    log_plan("sweep", &name, &plan);
    if let Plan::Act(actions) = &plan {
        let facts: Vec<Fact> = actions.iter().map(|Action::Say(fact)| fact.clone()).collect();
        aws.bus.say(&facts).await?;
    }
    log_standing(&name, &observed.row());
    Ok(Some((name, plan, observed.standing())))
}

/// A row of the dashboard's first table. Told again every quarter of an hour, so that what happened long ago is still
/// shown, and what a function had no time to tell is.
fn log_standing(project: &str, row: &Row) {
    let Row { champion, drift, .. } = row;
    info!(
        event = "standing",
        function = "sweep",
        project,
        champion,
        since = row.since,
        metrics = row.metrics,
        gain = row.gain,
        approvals = row.approvals,
        arrivals = row.arrivals,
        drift,
        "sweep: the champion of {project} is {champion}, drift: {drift}"
    );
}

/// The keys of what is known of each project.
async fn projects(aws: &Aws) -> anyhow::Result<Vec<String>> {
    let listing = aws.work.list(layout::PROJECTS, 2 * PROJECTS_MAX).await?;
    anyhow::ensure!(
        !listing.more,
        "more than {PROJECTS_MAX} projects under {}",
        layout::PROJECTS
    );
    let keys = listing.objects.into_iter().map(|object| object.key);
    Ok(keys.filter(|key| key.ends_with(".json")).collect())
}

fn expired(project: &Project, now: Timestamp) -> bool {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    project
        .expires
        .as_deref()
        .and_then(|day| day.parse::<jiff::civil::Date>().ok())
        .is_some_and(|day| day < today)
}
