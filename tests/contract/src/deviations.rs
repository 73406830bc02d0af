//! Where other emulators are known to differ from AWS. A referee is asked for what it knows; what it is known to get
//! wrong is named here, with the reason why AWS is believed instead, and does not count.

/// Emulators with such a list.
pub const ENGINES: [&str; 1] = ["ministack"];

#[derive(Debug, Clone, Copy)]
pub struct Deviation {
    pub engine: &'static str,
    /// The assumption's name.
    pub name: &'static str,
    pub reason: &'static str,
}

const UNCHECKED_NUMBERS: &str = "ministack checks no number; CloudWatch's API reference names the limits";
const UNCHECKED_SUBJECT: &str = "ministack checks no subject; SNS's API reference names the limits";

const fn ministack(name: &'static str, reason: &'static str) -> Deviation {
    Deviation {
        engine: "ministack",
        name,
        reason,
    }
}

/// Of ministack 1.5.33, the version that tests/referee/ministack.txt pins.
const ALL: [Deviation; 6] = [
    ministack("cloudwatch/finite", UNCHECKED_NUMBERS),
    ministack("cloudwatch/range", UNCHECKED_NUMBERS),
    ministack("cloudwatch/old-points", UNCHECKED_NUMBERS),
    ministack("sns/subject-length", UNCHECKED_SUBJECT),
    ministack("sns/subject-lines", UNCHECKED_SUBJECT),
    ministack(
        "sns/subscribed-once",
        "ministack keeps the first filter without a word; accounts answer \"Subscription already exists with different \
         attributes\" (localstack issue 8816, sst issue 4259)",
    ),
];

pub fn find(engine: Option<&str>, name: &str) -> Option<&'static Deviation> {
    ALL.iter()
        .find(|known| Some(known.engine) == engine && known.name == name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_deviation_is_from_an_assumption_of_a_known_emulator() {
        for known in super::ALL {
            assert!(super::ENGINES.contains(&known.engine), "{known:?}");
            assert!(crate::assumptions::all().any(|one| one.name == known.name), "{known:?}");
        }
    }
}
