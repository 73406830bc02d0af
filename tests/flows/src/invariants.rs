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
