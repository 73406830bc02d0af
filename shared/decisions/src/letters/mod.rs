//! Letters: what people are told, as pure functions of typed facts.
//!
//! The words lie in `letters/<name>/{subject,body}.txt`; each says what happened, what we already did, what the reader
//! may do, and where the evidence is. A subject is printable ASCII and ends with the same `[fact-...]` whenever the
//! same thing is told, so that a mail rule can drop a repeat.

mod approval;
mod champion;
mod drift;
mod failures;
mod housekeeping;
mod links;
mod outside;
mod places;
mod runs;
mod template;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Project;
use crate::project::Letters;

pub use approval::{ApprovalReminder, ApprovalWanted, Rejected};
pub use champion::{ChampionWithdrawn, Promoted};
pub use drift::{DriftFound, DriftOver};
pub use failures::{Outcome, RunFailed, log_of_job};
pub use housekeeping::{Overflow, Retired, WeeklyDigest};
pub use places::Place;
pub use runs::{ChallengerLost, FilesRejected, InferenceFinished};

use template::{Values, fill, fill_line};
use words::words;
pub(crate) use {
    outside::tamed_to,
    words::{count, decimal, signed, time},
};

/// SNS takes fewer than 100 characters; printable ASCII passes every mail program.
pub const SUBJECT_CHARS_MAX: usize = 99;
/// SNS takes 262,144 bytes; a letter that long is not read.
const BODY_BYTES_MAX: usize = 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    Managers,
    Approvers,
    Engineers,
}

impl Audience {
    pub fn name(self) -> &'static str {
        match self {
            Self::Managers => "managers",
            Self::Approvers => "approvers",
            Self::Engineers => "engineers",
        }
    }

    fn addresses(self, letters: &Letters) -> &[String] {
        match self {
            Self::Managers => &letters.managers,
            Self::Approvers => &letters.approvers,
            Self::Engineers => &letters.engineers,
        }
    }
}

/// What is published, and kept in the claim so that a repeat has the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// SHA-256 of what the letter is about; the first eight characters are in its subject.
    pub fact_id: String,
    /// The folder of its words.
    pub name: String,
    pub audience: Audience,
    pub subject: String,
    pub body: String,
}

impl Letter {
    /// Name of its folder of markers: one letter per fact and audience.
    pub fn marker(&self) -> String {
        format!("{}-{}", self.fact_id, self.audience.name())
    }
}

/// Whose project a letter is about and where things lie.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub project: &'a Project,
    pub place: &'a Place,
}

/// Who is to read it.
enum To {
    /// Every audience in the list that adds a reader.
    All(&'static [Audience]),
    /// The first audience in the list that has readers.
    First(&'static [Audience]),
}

/// A letter before it is addressed.
struct Draft {
    name: &'static str,
    /// What it is about; the same thing told again gets the same fact id.
    about: String,
    to: To,
    values: Values,
}

/// The words of each letter.
const WORDS: [(&str, &str, &str); 15] = [
    words!("approval-wanted"),
    words!("approval-reminder"),
    words!("promoted"),
    words!("rejected"),
    words!("rolled-back"),
    words!("champion-withdrawn"),
    words!("challenger-lost"),
    words!("files-rejected"),
    words!("run-failed"),
    words!("drift-found"),
    words!("drift-over"),
    words!("inference-finished"),
    words!("retired"),
    words!("digest"),
    words!("overflow"),
];

impl Context<'_> {
    /// Every letter that the draft becomes: none when nobody is there to read it.
    fn address(&self, draft: Draft) -> Vec<Letter> {
        let Draft {
            name,
            about,
            to,
            values,
        } = draft;
        let values = values.inline("project", &self.project.project);
        let (_, subject, body) = WORDS
            .iter()
            .find(|(known, ..)| *known == name)
            .copied()
            .unwrap_or_default();
        let mismatches = values.mismatches(&[subject, body]);
        debug_assert!(
            mismatches.is_empty(),
            "the words of `{name}` and its values disagree: {mismatches:?}"
        );
        let fact_id = fact_id(&self.project.project, name, &about);
        let subject = subject_line(&fill_line(subject.trim(), &values), &fact_id);
        let body = bounded(fill(body, &values));
        let letter = |audience| Letter {
            fact_id: fact_id.clone(),
            name: name.to_owned(),
            audience,
            subject: subject.clone(),
            body: body.clone(),
        };
        self.readers(&to).into_iter().map(letter).collect()
    }

    fn readers(&self, to: &To) -> Vec<Audience> {
        let letters = &self.project.letters;
        match to {
            To::First(audiences) => audiences
                .iter()
                .copied()
                .find(|audience| !audience.addresses(letters).is_empty())
                .into_iter()
                .collect(),
            To::All(audiences) => {
                // Somebody who is in two audiences is told once.
                let mut told: Vec<&String> = Vec::new();
                let adds = |audience: &&Audience| {
                    let new: Vec<&String> = audience
                        .addresses(letters)
                        .iter()
                        .filter(|address| !told.contains(address))
                        .collect();
                    told.extend(&new);
                    !new.is_empty()
                };
                audiences.iter().filter(adds).copied().collect()
            }
        }
    }
}

fn fact_id(project: &str, name: &str, about: &str) -> String {
    hex::encode(Sha256::digest(format!("windsock letter 1|{project}|{name}|{about}")))
}

/// Printable ASCII, cut where it must be, with the fact's own tag at the end.
fn subject_line(text: &str, fact_id: &str) -> String {
    let tag = format!(" [fact-{}]", &fact_id[..8]);
    let room = SUBJECT_CHARS_MAX - tag.len();
    let text = outside::ascii(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let cut = if text.len() > room {
        format!("{}...", text[..room - 3].trim_end())
    } else {
        text
    };
    format!("{cut}{tag}")
}

fn bounded(body: String) -> String {
    if body.len() <= BODY_BYTES_MAX {
        return body;
    }
    let end = (0..=BODY_BYTES_MAX)
        .rev()
        .find(|at| body.is_char_boundary(*at))
        .unwrap_or(0);
    let lines = body[end..].lines().count();
    format!("{}\n\n(and {lines} more lines)\n", &body[..end])
}

/// The same letter once more, because nobody knows whether the first try arrived.
pub fn repeat(letter: &Letter) -> Letter {
    let notice = "(possible repeat: nobody answered when this letter was sent the first time)";
    Letter {
        body: format!("{notice}\n\n{}", letter.body),
        ..letter.clone()
    }
}
