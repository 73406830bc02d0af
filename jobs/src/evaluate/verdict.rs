//! What an evaluation means: the approval status that the project's rule gives, and the sentence that a person reads.

use std::collections::BTreeMap;

use windsock_decisions::project::{Approval, Rule};
use windsock_decisions::state::{ChampionEvaluation, Evaluation, Resampled, ResampledBy};

use crate::common::values::named;

/// `Approved` only when every automatic rule holds; a metric that is not there does not hold.
pub fn approval(approval: &Approval, metrics: &BTreeMap<String, f64>) -> &'static str {
    let holds = |rule: &Rule, value: f64| match rule {
        Rule::AtLeast(bound) => value >= *bound,
        Rule::AtMost(bound) => value <= *bound,
        Rule::Above(bound) => value > *bound,
        Rule::Below(bound) => value < *bound,
    };
    match approval {
        Approval::Automatic(rules)
            if !rules.is_empty()
                && rules
                    .iter()
                    .all(|(metric, rule)| metrics.get(metric).is_some_and(|value| holds(rule, *value))) =>
        {
            "Approved"
        }
        _ => "PendingManualApproval",
    }
}

/// What the champion could not know when it is judged with the challenger.
#[derive(Debug, Default)]
pub struct Unknown {
    /// Features that it was trained on and today's rows no longer have.
    pub features: Vec<String>,
    /// Classes of today's rows.
    pub classes: Vec<String>,
}

pub fn sentence(evaluation: &Evaluation, resampled: &Resampled, unknown: &Unknown) -> String {
    let metric = &evaluation.metric;
    let rows = evaluation.rows;
    let ours = evaluation.metrics.get(metric).copied().unwrap_or(f64::NAN);
    let Some(champion) = &evaluation.champion else {
        return format!("There is no champion to beat: {metric} {ours:.4} on {rows} held-out rows");
    };
    let theirs = champion.metrics.get(metric).copied().unwrap_or(f64::NAN);
    let compared = format!(
        "{metric} {ours:.4} against {theirs:.4} of the champion (version {}) on {rows} held-out rows",
        champion.version
    );
    let mut sentence = format!(
        "{}: {compared}, {}",
        result(evaluation),
        because(evaluation, champion, resampled)
    );
    let names = |names: &[String]| named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    if !unknown.features.is_empty() {
        sentence.push_str(&format!(
            "; the champion had to do without {}, which today's rows lack",
            names(&unknown.features)
        ));
    }
    if !unknown.classes.is_empty() {
        sentence.push_str(&format!("; the champion never heard of {}", names(&unknown.classes)));
    }
    sentence
}

fn result(evaluation: &Evaluation) -> &'static str {
    match evaluation.accepted >= 1.0 {
        true => "The challenger wins",
        false => "The challenger loses",
    }
}

