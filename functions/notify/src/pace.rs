//! Places of letters in their project's pace: taken before a letter goes out, by compare-and-swap.

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use windsock_decisions::{
    layout,
    notify::{Pace, Sender},
};
use windsock_effects_s3::{PutNew, Swap};

use crate::Aws;

/// Swaps that may be lost while one place is taken. An hour has twenty places, so twenty times somebody else is first;
/// the rest is for places that are given back.
const SWAPS_MAX: u32 = 30;

pub fn sender(aws: &Aws, now: Timestamp) -> Sender {
    let timeout_s = aws.config.timeout_s.try_into().unwrap_or(i64::from(u16::MAX));
    Sender {
        now,
        timeout: SignedDuration::from_secs(timeout_s),
    }
}

/// The record and its ETag, if it is there.
pub async fn read(aws: &Aws, project: &str) -> anyhow::Result<(Pace, Option<String>)> {
    let found = aws.store.get_json::<Pace>(&layout::letters_pace(project)).await?;
    Ok(found.map_or_else(Default::default, |(pace, etag)| (pace, Some(etag))))
}

/// A place, or none when the hour has no more, or none soon enough. A crash from now on loses nothing but the place.
pub async fn take(aws: &Aws, project: &str, sender: Sender) -> anyhow::Result<Option<Timestamp>> {
    for _ in 0..SWAPS_MAX {
        let (pace, etag) = read(aws, project).await?;
        let Some((place, next)) = pace.take(sender) else {
            return Ok(None);
        };
        if swap(aws, project, &next, etag.as_deref()).await? {
            return Ok(Some(place));
        }
    }
    let key = layout::letters_pace(project);
    bail!("`{key}` changed {SWAPS_MAX} times while a place was taken; the retry looks again")
}

/// Somebody else sends the letter. If this swap is lost as often, the place stays unused: a letter less in this hour.
pub async fn give_back(aws: &Aws, project: &str, place: Timestamp) -> anyhow::Result<()> {
    for _ in 0..SWAPS_MAX {
        let (pace, etag) = read(aws, project).await?;
        let Some(next) = pace.without(place) else { return Ok(()) };
        if swap(aws, project, &next, etag.as_deref()).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Waits for the place with the SDK's own sleep: whoever runs the clients decides how time passes. `waited` is what
/// this invocation has waited already.
pub async fn wait_for(aws: &Aws, place: Timestamp, sender: Sender, waited: &mut SignedDuration) -> anyhow::Result<()> {
    let away = place.duration_since(sender.now).saturating_sub(*waited);
    if away > SignedDuration::ZERO {
        aws.sns.pause(away.unsigned_abs()).await?;
        *waited = waited.saturating_add(away);
    }
    Ok(())
}

/// Whether this swap was the one that won. One that was ours and whose answer was lost costs a place.
async fn swap(aws: &Aws, project: &str, pace: &Pace, etag: Option<&str>) -> anyhow::Result<bool> {
    let key = layout::letters_pace(project);
    Ok(match etag {
        None => matches!(aws.store.put_new(&key, pace).await?, PutNew::Written { .. }),
        Some(etag) => matches!(aws.store.put_if_match(&key, pace, etag).await?, Swap::Done { .. }),
    })
}
