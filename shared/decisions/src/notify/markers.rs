//! The markers of one letter, in `state/<project>/letters/<fact>-<audience>/`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::letters::Letter;

/// `claim.json`: who is sending the letter and until when nobody else may. Swapped on its ETag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub format: u32,
    pub owner: String,
    /// The owner's invocation is over by then.
    pub lease_until: Timestamp,
    /// Publishes that went out or may have.
    pub attempts: u32,
    /// Publishes that SNS answered with no.
    #[serde(default)]
    pub refusals: u32,
    /// Nobody has tried yet: it waits for an event that knows more.
    #[serde(default)]
    pub reserved: bool,
    pub letter: Letter,
    /// Markers of the letters that this one carries.
    #[serde(default)]
    pub covers: Vec<String>,
}

/// `sent.json`: this letter is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub format: u32,
    pub sent_at: Timestamp,
    /// Of SNS; none when it went out in another letter, or when no try was answered.
    pub message_id: Option<String>,
    /// Marker of the digest that carried it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_letter: Option<String>,
}

/// `put-off.json`: held back by the hourly limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOff {
    pub format: u32,
    pub put_off_at: Timestamp,
    pub letter: Letter,
}

/// What the markers of a letter say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    Absent,
    Claimed { claim: Box<Claim>, etag: String },
    PutOff,
    Sent,
}
