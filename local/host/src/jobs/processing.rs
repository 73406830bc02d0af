//! Processing jobs: any program with files in and files out.

use serde_json::Value;
use windsock_world::JobOutcome;

use super::{
    Ended,
    containers::{Container, check_exit},
};

pub(super) async fn run(container: Container) -> Ended<JobOutcome> {
    let dir = container.prepare().await?;
    dir.write_json("/opt/ml/config/processingjobconfig.json", &configuration(&container))?;
    dir.write_json("/opt/ml/config/resourceconfig.json", &container.resources())?;
    let code = container.run(&dir, &[]).await?;
    let message = dir.message()?;
    // A program made for training says it in `failure`; its sentence is worth as much.
    check_exit(code, message.clone().or_else(|| dir.failure()))?;
    container.upload(&dir).await?;
    container.clean_up(&dir);
    Ok(JobOutcome::Completed {
        message,
        metrics: std::collections::BTreeMap::new(),
    })
}

/// The request, and the ARN that it has become.
fn configuration(container: &Container) -> Value {
    let mut configuration = container.job.request.clone();
    if let Some(members) = configuration.as_object_mut() {
        members.insert("ProcessingJobArn".into(), container.job.arn.clone().into());
        members
            .entry("ProcessingJobName")
            .or_insert_with(|| container.job.id.clone().into());
    }
    configuration
}