fn because(evaluation: &Evaluation, champion: &ChampionEvaluation, resampled: &Resampled) -> String {
    let ChampionEvaluation {
        gain,
        gain_low,
        gain_high,
        ..
    } = champion;
    let of = match (resampled.by, resampled.too_few_blocks) {
        (ResampledBy::TimeBlock, _) => format!(" of {} time blocks", resampled.units),
        (ResampledBy::Row, Some(blocks)) => format!(" of rows, as {blocks} time blocks are too few,"),
        (ResampledBy::Row, None) => String::new(),
    };
    let range = format!("a gain of {gain:+.4} (90 % of resamples{of} between {gain_low:+.4} and {gain_high:+.4})");
    let wanted = evaluation.must_beat_champion_by;
    if evaluation.accepted >= 1.0 {
        range
    } else if *gain <= wanted {
        format!("{range} where more than {wanted} is asked for")
    } else {
        format!("{range}, which may be luck")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn evaluation(gain: f64, low: f64, accepted: f64) -> Evaluation {
        let champion = ChampionEvaluation {
            version: 1,
            metrics: BTreeMap::from([("auc".into(), 0.7)]),
            gain,
            gain_low: low,
            gain_high: gain + 0.01,
        };
        Evaluation {
            format: 1,
            metric: "auc".into(),
            rows: 800,
            metrics: BTreeMap::from([("auc".into(), 0.7 + gain)]),
            champion: Some(champion),
            must_beat_champion_by: 0.005,
            accepted,
            approval_status: "PendingManualApproval".into(),
            verdict: String::new(),
        }
    }

    fn check(evaluation: &Evaluation, lacking: &[String], expected: Expect) {
        let unknown = Unknown {
            features: lacking.to_vec(),
            classes: vec![],
        };
        expected.assert_eq(&sentence(evaluation, &Resampled::default(), &unknown));
    }

    #[test]
    fn verdicts_say_why() {
        check(
            &evaluation(0.05, 0.03, 1.0),
            &[],
            expect![
                "The challenger wins: auc 0.7500 against 0.7000 of the champion (version 1) on 800 held-out rows, a gain of +0.0500 (90 % of resamples between +0.0300 and +0.0600)"
            ],
        );
        check(
            &evaluation(0.002, 0.001, 0.0),
            &[],
            expect![
                "The challenger loses: auc 0.7020 against 0.7000 of the champion (version 1) on 800 held-out rows, a gain of +0.0020 (90 % of resamples between +0.0010 and +0.0120) where more than 0.005 is asked for"
            ],
        );
        check(
            &evaluation(0.01, -0.01, 0.0),
            &["pressure".into()],
            expect![
                "The challenger loses: auc 0.7100 against 0.7000 of the champion (version 1) on 800 held-out rows, a gain of +0.0100 (90 % of resamples between -0.0100 and +0.0200), which may be luck; the champion had to do without `pressure`, which today's rows lack"
            ],
        );
        let first = Evaluation {
            champion: None,
            ..evaluation(0.05, 0.0, 1.0)
        };
        check(
            &first,
            &[],
            expect!["There is no champion to beat: auc 0.7500 on 800 held-out rows"],
        );
    }

    #[test]
    fn blocks_and_classes_that_the_champion_never_heard_of_are_named() {
        let resampled = Resampled {
            by: ResampledBy::TimeBlock,
            units: 23,
            too_few_blocks: None,
        };
        let unknown = Unknown {
            features: vec![],
            classes: vec!["fog".into()],
        };
        expect![[r#"The challenger wins: auc 0.7500 against 0.7000 of the champion (version 1) on 800 held-out rows, a gain of +0.0500 (90 % of resamples of 23 time blocks between +0.0300 and +0.0600); the champion never heard of `fog`"#]]
            .assert_eq(&sentence(&evaluation(0.05, 0.03, 1.0), &resampled, &unknown));
        let by_row = Resampled {
            too_few_blocks: Some(4),
            ..Resampled::default()
        };
        let said = sentence(&evaluation(0.05, 0.03, 1.0), &by_row, &Unknown::default());
        assert!(
            said.contains("90 % of resamples of rows, as 4 time blocks are too few, between"),
            "{said}"
        );
    }

    #[test]
    fn only_rules_that_all_hold_approve() {
        let metrics = BTreeMap::from([("auc".to_string(), 0.8), ("logloss".to_string(), 0.4)]);
        let rules = |rules: &[(&str, Rule)]| {
            Approval::Automatic(rules.iter().map(|(name, rule)| (name.to_string(), *rule)).collect())
        };
        assert_eq!(approval(&Approval::Manual, &metrics), "PendingManualApproval");
        assert_eq!(
            approval(
                &rules(&[("auc", Rule::AtLeast(0.8)), ("logloss", Rule::Below(0.5))]),
                &metrics
            ),
            "Approved"
        );
        assert_eq!(
            approval(&rules(&[("auc", Rule::Above(0.8))]), &metrics),
            "PendingManualApproval"
        );
        assert_eq!(
            approval(&rules(&[("f1", Rule::AtLeast(0.0))]), &metrics),
            "PendingManualApproval"
        );
        assert_eq!(approval(&rules(&[]), &metrics), "PendingManualApproval");
    }
}
