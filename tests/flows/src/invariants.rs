//! What must hold in every story, whatever it is about. Checked whenever a story settles, on the journal alone.

use std::collections::{BTreeMap, BTreeSet};

use windsock_world::{Entry, Record};

use crate::Flow;

/// Copies of one letter: once, and once more where nobody could know whether it was sent.
const LETTER_COPIES_MAX: u32 = 2;

impl Flow {
    pub(crate) fn check_invariants(&mut self) {
        let (faults, poison) = (self.faults_ordered, self.poison);
        let journal = self.journal();
        let mut broken = runs_of_ours_overlap(journal);
        broken.extend(refused_calls(journal));
        broken.extend(repeated_letters(journal));
        if faults == 0 {
            broken.extend(failed_invocations(journal));
        }
        let dead = journal
            .iter()
            .filter(|entry| matches!(entry.record, Record::DeadLetter { .. }))
            .count();
        if dead > poison {
            broken.push(format!("{dead} dead letters, where {poison} were sent as poison"));
        }
        assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), self.full_log());
    }
}

/// At most one run in flight per pipeline that we started.
fn runs_of_ours_overlap(journal: &[Entry]) -> Vec<String> {
    let mut in_flight: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut broken = Vec::new();
    for entry in journal {
        let Record::Execution {
            arn,
            pipeline,
            display_name,
            status,
            ..
        } = &entry.record
        else {
            continue;
        };
        if !display_name.starts_with("windsock-") {
            continue;
        }
        let runs = in_flight.entry(pipeline).or_default();
        match status.as_str() {
            "Executing" | "Stopping" => runs.insert(arn),
            _ => runs.remove(arn.as_str()),
        };
        if runs.len() > 1 {
            broken.push(format!("{} runs of {pipeline} at the same time: {runs:?}", runs.len()));
        }
    }
    broken
}

/// Nobody asks for what the role forbids, or for another run under a token already used.
fn refused_calls(journal: &[Entry]) -> Vec<String> {
    let refused = journal.iter().filter_map(|entry| match &entry.record {
        Record::Call {
            service,
            operation,
            caller,
            error: Some(error),
            ..
        } if error.starts_with("AccessDenied") || error == "ConflictException" => {
            Some(format!("{caller}: {service} {operation} was refused with {error}"))
        }
        _ => None,
    });
    refused.collect()
}

fn repeated_letters(journal: &[Entry]) -> Vec<String> {
    let mut copies: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for entry in journal {
        if let Record::Letter { endpoint, subject, .. } = &entry.record {
            *copies.entry((endpoint, subject)).or_default() += 1;
        }
    }
    let too_many = copies.into_iter().filter(|(_, copies)| *copies > LETTER_COPIES_MAX);
    too_many
        .map(|((to, subject), copies)| format!("{copies} letters to {to}: {subject}"))
        .collect()
}

/// Where nothing was made to go wrong, nothing goes wrong: copies and races are no errors.
fn failed_invocations(journal: &[Entry]) -> Vec<String> {
    let failed = journal.iter().filter_map(|entry| match &entry.record {
        Record::InvocationEnded {
            function,
            outcome,
            answer,
            ..
        } if outcome != "returned" => Some(format!("{function} {outcome}: {answer}")),
        _ => None,
    });
    failed.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn journal(records: Vec<Record>) -> Vec<Entry> {
        records.into_iter().map(|record| Entry { at: 0, record }).collect()
    }

    fn run(arn: &str, status: &str) -> Record {
        Record::Execution {
            arn: arn.into(),
            pipeline: "windsock-a-training".into(),
            display_name: "windsock-00ff".into(),
            status: status.into(),
            failure: None,
            parameters: Value::Null,
        }
    }

    #[test]
    fn two_runs_at_the_same_time_are_seen() {
        let in_turn = ["Executing", "Succeeded"]
            .map(|status| [run("1", status), run("1", status)])
            .concat();
        assert_eq!(runs_of_ours_overlap(&journal(in_turn)), Vec::<String>::new());
        let at_once = vec![run("1", "Executing"), run("1", "Stopping"), run("2", "Executing")];
        assert_eq!(runs_of_ours_overlap(&journal(at_once)).len(), 1);
    }

    #[test]
    fn a_refused_call_is_seen() {
        let call = |error: Option<&str>| Record::Call {
            service: "sagemaker".into(),
            operation: "StartPipelineExecution".into(),
            caller: "somebody".into(),
            target: String::new(),
            error: error.map(str::to_owned),
        };
        let calls = vec![
            call(None),
            call(Some("ThrottlingException")),
            call(Some("ConflictException")),
        ];
        assert_eq!(refused_calls(&journal(calls)).len(), 1);
    }

    #[test]
    fn a_third_copy_of_a_letter_is_seen() {
        let letter = Record::Letter {
            topic: String::new(),
            protocol: "email".into(),
            endpoint: "managers@example.com".into(),
            subject: "a: b [00ff]".into(),
            body: String::new(),
            attributes: Value::Null,
        };
        assert_eq!(
            repeated_letters(&journal(vec![letter.clone(); 2])),
            Vec::<String>::new()
        );
        assert_eq!(repeated_letters(&journal(vec![letter; 3])).len(), 1);
    }

    #[test]
    fn a_failed_invocation_is_seen() {
        let ended = |outcome: &str| Record::InvocationEnded {
            id: "1".into(),
            function: "windsock-notify".into(),
            outcome: outcome.into(),
            answer: json!({}),
        };
        assert_eq!(
            failed_invocations(&journal(vec![ended("returned"), ended("timed-out")])).len(),
            1
        );
    }
}
