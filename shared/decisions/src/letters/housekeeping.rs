//! Letters about the project as a whole: retired, the weekly digest, and the digest of letters held back.

use jiff::Timestamp;

use super::outside::tamed;
use super::template::{Values, table};
use super::words::{count, thousands, time};
use super::{Audience, Context, Draft, Letter, To};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// One thing per line; those that begin with `tomorrow: ` are only announced.
    pub what: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeeklyDigest {
    /// `2013-W14`
    pub week: String,
    pub training_runs: u64,
    pub inference_runs: u64,
    pub champion: Option<(u32, Timestamp)>,
    /// Since when an incident is open.
    pub drifting_since: Option<Timestamp>,
    /// Subjects of the week's letters, the oldest first; and how many there were in all.
    pub letters: Vec<String>,
    pub letters_total: u64,
}

/// Letters that the hourly limit held back, for one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    pub held_back: Vec<Letter>,
}

const LINES_MAX: usize = 100;

impl Context<'_> {
    pub fn retired(&self, retired: &Retired) -> Vec<Letter> {
        const ANNOUNCED: &str = "tomorrow: ";
        let things = &retired.what;
        let announced = !things.is_empty() && things.iter().all(|line| line.starts_with(ANNOUNCED));
        let (headline, heading, may) = if announced {
            let may = "To keep them, set `expires` in project.yaml to a later day and apply it today.";
            (
                "is over, cleaning up tomorrow",
                "has expired. Tomorrow we remove what it no longer needs:",
                may,
            )
        } else {
            (
                "cleaned up",
                "has expired, and we have removed what it no longer needs:",
                "",
            )
        };
        let shown = things.iter().take(LINES_MAX);
        let mut lines: Vec<String> = shown
            .map(|line| tamed(line.strip_prefix(ANNOUNCED).unwrap_or(line)))
            .collect();
        if things.len() > LINES_MAX {
            lines.push(format!("and {} more", things.len() - LINES_MAX));
        }
        let values = Values::default()
            .inline("headline", headline)
            .paragraph("heading", format!("{} {heading}", self.project.project))
            .block("what", lines)
            .inline("may", may)
            .inline("region", &self.place.region)
            .inline("name", &self.project.project);
        let to = To::All(&[Audience::Managers, Audience::Engineers]);
        self.address(Draft {
            name: "retired",
            about: retired.what.join("\n"),
            to,
            values,
        })
    }

    pub fn digest(&self, digest: &WeeklyDigest) -> Vec<Letter> {
        let row = |name: &str, number: u64| vec![name.to_owned(), thousands(number)];
        let rows = [
            row("training runs", digest.training_runs),
            row("inference runs", digest.inference_runs),
            row("letters", digest.letters_total),
        ];
        let champion = match digest.champion {
            Some((version, since)) => format!("Version {version} is the champion since {}.", time(since)),
            None => "There is no champion; nothing is scored until a version is approved.".to_owned(),
        };
        let incident = match digest.drifting_since {
            Some(since) => format!("The input drifts since {}.", time(since)),
            None => "The input does not drift.".to_owned(),
        };
        let mut letters: Vec<String> = digest
            .letters
            .iter()
            .take(LINES_MAX)
            .map(|subject| tamed(subject))
            .collect();
        let more = digest.letters_total.saturating_sub(letters.len() as u64);
        if more > 0 {
            letters.push(format!("and {} more", thousands(more)));
        }
        let heading = if letters.is_empty() {
            ""
        } else {
            "These letters went out:"
        };
        let values = Values::default()
            .inline("week", tamed(&digest.week))
            .block("table", table(&rows))
            .paragraph("champion", champion)
            .paragraph("incident", incident)
            .paragraph("letters_heading", heading)
            .block("letters", letters);
        let to = To::All(&[Audience::Managers]);
        self.address(Draft {
            name: "digest",
            about: digest.week.clone(),
            to,
            values,
        })
    }

    /// One letter for one audience; its fact is the set of the letters in it.
    pub fn overflow(&self, overflow: &Overflow, per_hour: usize) -> Vec<Letter> {
        let Some(audience) = overflow.held_back.first().map(|letter| letter.audience) else {
            return Vec::new();
        };
        let mut markers: Vec<String> = overflow.held_back.iter().map(Letter::marker).collect();
        markers.sort();
        let shown = overflow
            .held_back
            .iter()
            .take(LINES_MAX)
            .map(|letter| tamed(&letter.subject))
            .collect();
        let more = overflow.held_back.len().saturating_sub(LINES_MAX);
        let more = if more > 0 {
            format!("And {} more.", thousands(more as u64))
        } else {
            String::new()
        };
        let values = Values::default()
            .inline("count", count(overflow.held_back.len() as u64, "letter", "letters"))
            .inline("per_hour", per_hour)
            .block("letters", shown)
            .paragraph("more", more);
        let to = match audience {
            Audience::Managers => To::First(&[Audience::Managers]),
            Audience::Approvers => To::First(&[Audience::Approvers]),
            Audience::Engineers => To::First(&[Audience::Engineers]),
        };
        self.address(Draft {
            name: "overflow",
            about: markers.join("|"),
            to,
            values,
        })
    }
}
