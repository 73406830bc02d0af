//! notify: which letter, to whom, was it sent?
//!
//! Nobody can send an e-mail exactly once. The promise: at least once, once unless an answer was lost, never a third
//! time. A claim marker names who is sending and until when; a sent marker ends it. What the pace holds back is
//! kept, and one digest carries it later.

mod about;
mod markers;
mod pace;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};

pub use about::{About, RunFiles, letters};
pub use markers::{Claim, Marker, PutOff, Sent};
pub use pace::{LETTERS_PER_HOUR, Pace, Sender};

use crate::letters::{Context, Letter, Overflow};
use crate::mutants::{self, Mutant};
use crate::plan::Named;
use crate::{Plan, Reason};

/// A letter is published twice at most.
pub const ATTEMPTS_MAX: u32 = 2;
/// After so many refusals SNS will not take the letter at all.
pub const REFUSALS_MAX: u32 = 6;
/// How long a letter waits for the event that knows more about its fact.
pub const WAIT_FOR_MORE: SignedDuration = SignedDuration::from_secs(60);
/// The sweep asks again at least this often.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// A letter that should be out, and what its markers say.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub letter: Letter,
    pub marker: Marker,
    /// Another event about the same fact is on its way and knows more.
    pub wait_for_more: bool,
    /// Markers of the letters that this one carries.
    pub covers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub now: Timestamp,
    pub wishes: Vec<Wish>,
    /// Letters that the pace still allows. Whoever sends takes a place in it all the same: others may be faster.
    pub room: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Take a place, claim it, publish it, mark it sent; without a place, put it off.
    Send(Box<Sending>),
    /// Claim it for later: another event about the same fact knows more, but may never come.
    Reserve(Box<Letter>),
    /// Keep it for the digest.
    PutOff(Box<Letter>),
    /// Mark it sent, and what it carries: both tries are without an answer, and a third would be one too many; or it went
    /// out, and what it carries was never marked.
    Close { marker: String },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    pub letter: Letter,
    /// The claim to swap; none where nobody has claimed it.
    pub claim: Option<(Claim, String)>,
    pub covers: Vec<String>,
}

impl Sending {
    pub fn attempts_before(&self) -> u32 {
        self.claim.as_ref().map_or(0, |(claim, _)| claim.attempts)
    }

    pub fn refusals_before(&self) -> u32 {
        self.claim.as_ref().map_or(0, |(claim, _)| claim.refusals)
    }
}

impl Named for Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Send(sending) if sending.attempts_before() > 0 => "send-letter-again",
            Self::Send(_) => "send-letter",
            Self::Reserve(_) => "wait-for-more",
            Self::PutOff(_) => "put-letter-off",
            Self::Close { .. } => "close-letter",
        }
    }
}

/// In answers an action is named by its letter; the words stay out of them.
impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let letter = match self {
            Self::Send(sending) => Some(&sending.letter),
            Self::Reserve(letter) | Self::PutOff(letter) => Some(letter.as_ref()),
            Self::Close { .. } => None,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", self.name())?;
        if let Some(letter) = letter {
            map.serialize_entry("letter", &letter.name)?;
            map.serialize_entry("audience", &letter.audience)?;
            map.serialize_entry("fact", &letter.fact_id)?;
        }
        if let Self::Close { marker } = self {
            map.serialize_entry("marker", marker)?;
        }
        map.end()
    }
}

pub fn decide(observed: &Observed) -> Plan<Action> {
    let mut room = observed.room;
    let mut actions = Vec::new();
    let mut not_yet: Option<(Reason, Timestamp)> = None;
    let mut reason = Reason::NobodyToTell;
    for wish in &observed.wishes {
        match wish.judge(observed.now, room) {
            Plan::Act(wanted) => {
                let sends = wanted.iter().filter(|action| matches!(action, Action::Send(_))).count();
                room = room.saturating_sub(sends);
                actions.extend(wanted);
            }
            Plan::AskAgain { reason, at } => {
                not_yet = not_yet.filter(|(_, due)| *due <= at).or(Some((reason, at)));
            }
            Plan::StandDown(because) => reason = because,
        }
    }
    match (actions.is_empty(), not_yet) {
        (false, _) => Plan::Act(actions),
        (true, Some((reason, at))) => Plan::AskAgain { reason, at },
        (true, None) => Plan::StandDown(reason),
    }
}

