//! Whether the challenger is accepted: by how much it beats the champion, and whether that may be luck.

use anyhow::{Context, Result, bail};
use windsock_decisions::project::Direction;
use windsock_decisions::state::{ChampionEvaluation, Evaluation, FORMAT, Manifest};

use super::bootstrap::Resamples;
use super::verdict;
use crate::learn::metrics::Scored;

/// The champion's side of the comparison.
pub fn compare(
    manifest: &Manifest,
    ours: &Scored,
    version: u32,
    theirs: &Scored,
    resamples: &Resamples,
) -> Result<ChampionEvaluation> {
    let objective = &manifest.project.training.objective;
    let sign = match objective.direction {
        Direction::Maximize => 1.0,
        Direction::Minimize => -1.0,
    };
    let (metrics, our_metrics) = (theirs.all(), ours.all());
    let observed = our_metrics.get(&objective.metric).zip(metrics.get(&objective.metric));
    let gain = observed
        .and_then(|(ours, theirs)| resamples.gain(&objective.metric, sign, sign * (ours - theirs)))
        .context("the gain over the champion is not defined on this holdout: deliver more rows")?;
    Ok(ChampionEvaluation {
        version,
        metrics,
        gain: gain.observed,
        gain_low: gain.low,
        gain_high: gain.high,
    })
}

/// What the loop reads, still without its sentence.
pub fn judged(manifest: &Manifest, scored: &Scored, champion: Option<ChampionEvaluation>) -> Result<Evaluation> {
    let objective = &manifest.project.training.objective;
    let (metrics, rows) = (scored.all(), scored.labels().len());
    if !metrics.contains_key(&objective.metric) {
        bail!(
            "The metric {} is not defined on the holdout's {rows} rows: for auc both classes must occur; deliver more \
             rows",
            objective.metric
        );
    }
    let accepted = champion
        .as_ref()
        .is_none_or(|champion| champion.gain > objective.must_beat_champion_by && champion.gain_low > 0.0);
    let approval = verdict::approval(&manifest.project.approval, &metrics);
    Ok(Evaluation {
        format: FORMAT,
        metric: objective.metric.clone(),
        rows: rows as u64,
        metrics,
        champion,
        must_beat_champion_by: objective.must_beat_champion_by,
        accepted: f64::from(accepted),
        approval_status: approval.into(),
        verdict: String::new(),
    })
}
