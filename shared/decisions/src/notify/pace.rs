//! The pace of a project's letters: `letters-pace.json`, swapped on its ETag, holds the places of the last sends.
//!
//! A send first takes a place in it, so that however many invocations race, no hour has more letters than the limit and
//! no second more than one. What came of a send does not matter: a lost answer may have been an e-mail.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::state::FORMAT;

/// SNS deactivates an address above ten messages a second, and people one above far fewer.
pub const LETTERS_PER_HOUR: usize = 20;
/// Two letters of a project are so far apart.
const SPACING: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What an invocation needs after its wait, to claim a letter, publish it and mark it.
const SENDING: SignedDuration = SignedDuration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub format: u32,
    /// When letters went out, or will; oldest first.
    pub places: Vec<Timestamp>,
}

/// An invocation that wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// When it began.
    pub now: Timestamp,
    /// When it is over at the latest, from its beginning.
    pub timeout: SignedDuration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            format: FORMAT,
            places: Vec::new(),
        }
    }
}

impl Pace {
    /// Letters that may still go out.
    pub fn room(&self, sender: Sender) -> usize {
        LETTERS_PER_HOUR.saturating_sub(self.held(sender).count())
    }

    /// The next place, and the record with it; none where there is no room, or when the sender cannot wait for it.
    pub fn take(&self, sender: Sender) -> Option<(Timestamp, Self)> {
        if self.room(sender) == 0 {
            return None;
        }
        let after_last = self.places.iter().max().and_then(|last| last.checked_add(SPACING).ok());
        let place = after_last.map_or(sender.now, |at| at.max(sender.now));
        if place.duration_since(sender.now) > sender.patience() {
            return None;
        }
        let mut places: Vec<Timestamp> = self.held(sender).collect();
        places.push(place);
        Some((place, Self { format: FORMAT, places }))
    }

    /// Without a place that nobody used; none when it is not in it.
    pub fn without(&self, place: Timestamp) -> Option<Self> {
        let mut places = self.places.clone();
        places.retain(|taken| *taken != place);
        (places.len() < self.places.len()).then_some(Self { places, ..self.clone() })
    }

    /// A letter goes out at its place or later, but before its sender is over: so long a place is held beyond the hour.
    fn held(&self, sender: Sender) -> impl Iterator<Item = Timestamp> {
        let held = HOUR.saturating_add(sender.timeout);
        let places = self.places.iter().copied();
        places.filter(move |place| sender.now.duration_since(*place) < held)
    }
}

impl Sender {
    fn patience(self) -> SignedDuration {
        self.timeout.saturating_sub(SENDING).max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

    fn sender(after_s: i64) -> Sender {
        Sender {
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(after_s),
            timeout: TIMEOUT,
        }
    }

    /// The places that so many senders get who begin at these seconds, and the record.
    fn taken(begins: impl IntoIterator<Item = i64>) -> (Vec<Option<i64>>, Pace) {
        let mut pace = Pace::default();
        let mut places = Vec::new();
        for begin in begins {
            let taken = pace.take(sender(begin));
            places.push(taken.as_ref().map(|(place, _)| place.as_second()));
            pace = taken.map_or(pace, |(_, next)| next);
        }
        (places, pace)
    }

    #[test]
    fn letters_of_one_moment_go_out_one_a_second() {
        assert_eq!(taken([5, 5, 5, 9]).0, [Some(5), Some(6), Some(7), Some(9)]);
    }

    #[test]
    fn whoever_began_earlier_comes_after_the_last_all_the_same() {
        assert_eq!(taken([9, 5]).0, [Some(9), Some(10)]);
    }

    #[test]
    fn the_twenty_first_gets_no_place_before_the_first_letter_is_an_hour_old_for_certain() {
        let (places, pace) = taken(vec![0; 21]);
        assert_eq!(places.iter().flatten().count(), LETTERS_PER_HOUR);
        assert_eq!(places[20], None);
        assert_eq!(pace.take(sender(3_600 + 59)), None);
        // The first letter went out within the minute that its sender had.
        assert_eq!(pace.room(sender(3_600 + 60)), 1);
        assert_eq!(pace.room(sender(3_600 + 60 + 19)), LETTERS_PER_HOUR);
    }

    #[test]
    fn no_hour_has_more_than_the_limit_however_late_its_letters_go_out() {
        let (places, _) = taken((0..20_000).step_by(7));
        let places: Vec<i64> = places.into_iter().flatten().collect();
        for pair in places.windows(LETTERS_PER_HOUR + 1) {
            assert!(
                pair[LETTERS_PER_HOUR] - pair[0] >= 3_600 + TIMEOUT.as_secs(),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_time_out_allows() {
        let pace = Pace {
            places: vec![sender(40).now],
            ..Pace::default()
        };
        assert_eq!(pace.take(sender(0)), None);
        assert_eq!(pace.take(sender(1)).unwrap().0, sender(41).now);
        let hasty = Sender {
            timeout: SignedDuration::from_secs(10),
            ..sender(40)
        };
        assert_eq!(pace.take(hasty), None);
    }

    #[test]
    fn an_unused_place_is_given_back() {
        let (_, pace) = taken([5, 5]);
        assert_eq!(pace.without(sender(6).now).unwrap(), taken([5]).1);
        assert_eq!(pace.without(sender(7).now), None);
    }
}
