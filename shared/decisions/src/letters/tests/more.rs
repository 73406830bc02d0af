//! Whole letters about runs that ended well and about the project.

use super::*;

pub(super) fn rejected(key: &str, reason: &str) -> FilesRejected {
    let rejection = Rejection {
        key: key.into(),
        etag: "e".into(),
        size: 10,
        reason: reason.into(),
    };
    FilesRejected {
        pipeline: PipelineKind::Training,
        slot: "c3".repeat(32),
        read: 4,
        rejections: Rejections {
            format: FORMAT,
            rejections: vec![rejection],
            rows_quarantined: BTreeMap::from([("the label is empty".to_owned(), 7)]),
            rows_used: 900,
        },
    }
}

#[test]
fn files_rejected() {
    let rejected = rejected(
        "training/flight-delay/2013-02 bad.csv",
        "The header has no column `late`",
    );
    check(
        |context| context.files_rejected(&rejected),
        expect![[r#"
            To: engineers
            Subject: flight-delay: 1 of 4 files could not be used [fact-5e277f42]

            A training run of flight-delay could not use 1 of the 4 files it was
            given. It set them aside and went on with the rest, so nothing waits for
            them.

              > training/flight-delay/2013-02 bad.csv: The header has no column `late`

            Of the files it used, it left out 7 rows that it could not read.

            To have them used, put them right and upload them again under their old
            names or new ones. Each counts as new data.

              s3://windsock-data-111122223333-us-east-1/training/flight-delay/

            The whole list:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3/preprocess/report/rejections.json
            -----
            To: managers
            Subject: flight-delay: 1 of 4 files could not be used [fact-5e277f42]

            A training run of flight-delay could not use 1 of the 4 files it was
            given. It set them aside and went on with the rest, so nothing waits for
            them.

              > training/flight-delay/2013-02 bad.csv: The header has no column `late`

            Of the files it used, it left out 7 rows that it could not read.

            To have them used, put them right and upload them again under their old
            names or new ones. Each counts as new data.

              s3://windsock-data-111122223333-us-east-1/training/flight-delay/

            The whole list:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3/preprocess/report/rejections.json
        "#]],
    );
}

#[test]
fn challenger_lost() {
    let lost = ChallengerLost {
        slot: "d4".repeat(32),
        evaluation: Evaluation {
            verdict: "The challenger loses: auc 0.5011 against 0.7991 of the champion".into(),
            ..evaluation(0.0)
        },
        champion: Some(1),
    };
    check(
        |context| context.challenger_lost(&lost),
        expect![[r#"
            To: managers
            Subject: flight-delay: a new model was trained and not taken [fact-52832a83]

            A training run of flight-delay finished, and its model was not good enough
            to be registered.

            Both models scored the same 12,345 rows, which neither of them has learned
            from. On auc the new model gains +0.0132 (90 % interval +0.0044 to
            +0.0219).

              metric   new model  champion (version 1)
              auc      0.8123     0.7991
              logloss  0.4321     0.4502

              > The challenger loses: auc 0.5011 against 0.7991 of the champion

            Version 1 stays the champion. The data it learned from counts as used, so
            the same run is not repeated. The next one comes with new data, drift or
            the schedule, whichever the project asks for.

            You need not do anything. The whole evaluation:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4/evaluate/evaluation.json
        "#]],
    );
}

fn report(verdict: Verdict) -> DriftReport {
    DriftReport {
        format: FORMAT,
        verdict,
        score: 0.4142,
        rows: 720,
        baseline_rows: 6480,
        min_rows: 1000,
        features: incident(IncidentAnswer::Retrain).features,
    }
}

#[test]
fn columns_of_too_few_values_are_not_told_as_too_few_rows() {
    let sparse = DriftReport {
        min_rows: 500,
        ..report(Verdict::TooFewRows)
    };
    assert_eq!(
        crate::letters::drift::said(Some(&sparse)),
        "No column has the 500 values that say whether the input has drifted."
    );
}

fn finished(verdict: Verdict) -> InferenceFinished {
    let mut report = report(verdict);
    report
        .features
        .iter_mut()
        .for_each(|feature| feature.violated = verdict == Verdict::Drift);
    InferenceFinished {
        slot: "e5".repeat(32),
        files: 3,
        version: Some(2),
        prepared: Some(Prepared {
            format: FORMAT,
            model_name: "m".into(),
            rows: 2160,
            files: 3,
            inputs: Vec::new(),
        }),
        report: Some(report),
    }
}

#[test]
fn inference_finished() {
    check(
        |context| context.inference_finished(&finished(Verdict::NoDrift)),
        expect![[r#"
            To: engineers
            Subject: flight-delay: 3 files scored, no drift [fact-38b1f97a]

            An inference run of flight-delay finished: 2,160 rows of 3 files were
            scored with version 2. The input looks like what it learned from: drift
            score 0.4142.

            The predictions:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/predictions/

            The monitor's report:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/monitor/
        "#]],
    );
}

#[test]
fn inference_finished_with_drift() {
    check(
        |context| context.inference_finished(&finished(Verdict::Drift)),
        expect![[r#"
            To: engineers
            Subject: flight-delay: 3 files scored, drift [fact-38b1f97a]

            An inference run of flight-delay finished: 2,160 rows of 3 files were
            scored with version 2. The input has drifted: drift score 0.4142, and
            above 1 is drift.

              column    distance  threshold  furthest at
              temp      0.4411    0.1000     55.04
              humidity  0.2204    0.1000     61.5

            The predictions:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/predictions/

            The monitor's report:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/monitor/
        "#]],
    );
}

#[test]
fn inference_finished_with_too_few_rows() {
    check(
        |context| context.inference_finished(&finished(Verdict::TooFewRows)),
        expect![[r#"
            To: engineers
            Subject: flight-delay: 3 files scored, too few rows to say if it drifts [fact-38b1f97a]

            An inference run of flight-delay finished: 2,160 rows of 3 files were
            scored with version 2. 720 rows are too few to say whether the input has
            drifted; 1000 say it.

            The predictions:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/predictions/

            The monitor's report:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5/monitor/
        "#]],
    );
}

#[test]
fn retired() {
    let what = |prefix: &str| {
        let things = [
            "model windsock-flight-delay-v1",
            "pipeline windsock-flight-delay-training",
        ];
        let what = things.iter().map(|thing| format!("{prefix}{thing}")).collect();
        Retired { what }
    };
    check(
        |context| context.retired(&what("")),
        expect![[r#"
            To: managers
            Subject: flight-delay: cleaned up [fact-e8eb3582]

            flight-delay has expired, and we have removed what it no longer needs:

              model windsock-flight-delay-v1
              pipeline windsock-flight-delay-training

            Data, predictions and reports stay in their buckets.

            The rest of the project is its stack with the schedules, alarm and topic,
            its versions and its data. An operator lists it with the first command and
            removes it with the second, which cannot be undone; `--keep-data` leaves
            the data:

              AWS_REGION=us-east-1 windsock retire flight-delay
              AWS_REGION=us-east-1 windsock retire flight-delay --yes
            -----
            To: engineers
            Subject: flight-delay: cleaned up [fact-e8eb3582]

            flight-delay has expired, and we have removed what it no longer needs:

              model windsock-flight-delay-v1
              pipeline windsock-flight-delay-training

            Data, predictions and reports stay in their buckets.

            The rest of the project is its stack with the schedules, alarm and topic,
            its versions and its data. An operator lists it with the first command and
            removes it with the second, which cannot be undone; `--keep-data` leaves
            the data:

              AWS_REGION=us-east-1 windsock retire flight-delay
              AWS_REGION=us-east-1 windsock retire flight-delay --yes
        "#]],
    );
    check(
        |context| context.retired(&what("tomorrow: ")),
        expect![[r#"
            To: managers
            Subject: flight-delay: is over, cleaning up tomorrow [fact-0dcf94c1]

            flight-delay has expired. Tomorrow we remove what it no longer needs:

              model windsock-flight-delay-v1
              pipeline windsock-flight-delay-training

            Data, predictions and reports stay in their buckets. To keep them, set
            `expires` in project.yaml to a later day and apply it today.

            The rest of the project is its stack with the schedules, alarm and topic,
            its versions and its data. An operator lists it with the first command and
            removes it with the second, which cannot be undone; `--keep-data` leaves
            the data:

              AWS_REGION=us-east-1 windsock retire flight-delay
              AWS_REGION=us-east-1 windsock retire flight-delay --yes
            -----
            To: engineers
            Subject: flight-delay: is over, cleaning up tomorrow [fact-0dcf94c1]

            flight-delay has expired. Tomorrow we remove what it no longer needs:

              model windsock-flight-delay-v1
              pipeline windsock-flight-delay-training

            Data, predictions and reports stay in their buckets. To keep them, set
            `expires` in project.yaml to a later day and apply it today.

            The rest of the project is its stack with the schedules, alarm and topic,
            its versions and its data. An operator lists it with the first command and
            removes it with the second, which cannot be undone; `--keep-data` leaves
            the data:

              AWS_REGION=us-east-1 windsock retire flight-delay
              AWS_REGION=us-east-1 windsock retire flight-delay --yes
        "#]],
    );
}

#[test]
fn weekly_digest() {
    let digest = WeeklyDigest {
        week: "2013-W14".into(),
        training_runs: 2,
        inference_runs: 7,
        champion: Some((2, at("2013-04-08T09:30:00Z"))),
        drifting_since: Some(at("2013-04-01T06:00:00Z")),
        letters: vec!["flight-delay: version 2 is the new champion [fact-0a1b2c3d]".into()],
        letters_total: 3,
    };
    check(
        |context| context.digest(&digest),
        expect![[r#"
        To: managers
        Subject: flight-delay: week 2013-W14 [fact-3940c735]

        This was week 2013-W14 of flight-delay.

          training runs   2
          inference runs  7
          letters         3

        Version 2 is the champion since 2013-04-08 09:30 UTC.

        The input drifts since 2013-04-01 06:00 UTC.

        These letters went out:

          flight-delay: version 2 is the new champion [fact-0a1b2c3d]
          and 2 more

        You need not do anything.
    "#]],
    );
}

#[test]
fn letters_held_back_come_in_one() {
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let held_back: Vec<Letter> = (1..=3)
        .flat_map(|slot| {
            context.inference_finished(&InferenceFinished {
                slot: slot.to_string(),
                ..finished(Verdict::NoDrift)
            })
        })
        .collect();
    let letters = context.overflow(
        &Overflow {
            held_back: held_back.clone(),
        },
        20,
    );
    sound(&letters);
    expect![[r#"
        To: engineers
        Subject: flight-delay: 3 letters held back, in one [fact-b233c437]

        More letters about flight-delay were due than anybody wants to read: at
        most 20 go out in an hour. These are the subjects of 3 letters that were
        held back, the oldest first:

          flight-delay: 3 files scored, no drift [fact-6d94f748]
          flight-delay: 3 files scored, no drift [fact-095a1f94]
          flight-delay: 3 files scored, no drift [fact-5693b9cb]

        The state of the project, at any time:

          windsock status flight-delay
    "#]]
    .assert_eq(&whole(&letters));
    let many = Overflow {
        held_back: held_back.iter().cycle().take(1000).cloned().collect(),
    };
    let body = context.overflow(&many, 20)[0].body.clone();
    assert!(
        body.contains("1,000 letters") && body.contains("And 900 more."),
        "{body}"
    );
}
