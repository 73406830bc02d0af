//! Every letter whole, as its reader sees it, and what hostile text does to none of them.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::Timestamp;
use windsock_events::facts::{PipelineKind, PromotionReason};

use super::*;
use crate::state::{
    ChampionEvaluation, ChampionVersion, DriftReport, Evaluation, FORMAT, FeatureDrift, Incident, IncidentAnswer,
    Prepared, Rejection, Rejections, Verdict,
};

mod failures;
mod hostile;
mod more;
mod people;

pub(super) fn project() -> Project {
    Project::from_yaml(
        "project: flight-delay\ndata: { label: late }\nletters: { managers: [m@example.com], approvers: \
         [a@example.com], engineers: [e@example.com] }\n",
    )
    .unwrap()
}

pub(super) fn place() -> Place {
    Place {
        name_prefix: "windsock".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        partition: "aws".into(),
        data_bucket: "windsock-data-111122223333-us-east-1".into(),
        work_bucket: "windsock-work-111122223333-us-east-1".into(),
    }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn champion(version: u32) -> ChampionVersion {
    ChampionVersion {
        version,
        model_package_arn: place().version_arn("flight-delay", version),
        model_data_url: "s3://work/model.tar.gz".into(),
        slot: "a1".repeat(32),
    }
}

pub(super) fn evaluation(accepted: f64) -> Evaluation {
    let metrics = |auc: f64, logloss: f64| BTreeMap::from([("auc".to_owned(), auc), ("logloss".to_owned(), logloss)]);
    Evaluation {
        format: FORMAT,
        metric: "auc".into(),
        rows: 12_345,
        metrics: metrics(0.8123, 0.4321),
        champion: Some(ChampionEvaluation {
            version: 1,
            metrics: metrics(0.7991, 0.4502),
            gain: 0.0132,
            gain_low: 0.0044,
            gain_high: 0.0219,
        }),
        must_beat_champion_by: 0.0,
        accepted,
        approval_status: "PendingManualApproval".into(),
        verdict: "The challenger wins: auc 0.8123 against 0.7991 of the champion (version 1) on 12345 held-out rows"
            .into(),
    }
}

pub(super) fn incident(answer: IncidentAnswer) -> Incident {
    let feature = |feature: &str, distance: f64, furthest_at: &str| FeatureDrift {
        feature: feature.into(),
        distance,
        threshold: 0.1,
        method: "robust".into(),
        n: 6480,
        m: 2160,
        violated: true,
        furthest_at: Some(furthest_at.into()),
    };
    Incident {
        format: FORMAT,
        id: "20130401T060000Z".into(),
        project: "flight-delay".into(),
        opened_at: at("2013-04-01T06:00:00Z"),
        closed_at: Some(at("2013-04-09T06:01:00Z")),
        announced_at: None,
        report_slot: Some("b2".repeat(32)),
        score: Some(4.4),
        features: vec![feature("humidity", 0.2204, "61.5"), feature("temp", 0.4411, "55.04")],
        answer,
    }
}

/// The letters, whole.
pub(super) fn whole(letters: &[Letter]) -> String {
    let whole = |letter: &Letter| {
        format!(
            "To: {}\nSubject: {}\n\n{}",
            letter.audience.name(),
            letter.subject,
            letter.body
        )
    };
    letters.iter().map(whole).collect::<Vec<_>>().join("-----\n")
}

pub(super) fn check(write: impl Fn(Context) -> Vec<Letter>, expect: Expect) {
    let (project, place) = (project(), place());
    let letters = write(Context {
        project: &project,
        place: &place,
    });
    sound(&letters);
    expect.assert_eq(&whole(&letters));
}

/// What is true of every letter, whatever its facts.
pub(super) fn sound(letters: &[Letter]) {
    for letter in letters {
        let subject = &letter.subject;
        assert!(subject.len() <= SUBJECT_CHARS_MAX, "{subject}");
        assert!(subject.bytes().all(|b| (0x20..0x7f).contains(&b)), "{subject}");
        assert!(subject.starts_with(|c: char| c.is_ascii_alphanumeric()), "{subject}");
        assert!(
            subject.ends_with(&format!(" [fact-{}]", &letter.fact_id[..8])),
            "{subject}"
        );
        assert!(letter.fact_id.len() == 64 && letter.body.ends_with('\n'));
        assert!(!letter.body.contains("\n\n\n"), "{}", letter.body);
        for line in letter.body.lines() {
            let kept = line.starts_with("  ");
            assert!(kept || line.chars().count() <= template::COLUMNS, "{line}");
            assert!(!line.chars().any(|c| c.is_control()), "{line:?}");
            assert!(!line.starts_with("Subject:") && !line.starts_with("From "), "{line}");
        }
    }
}

#[test]
fn approval_wanted() {
    let wanted = ApprovalWanted {
        version: 2,
        arn: place().version_arn("flight-delay", 2),
        evaluation: Some(evaluation(1.0)),
        champion: Some(champion(1)),
    };
    check(
        |context| context.approval_wanted(&wanted),
        expect![[r#"
            To: approvers
            Subject: flight-delay: version 2 waits for your approval [fact-e3582057]

            Version 2 of flight-delay is trained and registered, and waits for a
            person to decide. Nothing uses it before somebody approves it.

            Both models scored the same 12,345 rows, which neither of them has learned
            from. On auc the new model gains +0.0132 (90 % interval +0.0044 to
            +0.0219).

              metric   version 2  champion (version 1)
              auc      0.8123     0.7991
              logloss  0.4321     0.4502

              > The challenger wins: auc 0.8123 against 0.7991 of the champion
              > (version 1) on 12345 held-out rows

            Open it in the SageMaker console:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2

            Or decide in a terminal; with Rejected in place of Approved it will never
            be used:

              aws sagemaker update-model-package --region us-east-1 \
                --model-package-arn arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2 \
                --model-approval-status Approved

            As long as nobody decides, version 1 stays the champion and scores what
            arrives. A reminder comes every 24 hours.
        "#]],
    );
}

#[test]
fn the_first_version_has_nothing_to_be_compared_with() {
    let wanted = ApprovalWanted {
        version: 1,
        arn: place().version_arn("flight-delay", 1),
        evaluation: Some(Evaluation {
            champion: None,
            verdict: String::new(),
            ..evaluation(1.0)
        }),
        champion: None,
    };
    check(
        |context| context.approval_wanted(&wanted),
        expect![[r#"
            To: approvers
            Subject: flight-delay: version 1 waits for your approval [fact-d5da3412]

            Version 1 of flight-delay is trained and registered, and waits for a
            person to decide. Nothing uses it before somebody approves it.

            It scored 12,345 rows that it has not learned from. There is no champion
            to compare it with.

              metric   version 1
              auc      0.8123
              logloss  0.4321

            Open it in the SageMaker console:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/1

            Or decide in a terminal; with Rejected in place of Approved it will never
            be used:

              aws sagemaker update-model-package --region us-east-1 \
                --model-package-arn arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/1 \
                --model-approval-status Approved

            As long as nobody decides, there is no champion, and what arrives is kept
            but not scored. A reminder comes every 24 hours.
        "#]],
    );
}

#[test]
fn approval_reminder() {
    let reminder = ApprovalReminder {
        version: 2,
        waiting_h: 48,
        champion: None,
    };
    check(
        |context| context.approval_reminder(&reminder),
        expect![[r#"
            To: approvers
            Subject: flight-delay: version 2 has waited 48 hours for approval [fact-b2b56055]

            Version 2 of flight-delay was registered 48 hours ago and nobody has
            decided about it. Meanwhile there is no champion, and what arrives is kept
            but not scored.

            Open it in the SageMaker console:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2

            Or decide in a terminal; with Rejected in place of Approved it will never
            be used:

              aws sagemaker update-model-package --region us-east-1 \
                --model-package-arn arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2 \
                --model-approval-status Approved

            The next reminder comes in 24 hours.
        "#]],
    );
}

#[test]
fn promoted() {
    let promoted = Promoted {
        version: 2,
        previous: Some(1),
        reason: PromotionReason::Approved,
        since: Some(at("2013-04-08T09:30:00Z")),
        evaluation: Some(evaluation(1.0)),
    };
    check(
        |context| context.promoted(&promoted),
        expect![[r#"
            To: managers
            Subject: flight-delay: version 2 is the new champion [fact-08974a9b]

            Version 2 of flight-delay was approved and is the champion since
            2013-04-08 09:30 UTC. It takes the place of version 1.

              metric   version 2  champion (version 1)
              auc      0.8123     0.7991
              logloss  0.4321     0.4502

            We have asked for inference with it: the newest batch is scored again, and
            everything new.

            If this was a mistake, reject the version. The approved version before it
            then takes its place:

              aws sagemaker update-model-package --region us-east-1 \
                --model-package-arn arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/2 \
                --model-approval-status Rejected
        "#]],
    );
}

#[test]
fn rolled_back() {
    let promoted = Promoted {
        version: 1,
        previous: Some(2),
        reason: PromotionReason::PredecessorRejected,
        since: Some(at("2013-04-08T10:30:00Z")),
        evaluation: None,
    };
    check(
        |context| context.promoted(&promoted),
        expect![[r#"
            To: managers
            Subject: flight-delay: back to version 1 [fact-fbbd0fa0]

            Version 2 was rejected. Version 1 of flight-delay, which was approved
            before, is the champion again since 2013-04-08 10:30 UTC.

            Inference uses version 1 from now on. Predictions that were already made
            stay where they are; each run's folder names the version that made it.

            You need not do anything. To change it again, approve or reject versions
            in the model registry:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/1
        "#]],
    );
}

#[test]
fn rejected() {
    let arn = place().version_arn("flight-delay", 3);
    let rejected = Rejected {
        version: 3,
        arn,
        champion: Some(champion(2)),
    };
    check(
        |context| context.rejected(&rejected),
        expect![[r#"
            To: managers
            Subject: flight-delay: version 3 was rejected [fact-ad2f13d0]

            Version 3 of flight-delay was rejected in the model registry. It will not
            become champion.

            Version 2 is the champion.

            You need not do anything. If it was a mistake, approve the version:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/3
        "#]],
    );
}

#[test]
fn champion_withdrawn() {
    let withdrawn = ChampionWithdrawn {
        version: 1,
        since: Some(at("2013-04-08T10:30:00Z")),
    };
    check(
        |context| context.champion_withdrawn(&withdrawn),
        expect![[r#"
            To: managers
            Subject: flight-delay: no champion, inference has stopped [fact-0acac8c1]

            Version 1 of flight-delay, the champion, was rejected, and there is no
            other approved version that could take its place.

            We have stopped inference: new input is kept, and is scored as soon as
            there is a champion. Training goes on as before.

            To start again, approve a version in the model registry:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/1
            -----
            To: engineers
            Subject: flight-delay: no champion, inference has stopped [fact-0acac8c1]

            Version 1 of flight-delay, the champion, was rejected, and there is no
            other approved version that could take its place.

            We have stopped inference: new input is kept, and is scored as soon as
            there is a champion. Training goes on as before.

            To start again, approve a version in the model registry:

              https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/model-packages/arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-flight-delay/1
        "#]],
    );
}

#[test]
fn drift_found_and_training_asked_for() {
    let found = DriftFound {
        incident: incident(IncidentAnswer::Retrain),
    };
    check(
        |context| context.drift_found(&found),
        expect![[r#"
            To: managers
            Subject: flight-delay: the input has drifted on 2 columns [fact-79cb5883]

            The newest input of flight-delay no longer looks like the data that its
            champion learned from. This was found on 2013-04-01 06:00 UTC, on 2,160
            rows against 6,480 rows of the baseline.

              column    distance  threshold  furthest at
              temp      0.4411    0.1000     55.04
              humidity  0.2204    0.1000     61.5

            A distance is the largest gap between the two distributions, from 0 to 1;
            beyond the threshold it is drift.

            We have asked for a training run on the newest data. If its model beats
            the champion, a letter says so.

            You need not do anything.

            The whole report:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2/monitor/drift.json
        "#]],
    );
}

#[test]
fn drift_found_and_training_refused() {
    let mut told = String::new();
    for reason in [
        "nothing-to-learn-from",
        "cooling-down",
        "drift-not-in-triggers",
        "something-new",
    ] {
        let found = DriftFound {
            incident: incident(IncidentAnswer::Refused { reason: reason.into() }),
        };
        let (project, place) = (project(), place());
        let letters = Context {
            project: &project,
            place: &place,
        }
        .drift_found(&found);
        sound(&letters);
        let answer = letters[0]
            .body
            .lines()
            .skip_while(|line| !line.starts_with("We have"))
            .take(6);
        told.push_str(&format!(
            "{reason}\n{}\n\n",
            answer.collect::<Vec<_>>().join("\n").trim_end()
        ));
    }
    expect![[r#"
        nothing-to-learn-from
        We have not started a training run: there is no training data that no run
        has learned from yet.

        Upload training data that looks like the new input under
        s3://windsock-data-111122223333-us-east-1/training/flight-delay/ and
        training starts by itself.

        cooling-down
        We have not started a training run: drift asked for a run less than 1d
        ago.

        You need not do anything: when 1d are over, drift that is still there asks
        again.

        drift-not-in-triggers
        We have not started a training run: the project does not train on drift.

        To change that, add `drift` to training.on in project.yaml and apply it.

        The whole report:

        something-new
        We have not started a training run: something new.

        Upload training data that looks like the new input under
        s3://windsock-data-111122223333-us-east-1/training/flight-delay/ and
        training starts by itself.

    "#]]
    .assert_eq(&told);
}

#[test]
fn drift_over() {
    let over = DriftOver {
        incident: incident(IncidentAnswer::Retrain),
        champion: Some(2),
    };
    check(
        |context| context.drift_over(&over),
        expect![[r#"
        To: managers
        Subject: flight-delay: the input is well again [fact-5223fae3]

        The drift of flight-delay that began on 2013-04-01 06:00 UTC is over since
        2013-04-09 06:01 UTC: the newest input is within the thresholds again.

          column    distance  threshold  furthest at
          temp      0.4411    0.1000     55.04
          humidity  0.2204    0.1000     61.5

        Version 2 is the champion.

        You need not do anything.
    "#]],
    );
}
