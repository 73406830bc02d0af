//! Sending: take a place, claim, publish once, mark. Every write is conditional, so two of us never send the same
//! letter, and all of us together keep the pace.

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};
use windsock_decisions::{
    Plan, layout,
    letters::{Letter, repeat},
    mutants::{self, Mutant},
    notify::{Action, Claim, Marker, PutOff, Sending, Sent, WAIT_FOR_MORE},
    state::FORMAT,
};
use windsock_effects_s3::{PutNew, Swap};
use windsock_effects_sns::{is_refusal, is_throttled};

use crate::{Aws, observe::read, pace};

/// What the markers of one letter say.
pub async fn marker(aws: &Aws, project: &str, marker: &str) -> anyhow::Result<Marker> {
    // The claim first: one that is read after a look for the other marker may have been settled in between.
    let claim = aws
        .store
        .get_json::<Claim>(&layout::letter_claim(project, marker))
        .await?;
    if aws.store.exists(&layout::letter_sent(project, marker)).await? {
        return Ok(Marker::Sent);
    }
    if let Some((claim, etag)) = claim {
        return Ok(Marker::Claimed {
            claim: Box::new(claim),
            etag,
        });
    }
    match aws.store.exists(&layout::letter_put_off(project, marker)).await? {
        true => Ok(Marker::PutOff),
        false => Ok(Marker::Absent),
    }
}

