//! Letters: no text from outside breaks out of its place, and no secret travels by mail.

use std::collections::BTreeMap;

use jiff::Timestamp;
use windsock_decisions::{
    Project,
    letters::{
        ApprovalWanted, ChallengerLost, Context, DriftFound, FilesRejected, Letter, Outcome, Overflow, Place, Rejected,
        Retired, RunFailed, SUBJECT_CHARS_MAX, WeeklyDigest, log_of_job,
    },
    redact,
    state::{Evaluation, FORMAT, FeatureDrift, Incident, IncidentAnswer, Rejection, Rejections},
    tries::Tries,
};
use windsock_events::facts::PipelineKind::Training;

/// What is planted into every text, and must not be found again.
pub const SECRETS: [&str; 5] = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027",
    "password=hunter2",
    "\"secret_access_key\": \"wJalrXUtnFEMI\"",
];
/// The parts of them that are secret.
pub const HIDDEN: [&str; 5] = [
    "IOSFODNN7EXAMPLE",
    "16C7e42F292c6912E",
    "fe5f80f77d5f",
    "hunter2",
    "wJalrXUtnFEMI",
];

pub fn letter_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // A text that holds a part of a planted secret by itself proves nothing.
    if HIDDEN.iter().any(|hidden| text.contains(hidden)) {
        return;
    }
    for secret in SECRETS {
        for planted in [
            format!("{text} {secret}"),
            format!("{secret}\n{text}"),
            format!("{text}, {secret} {text}"),
        ] {
            for masked in [redact::secrets(&planted), redact::line(&planted)] {
                assert!(
                    !HIDDEN.iter().any(|hidden| masked.contains(hidden)),
                    "{planted:?} became {masked:?}"
                );
            }
        }
    }
    let planted = format!("{text} {}", SECRETS.join(" "));
    every_letter(&planted).iter().for_each(is_sound);
}

/// Every letter that repeats words of others, with these words in all their places.
pub fn every_letter(text: &str) -> Vec<Letter> {
    let yaml = "project: flight-delay\ndata: { label: late }\nletters: { managers: [m@example.com], approvers: \
                [a@example.com], engineers: [e@example.com] }\n";
    let project = Project::from_yaml(yaml).expect("a project");
    let place = place();
    let context = Context {
        project: &project,
        place: &place,
    };
    let mut letters = context.run_failed(&run_failed(text));
    letters.extend(context.files_rejected(&files_rejected(text)));
    letters.extend(context.challenger_lost(&ChallengerLost {
        slot: "a1".repeat(32),
        evaluation: evaluation(text),
        champion: None,
    }));
    letters.extend(context.approval_wanted(&ApprovalWanted {
        version: 3,
        arn: text.to_owned(),
        evaluation: Some(evaluation(text)),
        champion: None,
    }));
    letters.extend(context.rejected(&Rejected {
        version: 3,
        arn: text.to_owned(),
        champion: None,
    }));
    letters.extend(context.drift_found(&DriftFound {
        incident: incident(text),
    }));
    letters.extend(context.retired(&Retired {
        what: vec![text.to_owned()],
    }));
    let digest = WeeklyDigest {
        week: text.to_owned(),
        letters: vec![text.to_owned()],
        ..WeeklyDigest::default()
    };
    letters.extend(context.digest(&digest));
    let held_back = letters.clone();
    letters.extend(context.overflow(&Overflow { held_back }, 20));
    letters
}

fn is_sound(letter: &Letter) {
    let subject = &letter.subject;
    assert!(subject.len() <= SUBJECT_CHARS_MAX, "{subject:?}");
    assert!(
        subject.bytes().all(|b| b.is_ascii_graphic() || b == b' '),
        "{subject:?}"
    );
    let tag = subject.rsplit_once(" [fact-").map(|(_, tag)| tag);
    assert!(tag.is_some_and(|tag| tag.len() == 9), "{subject:?}");
    let body = &letter.body;
    assert!(body.len() < 65_000, "{} bytes", body.len());
    let odd = body.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    });
    assert_eq!(odd, None, "{body:?}");
    let whole = format!("{subject}\n{body}");
    let lines: String = body.lines().map(|line| line.trim_start_matches([' ', '>'])).collect();
    for hidden in HIDDEN {
        assert!(
            !whole.contains(hidden) && !lines.contains(hidden),
            "{hidden} in {whole}"
        );
    }
    let header = ["Bcc:", "Subject:", "To:", "."]
        .into_iter()
        .find(|start| body.starts_with(start));
    assert_eq!(header, None, "{body:?} begins like a header");
}

fn place() -> Place {
    Place {
        name_prefix: "windsock".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        partition: "aws".into(),
        data_bucket: "windsock-data-111122223333-us-east-1".into(),
        work_bucket: "windsock-work-111122223333-us-east-1".into(),
    }
}

fn run_failed(text: &str) -> RunFailed {
    RunFailed {
        pipeline: Training,
        execution_arn: text.to_owned(),
        outcome: Outcome::Other(text.to_owned()),
        started_at: None,
        step: Some(text.to_owned()),
        reason: Some(text.to_owned()),
        log: log_of_job(text),
        tries: Some(Tries {
            on_these: u32::MAX,
            in_a_row: 0,
            max: 0,
        }),
        cause: None,
    }
}

fn files_rejected(text: &str) -> FilesRejected {
    let rejection = Rejection {
        key: text.to_owned(),
        etag: text.to_owned(),
        size: u64::MAX,
        reason: text.to_owned(),
    };
    FilesRejected {
        pipeline: Training,
        slot: "c3".repeat(32),
        read: 0,
        rejections: Rejections {
            format: FORMAT,
            rejections: vec![rejection; 30],
            rows_quarantined: BTreeMap::from([(text.to_owned(), u64::MAX), ("x".to_owned(), 7)]),
            rows_used: 0,
        },
    }
}

fn evaluation(text: &str) -> Evaluation {
    Evaluation {
        format: FORMAT,
        metric: text.to_owned(),
        rows: u64::MAX,
        metrics: BTreeMap::from([(text.to_owned(), f64::NAN), ("auc".to_owned(), 1e308)]),
        champion: None,
        must_beat_champion_by: 0.0,
        accepted: 0.0,
        approval_status: text.to_owned(),
        verdict: text.to_owned(),
    }
}

fn incident(text: &str) -> Incident {
    let feature = FeatureDrift {
        feature: text.to_owned(),
        distance: f64::INFINITY,
        threshold: 0.0,
        method: text.to_owned(),
        n: u64::MAX,
        m: 0,
        violated: true,
        furthest_at: Some(text.to_owned()),
    };
    Incident {
        format: FORMAT,
        id: "20130401T060000Z".into(),
        project: "flight-delay".into(),
        opened_at: Timestamp::MIN,
        closed_at: None,
        announced_at: None,
        report_slot: None,
        score: Some(f64::NAN),
        features: vec![feature; 25],
        answer: IncidentAnswer::Refused {
            reason: text.to_owned(),
        },
    }
}
