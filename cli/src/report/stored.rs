//! What lies in S3 and in the registry: manifests, evaluations, predictions, drift reports, the champion's chain.

use windsock_decisions::{
    layout,
    state::{ChampionRecord, DriftReport, Evaluation, Manifest, Prepared},
};
use windsock_events::facts::PipelineKind;

use super::{Champion, Drift, Inference, Report};
use windsock_deployment::Deployed;

/// Fill in, for one project, what the journal does not tell.
pub async fn add_stored(report: &mut Report, deployed: &Deployed, project: &str) -> anyhow::Result<()> {
    for index in 0..report.runs.len() {
        add_run(report, index, deployed, project).await?;
    }
    add_metrics(report, deployed, project).await?;
    add_champions(report, deployed, project).await
}

async fn add_run(report: &mut Report, index: usize, deployed: &Deployed, project: &str) -> anyhow::Result<()> {
    let run = &report.runs[index];
    let Some((owner, kind)) = layout::parse_pipeline(&deployed.name_prefix, &run.pipeline) else {
        return Ok(());
    };
    let Some(slot) = run.slot.clone().filter(|_| owner == project) else {
        return Ok(());
    };
    let manifest = deployed
        .work
        .get_json::<Manifest>(&layout::manifest(kind, project, &slot))
        .await?;
    let Some((manifest, _)) = manifest else { return Ok(()) };
    let run = &mut report.runs[index];
    run.cause = serde_json::to_value(manifest.cause)?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    run.objects = manifest
        .reads
        .iter()
        .map(|arrival| format!("s3://{}/{}", manifest.data_bucket, arrival.key))
        .collect();
    run.objects.sort();
    if kind == PipelineKind::Inference && run.status == "Succeeded" {
        add_inference(report, deployed, &manifest, project, &slot).await?;
        add_drift(report, deployed, project, &slot).await?;
    }
    Ok(())
}

async fn add_inference(
    report: &mut Report,
    deployed: &Deployed,
    manifest: &Manifest,
    project: &str,
    slot: &str,
) -> anyhow::Result<()> {
    let prepared = format!("{}prepare/report/prepared.json", layout::jobs(project, slot));
    let Some((prepared, _)) = deployed.work.get_json::<Prepared>(&prepared).await? else {
        return Ok(());
    };
    for input in prepared.inputs {
        let output = format!("{}predictions/{}.out", layout::jobs(project, slot), input.file);
        // Counted in the predictions themselves: what Prepare meant to have scored proves nothing.
        let Some(predictions) = deployed.work.get_bytes(&output).await? else {
            continue;
        };
        report.inference.push(Inference {
            input: format!("s3://{}/{}", manifest.data_bucket, input.key),
            rows: predictions.iter().filter(|&&byte| byte == b'\n').count() as u64,
            output: format!("s3://{}/{output}", manifest.work_bucket),
            champion: manifest.champion.as_ref().map_or(0, |champion| champion.version),
        });
    }
    Ok(())
}

async fn add_drift(report: &mut Report, deployed: &Deployed, project: &str, slot: &str) -> anyhow::Result<()> {
    let key = layout::drift_report(project, slot);
    let Some((drift, _)) = deployed.work.get_json::<DriftReport>(&key).await? else {
        return Ok(());
    };
    let uri = format!("s3://{}/{key}", deployed.work_bucket);
    report.drift.extend(drift.features.into_iter().map(|feature| Drift {
        report: uri.clone(),
        feature: feature.feature,
        distance: feature.distance,
        threshold: feature.threshold,
        violated: feature.violated,
    }));
    Ok(())
}

async fn add_metrics(report: &mut Report, deployed: &Deployed, project: &str) -> anyhow::Result<()> {
    for package in &mut report.model_packages {
        let Some(detail) = deployed.sagemaker.describe_version(&package.arn).await? else {
            continue;
        };
        let Some(slot) = detail.slot else { continue };
        if let Some((evaluation, _)) = deployed
            .work
            .get_json::<Evaluation>(&layout::evaluation(project, &slot))
            .await?
        {
            package.metrics = evaluation.metrics;
        }
    }
    Ok(())
}

async fn add_champions(report: &mut Report, deployed: &Deployed, project: &str) -> anyhow::Result<()> {
    let Some((record, _)) = deployed
        .work
        .get_json::<ChampionRecord>(&layout::champion(project))
        .await?
    else {
        return Ok(());
    };
    let name = |reason| {
        serde_json::to_value(reason)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
    };
    for past in &record.history {
        let reason = name(past.reason).unwrap_or_default();
        report.champions.push(Champion {
            version: past.version,
            at: past.since.to_string(),
            reason,
        });
    }
    if let Some(champion) = &record.champion {
        let reason = name(record.reason).unwrap_or_default();
        report.champions.push(Champion {
            version: champion.version,
            at: record.since.to_string(),
            reason,
        });
    }
    Ok(())
}
