//! The letter about runs that fail.

use super::*;
use crate::tries::Tries;
use windsock_events::facts::Cause;

const ARN: &str =
    "arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-flight-delay-training/execution/p4jn9xou8a8s";

pub(super) fn failed() -> RunFailed {
    RunFailed {
        pipeline: PipelineKind::Training,
        execution_arn: ARN.into(),
        outcome: Outcome::Failed,
        started_at: Some(at("2013-04-01T06:05:00Z")),
        step: Some("Preprocess".into()),
        reason: Some(
            "ClientError: AlgorithmError: Nothing usable is left: 3 of 3 objects were rejected, exit code: 1".into(),
        ),
        log: log_of_job("arn:aws:sagemaker:us-east-1:111122223333:processing-job/pipelines-p4jn9xou8a8s-Preprocess-x1"),
        tries: Some(Tries {
            on_these: 3,
            in_a_row: 3,
            max: 3,
        }),
        cause: Some(Cause::Arrival),
    }
}

#[test]
fn a_run_that_failed_for_the_last_time() {
    check(
        |context| context.run_failed(&failed()),
        expect![[r#"
            To: engineers
            Subject: flight-delay: training run failed, its files are parked [fact-c81d5770]

            A training run of flight-delay failed. It began on 2013-04-01 06:05 UTC.
            The step Preprocess failed, and SageMaker gives this reason:

              > ClientError: AlgorithmError: Nothing usable is left: 3 of 3 objects
              > were rejected, exit code: 1

            This was try 3 of 3 on the same files, so they are parked: they are not
            tried again by themselves. New or replaced files under
            training/flight-delay/ make it another case, and the next run reads these
            too. For another try of the same files, apply a project.yaml with a higher
            training.retries. Nothing is lost.

            Its log:

              https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Dpipelines-p4jn9xou8a8s-Preprocess-x1

            All its steps:

              aws sagemaker list-pipeline-execution-steps --region us-east-1 \
                --pipeline-execution-arn arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-flight-delay-training/execution/p4jn9xou8a8s
            -----
            To: managers
            Subject: flight-delay: training run failed, its files are parked [fact-c81d5770]

            A training run of flight-delay failed. It began on 2013-04-01 06:05 UTC.
            The step Preprocess failed, and SageMaker gives this reason:

              > ClientError: AlgorithmError: Nothing usable is left: 3 of 3 objects
              > were rejected, exit code: 1

            This was try 3 of 3 on the same files, so they are parked: they are not
            tried again by themselves. New or replaced files under
            training/flight-delay/ make it another case, and the next run reads these
            too. For another try of the same files, apply a project.yaml with a higher
            training.retries. Nothing is lost.

            Its log:

              https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Dpipelines-p4jn9xou8a8s-Preprocess-x1

            All its steps:

              aws sagemaker list-pipeline-execution-steps --region us-east-1 \
                --pipeline-execution-arn arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-flight-delay-training/execution/p4jn9xou8a8s
        "#]],
    );
}

/// What the letter to the managers says was done, with its subject.
fn told(failed: &RunFailed) -> String {
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let letter = context.run_failed(failed).remove(1);
    let (subject, _) = letter.subject.split_once(" [").unwrap();
    let done = letter.body.split("\n\n").find(|paragraph| paragraph.contains("try"));
    format!("{subject}\n{}\n", done.unwrap_or_default())
}

#[test]
fn sets_that_change_before_they_are_parked_are_told_as_a_row() {
    let tries = Tries {
        on_these: 1,
        in_a_row: 6,
        max: 3,
    };
    let failed = RunFailed {
        tries: Some(tries),
        ..failed()
    };
    expect![[r#"
        flight-delay: training run failed, like the 5 before it
        It is run 6 in a row that failed, on files that changed in between; on
        these it was try 1 of 3. They are tried again by themselves, after a pause
        that grows; nothing is lost.
    "#]]
    .assert_eq(&told(&failed));
}

#[test]
fn a_run_that_a_person_stopped_for_the_last_time() {
    let stopped = RunFailed {
        pipeline: PipelineKind::Inference,
        outcome: Outcome::Stopped,
        step: None,
        ..failed()
    };
    expect![[r#"
        flight-delay: inference run was stopped, its files are parked
        This was try 3 of 3 on the same files, so they are parked: they are not
        tried again by themselves. New or replaced files under
        inference/flight-delay/, or another champion, make it another case, and
        the next run reads these too. For another try of the same files, apply a
        project.yaml with a higher inference.retries. Nothing is lost.
    "#]]
    .assert_eq(&told(&stopped));
}

#[test]
fn scoring_once_more_for_a_new_champion_is_given_up() {
    let failed = RunFailed {
        pipeline: PipelineKind::Inference,
        cause: Some(Cause::Promotion),
        ..failed()
    };
    expect![[r#"
        flight-delay: inference run failed, its files are parked
        This was try 3 of 3 to score the newest batch with the new champion. It
        keeps the predictions of the champion before; the next champion scores it
        again, unless newer input has come by then.
    "#]]
    .assert_eq(&told(&failed));
}