pub async fn perform(aws: &Aws, project: &str, plan: &Plan<Action>, now: Timestamp) -> anyhow::Result<()> {
    let Plan::Act(actions) = plan else { return Ok(()) };
    let mut failed = None;
    let mut waited = SignedDuration::ZERO;
    for action in actions {
        let done = match action {
            Action::Send(sending) => send(aws, project, sending, now, &mut waited).await,
            Action::Reserve(letter) => reserve(aws, project, letter, now).await,
            Action::PutOff(letter) => put_off(aws, project, letter, now).await,
            Action::Close { marker } => close(aws, project, marker, now).await,
        };
        // One letter's failure does not keep the others back; the first one is what the invocation fails with.
        if let Err(error) = done {
            if failed.is_some() {
                warn!("another letter failed as well: {error:#}");
            }
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn send(
    aws: &Aws,
    project: &str,
    sending: &Sending,
    now: Timestamp,
    waited: &mut SignedDuration,
) -> anyhow::Result<()> {
    let letter = &sending.letter;
    let sender = pace::sender(aws, now);
    let Some(place) = pace::take(aws, project, sender).await? else {
        return no_room(aws, project, sending, now).await;
    };
    pace::wait_for(aws, place, sender, waited).await?;
    let claim = Claim {
        format: FORMAT,
        owner: owner(aws, now),
        // By then this invocation is over, whatever becomes of it.
        lease_until: after(now, sender.timeout),
        attempts: sending.attempts_before() + 1,
        refusals: sending.refusals_before(),
        reserved: false,
        letter: letter.clone(),
        covers: sending.covers.clone(),
    };
    let etag = match &sending.claim {
        Some((_, etag)) => swap(aws, project, &claim, etag).await?,
        None => take(aws, project, &claim).await?,
    };
    // Somebody else sends it.
    let Some(etag) = etag else {
        return pace::give_back(aws, project, place).await;
    };
    let letter = if sending.attempts_before() > 0 {
        repeat(letter)
    } else {
        letter.clone()
    };
    let topic = aws
        .config
        .topic_arn(&layout::topic_name(&aws.config.name_prefix, project));
    let published = aws
        .sns
        .publish(&topic, &letter.subject, &letter.body, letter.audience.name())
        .await;
    match published {
        Ok(message_id) => {
            log_sent(project, &letter);
            settle(aws, project, sending, message_id, place).await
        }
        Err(error) if is_refusal(&error) => {
            // It certainly did not go out, so this was no try, and the next need not wait.
            let attempts = sending.attempts_before();
            // Nor does a throttle say that SNS will never take it.
            let refusals = claim.refusals + u32::from(!is_throttled(&error));
            let claim = Claim {
                attempts,
                refusals,
                lease_until: now,
                ..claim
            };
            swap(aws, project, &claim, &etag).await?;
            Err(error)
        }
        // Nobody knows whether it went out. The claim stays, and says when somebody may try once more.
        Err(error) => Err(error),
    }
}

/// Who reads it by audience alone: the dashboard counts letters, and addresses are nobody's business there.
fn log_sent(project: &str, letter: &Letter) {
    let (kind, audience) = (letter.name.as_str(), letter.audience.name());
    info!(
        event = "letter",
        function = "notify",
        project,
        kind,
        audience,
        letter = letter.marker(),
        "notify: sent `{kind}` to the {audience} of {project}"
    );
}

/// Others have taken the places since we looked. A new letter is put off like any other; whatever has a marker is found
/// again by the sweep.
async fn no_room(aws: &Aws, project: &str, sending: &Sending, now: Timestamp) -> anyhow::Result<()> {
    if sending.claim.is_none() && sending.covers.is_empty() {
        put_off(aws, project, &sending.letter, now).await?;
    }
    info!(
        event = "no-room",
        function = "notify",
        project,
        letter = sending.letter.marker(),
        "notify: the letters of {project} keep their pace, this one goes out later"
    );
    Ok(())
}

/// The new claim's ETag, or none when somebody else was first.
async fn take(aws: &Aws, project: &str, claim: &Claim) -> anyhow::Result<Option<String>> {
    let key = layout::letter_claim(project, &claim.letter.marker());
    if let PutNew::Written { etag } = aws.store.put_new(&key, claim).await? {
        return Ok(Some(etag));
    }
    match aws.store.get_json::<Claim>(&key).await? {
        Some((stored, etag)) if stored == *claim => Ok(Some(etag)),
        // Between our look and our write somebody has claimed it who waits for one that knows more: that is us.
        Some((stored, etag)) if stored.reserved => swap(aws, project, claim, &etag).await,
        _ => Ok(None),
    }
}

async fn swap(aws: &Aws, project: &str, claim: &Claim, etag: &str) -> anyhow::Result<Option<String>> {
    let key = layout::letter_claim(project, &claim.letter.marker());
    if let Swap::Done { etag } = aws.store.put_if_match(&key, claim, etag).await? {
        return Ok(Some(etag));
    }
    own(aws, &key, claim).await
}

/// A write that lost may have lost against itself: a first try whose answer never came.
async fn own(aws: &Aws, key: &str, claim: &Claim) -> anyhow::Result<Option<String>> {
    if mutants::is(Mutant::ClaimIsAlwaysAnothers) {
        return Ok(None);
    }
    let stored = aws.store.get_json::<Claim>(key).await?;
    if mutants::is(Mutant::ClaimIsAlwaysOurs) {
        return Ok(stored.map(|(_, etag)| etag));
    }
    Ok(stored.filter(|(stored, _)| stored == claim).map(|(_, etag)| etag))
}

async fn settle(aws: &Aws, project: &str, sending: &Sending, message_id: String, at: Timestamp) -> anyhow::Result<()> {
    let marker = sending.letter.marker();
    let sent = Sent {
        format: FORMAT,
        sent_at: at,
        message_id: Some(message_id),
        in_letter: None,
    };
    // Somebody else's marker is as good as ours.
    aws.store.put_new(&layout::letter_sent(project, &marker), &sent).await?;
    for covered in &sending.covers {
        let sent = Sent {
            message_id: None,
            in_letter: Some(marker.clone()),
            ..sent.clone()
        };
        aws.store.put_new(&layout::letter_sent(project, covered), &sent).await?;
    }
    Ok(())
}

async fn reserve(aws: &Aws, project: &str, letter: &Letter, now: Timestamp) -> anyhow::Result<()> {
    let claim = Claim {
        format: FORMAT,
        owner: owner(aws, now),
        lease_until: after(now, WAIT_FOR_MORE),
        attempts: 0,
        refusals: 0,
        reserved: true,
        letter: letter.clone(),
        covers: Vec::new(),
    };
    aws.store
        .put_new(&layout::letter_claim(project, &letter.marker()), &claim)
        .await?;
    Ok(())
}

async fn put_off(aws: &Aws, project: &str, letter: &Letter, now: Timestamp) -> anyhow::Result<()> {
    let put_off = PutOff {
        format: FORMAT,
        put_off_at: now,
        letter: letter.clone(),
    };
    aws.store
        .put_new(&layout::letter_put_off(project, &letter.marker()), &put_off)
        .await?;
    Ok(())
}

async fn close(aws: &Aws, project: &str, marker: &str, now: Timestamp) -> anyhow::Result<()> {
    let claim = read::<Claim>(aws, &layout::letter_claim(project, marker)).await?;
    let Some(claim) = claim else {
        bail!("close letter `{marker}`: its claim is gone")
    };
    let sent = Sent {
        format: FORMAT,
        sent_at: now,
        message_id: None,
        in_letter: None,
    };
    let closed = aws.store.put_new(&layout::letter_sent(project, marker), &sent).await;
    closed.with_context(|| format!("close letter `{marker}`"))?;
    for covered in &claim.covers {
        let sent = Sent {
            in_letter: Some(marker.to_owned()),
            ..sent.clone()
        };
        aws.store.put_new(&layout::letter_sent(project, covered), &sent).await?;
    }
    Ok(())
}

fn owner(aws: &Aws, now: Timestamp) -> String {
    format!("{} at {now}", aws.instance)
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}
