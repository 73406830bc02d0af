//! Arrivals of projects that nobody knows: each is recorded once, and never guessed to be somebody else's.

use sha2::{Digest, Sha256};
use windsock_decisions::{
    layout,
    mutants::{self, Mutant},
    redact,
    state::Rejection,
};
use windsock_effects_s3::Store;
use windsock_events::ObjectCreated;

/// `project` is the name that the arrival's key gives it. The empty objects that consoles make for folders are nobody's
/// data, and are not recorded.
pub async fn reject_stranger(work: &Store, project: &str, object: &ObjectCreated) -> anyhow::Result<()> {
    if object.size == 0 && object.key.ends_with('/') {
        return Ok(());
    }
    let rejection = Rejection {
        key: object.key.clone(),
        etag: object.etag.clone(),
        size: object.size,
        reason: redact::line(&format!("there is no project `{}`", project.escape_default())),
    };
    let mut id = id(object);
    if mutants::is(Mutant::ReplayIsNews) {
        id = format!("{id}-{}", mutants::count());
    }
    // A record that is there already says the same.
    work.put_new(&layout::rejection(&id), &rejection).await?;
    Ok(())
}

/// SHA-256 of what makes the arrival this one.
fn id(object: &ObjectCreated) -> String {
    let mut hash = Sha256::new();
    for part in [&object.bucket, &object.key, &object.etag, &object.size.to_string()] {
        // Lengths keep parts apart, since a key may hold any character.
        hash.update(part.len().to_string().as_bytes());
        hash.update(b":");
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_of_a_key_is_another_arrival() {
        let object = ObjectCreated {
            bucket: "data".into(),
            key: "training/nobody/a.csv".into(),
            size: 1,
            etag: "e1".into(),
            version_id: None,
            sequencer: None,
        };
        let other = ObjectCreated {
            etag: "e2".into(),
            ..object.clone()
        };
        assert_ne!(id(&object), id(&other));
        let redelivered = ObjectCreated {
            sequencer: Some("00ff".into()),
            ..object.clone()
        };
        assert_eq!(id(&object), id(&redelivered));
    }
}
