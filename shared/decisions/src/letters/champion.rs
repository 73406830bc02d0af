//! Letters about the champion: promoted, rolled back, withdrawn.

use jiff::Timestamp;
use windsock_events::facts::PromotionReason;

use crate::{Project, layout, state::Evaluation};

use super::approval::metrics;
use super::template::Values;
use super::words::time;
use super::{Audience, Context, Draft, Letter, To, fact_id, links};

#[derive(Debug, Clone, PartialEq)]
pub struct Promoted {
    pub version: u32,
    pub previous: Option<u32>,
    pub reason: PromotionReason,
    /// None when the champion's record no longer knows.
    pub since: Option<Timestamp>,
    pub evaluation: Option<Evaluation>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ChampionWithdrawn {
    pub version: u32,
    /// When the record says it was withdrawn; none when it has gone on since.
    pub since: Option<Timestamp>,
}

impl ChampionWithdrawn {
    fn about(&self) -> String {
        format!("{}|{:?}", self.version, self.since)
    }

    /// What the markers of its letters begin with; none when nobody reads them.
    pub fn markers(&self, project: &Project) -> Option<String> {
        let letters = &project.letters;
        let read = !letters.managers.is_empty() || !letters.engineers.is_empty();
        let fact_id = fact_id(&project.project, "champion-withdrawn", &self.about());
        read.then(|| format!("{}{fact_id}-", layout::letters(&project.project)))
    }
}

impl Context<'_> {
    /// `promoted` when a person approved it, `rolled-back` when the chain went back to it.
    pub fn promoted(&self, promoted: &Promoted) -> Vec<Letter> {
        let arn = self.place.version_arn(&self.project.project, promoted.version);
        let since = promoted.since.map_or_else(|| "just now".to_owned(), time);
        let version = format!("version {}", promoted.version);
        let about = format!(
            "{}|{:?}|{:?}|{:?}",
            promoted.version, promoted.previous, promoted.reason, promoted.since
        );
        let values = Values::default()
            .inline("version", promoted.version)
            .inline("since", &since)
            .block("metrics", metrics(promoted.evaluation.as_ref(), &version));
        let to = To::All(&[Audience::Managers]);
        if promoted.reason == PromotionReason::Approved {
            let before = match promoted.previous {
                Some(previous) => format!("It takes the place of version {previous}."),
                None => "It is the first champion.".to_owned(),
            };
            let values = values
                .inline("before", before)
                .inline("next", self.inference_after_promotion())
                .inline("region", &self.place.region)
                .inline("arn", &arn);
            return self.address(Draft {
                name: "promoted",
                about,
                to,
                values,
            });
        }
        let why = match (promoted.reason, promoted.previous) {
            (PromotionReason::PredecessorRejected, Some(previous)) => format!("Version {previous} was rejected."),
            (_, Some(previous)) => format!("Somebody rolled version {previous} back."),
            (_, None) => "The champion before it is gone.".to_owned(),
        };
        let values = values
            .inline("why", why)
            .inline("console", links::model_package(self.place, &arn));
        self.address(Draft {
            name: "rolled-back",
            about,
            to,
            values,
        })
    }

    pub fn champion_withdrawn(&self, withdrawn: &ChampionWithdrawn) -> Vec<Letter> {
        let arn = self.place.version_arn(&self.project.project, withdrawn.version);
        let values = Values::default()
            .inline("version", withdrawn.version)
            .inline("console", links::model_package(self.place, &arn));
        let about = withdrawn.about();
        let to = To::All(&[Audience::Managers, Audience::Engineers]);
        self.address(Draft {
            name: "champion-withdrawn",
            about,
            to,
            values,
        })
    }

    fn inference_after_promotion(&self) -> &'static str {
        match &self.project.inference {
            None => "the project has inference turned off, so nothing is scored.",
            Some(inference) if inference.on_promotion => "the newest batch is scored again, and everything new.",
            Some(_) => "it scores what is new when that is due; nothing is scored again.",
        }
    }
}
