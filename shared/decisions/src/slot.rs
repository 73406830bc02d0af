//! Slots: the name of the one run that may follow another. Whoever computes a slot from the same predecessor gets the
//! same one, sends the same token, and gets the same execution.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::mutants::{self, Mutant};

/// Predecessor of a pipeline's first run.
pub const GENESIS: &str = "genesis";
/// Changes when what a slot is made of changes, so that old and new versions never share a token by accident.
const VERSION_TAG: &str = "windsock-slot-1";

/// Slot after `predecessor` (the ARN of the newest execution we started, or [`GENESIS`]), as 64 hexadecimal digits.
///
/// The pipeline's creation time is part of it, because a pipeline deleted and created again has forgotten its history.
/// `withdrawn` counts the slots after the same predecessor that were frozen, never started, and may not be started any
/// more because the champion they name is no longer approved: nearly always 0.
pub fn slot(pipeline_arn: &str, created_at: Timestamp, predecessor: &str, withdrawn: u32) -> String {
    let mut created_ms = created_at.as_millisecond().to_string();
    if mutants::is(Mutant::NoCreationTimeInSlot) {
        created_ms.clear();
    }
    let withdrawn = withdrawn.to_string();
    let mut hash = Sha256::new();
    for part in [VERSION_TAG, pipeline_arn, &created_ms, predecessor, &withdrawn] {
        // No part holds a newline, so parts cannot run into each other.
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const PIPELINE: &str = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/windsock-flight-delay-training";

    fn check(created: &str, predecessor: &str, withdrawn: u32, expected: Expect) {
        expected.assert_eq(&slot(PIPELINE, created.parse().unwrap(), predecessor, withdrawn));
    }

    /// These are what two versions of the functions agree on during an upgrade: they never change.
    #[test]
    fn vectors() {
        let execution = format!("{PIPELINE}/execution/p4jn9xou8a8s");
        check(
            "2013-03-01T09:00:00Z",
            GENESIS,
            0,
            expect!["2b0f656d729f8958d0a62cbf34a4c1c55b98387698f6a1a41e27d16e514313db"],
        );
        check(
            "2013-03-01T09:00:00.123Z",
            GENESIS,
            0,
            expect!["db4343481ccf4e5cadc3349169b60f4dab12a5968e9f0288b4c6a5617ff71019"],
        );
        check(
            "2013-03-01T09:00:00Z",
            &execution,
            0,
            expect!["57c384e5424a48fe6755f5265481f2ea249a50bbbc37546062d660e45fb0f0fd"],
        );
        check(
            "2013-03-01T09:00:00Z",
            &execution,
            1,
            expect!["560b6a22d01cc1c7106e96d3b2afe801fb63f36d566ac091267625bfc6bc8f02"],
        );
    }

    #[test]
    fn a_slot_is_a_token_and_a_display_name() {
        let slot = slot(PIPELINE, Timestamp::UNIX_EPOCH, GENESIS, 0);
        let name = crate::layout::display_name(&slot);
        assert!((32..=128).contains(&slot.len()) && name.len() <= 82);
        assert_eq!(crate::layout::parse_display_name(&name), Some(slot.as_str()));
    }
}
