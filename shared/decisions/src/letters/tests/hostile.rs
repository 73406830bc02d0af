//! File names, error texts and column names that were written to do harm.

use super::*;
use super::{failures::failed, more::rejected};

const HOSTILE: [&str; 14] = [
    "x\r\nBcc: all@corp.example\r\n\r\nhi.csv",
    "x\nSubject: you have won",
    "\"}\n{\"level\":\"ERROR\",\"msg\":\"fake",
    "\u{1b}[31mred\u{7}\u{0}",
    "\u{202e}fdp.exe\u{200b}",
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.example\",\"y\")",
    "{project} {missing} {{7*7}} ${jndi:ldap://x} %s%n",
    "AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdef",
    "https://b.s3.amazonaws.com/k?X-Amz-Signature=0123456789abcdef",
    "日本語 été",
    "",
    "   ",
    ".\nFrom nobody Mon Apr  1",
];

fn every_letter(text: &str) -> Vec<Letter> {
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let mut letters = context.run_failed(&RunFailed {
        step: Some(text.into()),
        reason: Some(text.into()),
        outcome: Outcome::Other(text.into()),
        ..failed()
    });
    letters.extend(context.files_rejected(&rejected(text, text)));
    let mut incident = incident(IncidentAnswer::Refused { reason: text.into() });
    incident.features[0].feature = text.into();
    incident.features[0].furthest_at = Some(text.into());
    letters.extend(context.drift_found(&DriftFound { incident }));
    let evaluation = Evaluation {
        metric: text.into(),
        verdict: text.into(),
        metrics: BTreeMap::from([(text.to_owned(), f64::NAN)]),
        ..evaluation(0.0)
    };
    letters.extend(context.challenger_lost(&ChallengerLost {
        slot: "s".into(),
        evaluation,
        champion: None,
    }));
    letters.extend(context.retired(&Retired {
        what: vec![text.into()],
    }));
    letters.extend(context.digest(&WeeklyDigest {
        letters: vec![text.into()],
        ..WeeklyDigest::default()
    }));
    letters
}

#[test]
fn no_text_from_outside_breaks_a_letter() {
    let long = ["x".repeat(100_000), "word ".repeat(20_000), "\n".repeat(10_000)];
    for text in HOSTILE.iter().copied().chain(long.iter().map(String::as_str)) {
        let letters = every_letter(text);
        assert!(letters.len() >= 6);
        sound(&letters);
        for letter in letters {
            assert!(letter.body.len() < 8_000, "{} bytes", letter.body.len());
            for hidden in [
                "AKIAIOSFODNN7",
                "ghp_0123",
                "Signature=0123",
                "http://",
                "\u{202e}",
                "\u{200b}",
            ] {
                let ours = letter.body.replace("https://us-east-1.console.aws.amazon.com", "");
                assert!(!ours.contains(hidden), "{hidden} in {ours}");
            }
        }
    }
}

#[test]
fn a_name_that_looks_like_a_placeholder_stays_a_name() {
    let letters = every_letter("{project}");
    assert!(letters.iter().any(|letter| letter.body.contains("{project}")));
}

#[test]
fn a_hostile_file_name_in_its_letter() {
    check(
        |context| context.files_rejected(&rejected(HOSTILE[0], HOSTILE[9])),
        expect![[r#"
            To: engineers
            Subject: flight-delay: 1 of 4 files could not be used [fact-5e277f42]

            A training run of flight-delay could not use 1 of the 4 files it was
            given. It set them aside and went on with the rest, so nothing waits for
            them.

              > x Bcc: all@corp.example hi.csv:
              > https[:]//b.s3.amazonaws.com/k?X-Amz-Signature=(secret)

            Of the files it used, it left out 7 rows that it could not read.

            To have them used, put them right and upload them again under their old
            names or new ones. Each counts as new data.

              s3://windsock-data-111122223333-us-east-1/training/flight-delay/

            The whole list:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3/preprocess/report/rejections.json
            -----
            To: managers
            Subject: flight-delay: 1 of 4 files could not be used [fact-5e277f42]

            A training run of flight-delay could not use 1 of the 4 files it was
            given. It set them aside and went on with the rest, so nothing waits for
            them.

              > x Bcc: all@corp.example hi.csv:
              > https[:]//b.s3.amazonaws.com/k?X-Amz-Signature=(secret)

            Of the files it used, it left out 7 rows that it could not read.

            To have them used, put them right and upload them again under their old
            names or new ones. Each counts as new data.

              s3://windsock-data-111122223333-us-east-1/training/flight-delay/

            The whole list:

              s3://windsock-work-111122223333-us-east-1/jobs/flight-delay/c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3/preprocess/report/rejections.json
        "#]],
    );
}

#[test]
fn a_letter_counts_rows_whatever_number_an_image_has_written() {
    let mut rejected = rejected("a.csv", "it is empty");
    let rows = &mut rejected.rejections.rows_quarantined;
    rows.extend([("x".to_owned(), u64::MAX), ("y".to_owned(), 7)]);
    let (project, place) = (project(), place());
    let context = Context {
        project: &project,
        place: &place,
    };
    let letters = context.files_rejected(&rejected);
    assert!(
        letters[0].body.contains("18,446,744,073,709,551,615 rows"),
        "{}",
        letters[0].body
    );
}