impl Wish {
    fn judge(&self, now: Timestamp, room: usize) -> Plan<Action> {
        match &self.marker {
            // Whoever sent it died before it marked what it carries, or it would not be wished for again.
            Marker::Sent if !self.covers.is_empty() => Plan::Act(vec![Action::Close {
                marker: self.letter.marker(),
            }]),
            Marker::Sent => Plan::StandDown(Reason::AlreadySent),
            Marker::PutOff => ask_again(Reason::RateLimited, now),
            Marker::Absent if self.wait_for_more => Plan::Act(vec![Action::Reserve(Box::new(self.letter.clone()))]),
            // What carries letters that were held back is not itself held back: it waits.
            Marker::Absent if room == 0 && !self.covers.is_empty() => ask_again(Reason::RateLimited, now),
            Marker::Absent if room == 0 => Plan::Act(vec![Action::PutOff(Box::new(self.letter.clone()))]),
            Marker::Absent => self.send(None),
            Marker::Claimed { claim, etag } => self.judge_claim(claim, etag, now, room),
        }
    }

    fn judge_claim(&self, claim: &Claim, etag: &str, now: Timestamp, room: usize) -> Plan<Action> {
        // Whoever knows more need not wait for one who waits for more.
        let waited_for = claim.reserved && !self.wait_for_more;
        if claim.lease_until > now && !waited_for {
            return Plan::AskAgain {
                reason: Reason::ClaimedByAnother,
                at: claim.lease_until,
            };
        }
        if claim.attempts >= ATTEMPTS_MAX && !mutants::is(Mutant::ResendWithoutEnd) {
            return Plan::Act(vec![Action::Close {
                marker: self.letter.marker(),
            }]);
        }
        if claim.refusals >= REFUSALS_MAX {
            return Plan::StandDown(Reason::RetriesSpent);
        }
        if room == 0 {
            return ask_again(Reason::RateLimited, now);
        }
        self.send(Some((claim.clone(), etag.to_owned())))
    }

    fn send(&self, claim: Option<(Claim, String)>) -> Plan<Action> {
        // A repeat has the words of the first try, whatever this event would say.
        let first = claim
            .as_ref()
            .filter(|(claim, _)| claim.attempts > 0)
            .map(|(claim, _)| claim);
        let letter = first.map_or(&self.letter, |claim| &claim.letter).clone();
        let covers = claim.as_ref().map_or(&self.covers, |(claim, _)| &claim.covers).clone();
        Plan::Act(vec![Action::Send(Box::new(Sending { letter, claim, covers }))])
    }
}

fn ask_again(reason: Reason, now: Timestamp) -> Plan<Action> {
    Plan::AskAgain {
        reason,
        at: now.saturating_add(ASK_AGAIN).unwrap_or(now),
    }
}

/// Marker folders that are neither sent nor on their way, and what they hold: what `LettersDue` is about.
pub fn due(context: Context, unsent: Vec<(String, Marker, Option<Letter>)>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    let mut held_back: Vec<Letter> = Vec::new();
    let mut carried: Vec<String> = Vec::new();
    for (_, marker, letter) in unsent {
        match (marker, letter) {
            (Marker::Claimed { claim, etag }, _) => {
                carried.extend(claim.covers.iter().cloned());
                let letter = claim.letter.clone();
                let marker = Marker::Claimed { claim, etag };
                wishes.push(Wish {
                    letter,
                    marker,
                    wait_for_more: true,
                    covers: Vec::new(),
                });
            }
            (Marker::PutOff, Some(letter)) => held_back.push(letter),
            _ => {}
        }
    }
    // A digest that is on its way carries them already.
    held_back.retain(|letter| !carried.contains(&letter.marker()));
    held_back.sort_by(|a, b| (a.audience, &a.subject).cmp(&(b.audience, &b.subject)));
    for group in held_back.chunk_by(|a, b| a.audience == b.audience) {
        let covers: Vec<String> = group.iter().map(Letter::marker).collect();
        let overflow = Overflow {
            held_back: group.to_vec(),
        };
        for letter in context.overflow(&overflow, LETTERS_PER_HOUR) {
            let covers = covers.clone();
            wishes.push(Wish {
                letter,
                marker: Marker::Absent,
                wait_for_more: false,
                covers,
            });
        }
    }
    wishes
}
