//! What people and the weather do in one seed: a list of deeds with their times, drawn before anything runs, so that a
//! failure can be made smaller by leaving deeds out.

use fastrand::Rng;
use windsock_events::facts::PipelineKind;
use windsock_world::Millis;

use crate::clock::{HOUR, MINUTE};

#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// A new file, or another version of an old one.
    Upload {
        kind: PipelineKind,
        project: usize,
        name: String,
        size: u32,
    },
    /// Many files within seconds.
    Burst {
        kind: PipelineKind,
        project: usize,
        files: u32,
    },
    /// In parts: one event when it is complete.
    UploadInParts {
        kind: PipelineKind,
        project: usize,
        name: String,
    },
    Delete {
        kind: PipelineKind,
        project: usize,
    },
    /// Under no project's name, or beside them.
    Stray {
        key: String,
    },
    /// The newest version that waits.
    Approve {
        project: usize,
    },
    /// The newest version that waits.
    Reject {
        project: usize,
    },
    /// Approve, reject, approve, within a second or two.
    Flip {
        project: usize,
    },
    /// Any version, counted back from the newest.
    ApproveOld {
        project: usize,
        back: usize,
    },
    /// The way back: the champion is rejected.
    RejectChampion {
        project: usize,
    },
    DeleteVersion {
        project: usize,
        back: usize,
    },
    Drift {
        project: usize,
        score: f64,
    },
    FewRows {
        project: usize,
        few: bool,
    },
    Challengers {
        project: usize,
        win: bool,
    },
    /// A step of every run fails.
    Broken {
        project: usize,
        step: Option<&'static str>,
    },
    StartByHand {
        project: usize,
        kind: PipelineKind,
    },
    StopRun {
        project: usize,
        kind: PipelineKind,
    },
    /// Deleted, and made again minutes later under its name.
    RemakePipeline {
        project: usize,
        kind: PipelineKind,
        after: Millis,
    },
    /// Every dead letter is sent again to where it was going.
    ReplayDeadLetters,
    Poison {
        kind: PipelineKind,
    },
    /// The platform is deployed again: every sandbox is replaced, those at work go on.
    Redeploy,
    /// The project is applied again with another setting.
    ChangeProject {
        project: usize,
        variant: usize,
    },
    /// Nothing of this function runs for a while.
    Stall {
        function: &'static str,
        span: Millis,
    },
    /// E-mail does not work for a while.
    MailDown {
        span: Millis,
    },
}

pub type Script = Vec<(Millis, Deed)>;

/// Keys that S3 takes and that others stumble over.
const ODD_NAMES: [&str; 12] = [
    "red flower.csv",
    "a+b.csv",
    "100%.csv",
    "a%2Fb.csv",
    "日本語/é.csv",
    "a//b.csv",
    "../../etc/passwd",
    "=HYPERLINK(\"x\").csv",
    "$(id);rm -rf.csv",
    "${jndi:ldap:x}.csv",
    "AKIAIOSFODNN7EXAMPLE.csv",
    "x\u{202e}vsc.csv",
];

const FUNCTIONS: [&str; 8] = [
    "start-training",
    "start-inference",
    "promote-model",
    "publish-drift",
    "respond-to-drift",
    "notify",
    "sweep",
    "retire",
];

/// Everything that happens before `ends`; times count from the beginning.
pub fn draw(rng: &mut Rng, projects: usize, ends: Millis) -> Script {
    let mut script = Script::new();
    for project in 0..projects {
        // A project that works: data, approvals, batches.
        steady(rng, &mut script, project, projects == 1, ends);
    }
    for _ in 0..rng.usize(4..16) {
        let at = rng.i64(0..ends);
        let project = rng.usize(..projects);
        script.push((at, odd(rng, project)));
    }
    script.sort_by_key(|(at, _)| *at);
    script
}

fn kind(rng: &mut Rng) -> PipelineKind {
    if rng.bool() {
        PipelineKind::Training
    } else {
        PipelineKind::Inference
    }
}

fn name(rng: &mut Rng) -> String {
    match rng.u32(..12) {
        0 => ODD_NAMES[rng.usize(..ODD_NAMES.len())].to_owned(),
        // The same name again is another version of it.
        1..4 => format!("{}.csv", rng.u32(..5)),
        _ => format!("2013/{:05}.csv", rng.u32(..100_000)),
    }
}

fn upload(rng: &mut Rng, kind: PipelineKind, project: usize) -> Deed {
    match rng.u32(..20) {
        0 => Deed::Burst {
            kind,
            project,
            files: rng.u32(5..30),
        },
        1 => Deed::UploadInParts {
            kind,
            project,
            name: name(rng),
        },
        _ => Deed::Upload {
            kind,
            project,
            name: name(rng),
            size: if rng.u32(..15) == 0 { 0 } else { rng.u32(1..400) },
        },
    }
}

fn steady(rng: &mut Rng, script: &mut Script, project: usize, alone: bool, ends: Millis) {
    script.push((rng.i64(0..10 * MINUTE), upload(rng, PipelineKind::Training, project)));
    // One project alone works as much as two.
    let (least, most) = if alone { (6, 10) } else { (3, 5) };
    for kind in [PipelineKind::Training, PipelineKind::Inference] {
        let files = rng.u32(6..12);
        script.push((rng.i64(0..ends), Deed::Burst { kind, project, files }));
        for _ in 0..rng.usize(least..most) {
            script.push((rng.i64(0..ends), upload(rng, kind, project)));
        }
    }
    let mut at = rng.i64(10 * MINUTE..HOUR);
    while at < ends {
        script.push((at, Deed::Approve { project }));
        at += rng.i64(20 * MINUTE..90 * MINUTE);
    }
    for _ in 0..rng.usize(1..4) {
        let (began, score) = (rng.i64(ends / 4..ends), 1.5 + rng.f64() * 4.0);
        script.push((began, Deed::Drift { project, score }));
        // Some drifts stay.
        if rng.bool() {
            script.push((rng.i64(began..ends), Deed::Drift { project, score: 0.2 }));
        }
    }
}

fn odd(rng: &mut Rng, project: usize) -> Deed {
    let kind = kind(rng);
    match rng.u32(..24) {
        0 => Deed::Delete { kind, project },
        1 => Deed::Stray {
            key: "training/nobody/x.csv".to_owned(),
        },
        2 => Deed::Stray {
            key: format!("inference/{}", ODD_NAMES[rng.usize(..ODD_NAMES.len())]),
        },
        3 => Deed::Reject { project },
        4 => Deed::Flip { project },
        5 => Deed::ApproveOld {
            project,
            back: rng.usize(..4),
        },
        6 | 7 => Deed::RejectChampion { project },
        8 => Deed::DeleteVersion {
            project,
            back: rng.usize(..3),
        },
        9 => Deed::FewRows {
            project,
            few: rng.bool(),
        },
        10 => Deed::Challengers {
            project,
            win: rng.bool(),
        },
        11 => Deed::Broken {
            project,
            step: Some(["Train", "Preprocess", "Prepare", "Evaluate"][rng.usize(..4)]),
        },
        12 => Deed::Broken { project, step: None },
        13 => Deed::StartByHand { project, kind },
        14 => Deed::StopRun { project, kind },
        15 => Deed::RemakePipeline {
            project,
            kind,
            after: rng.i64(MINUTE..10 * MINUTE),
        },
        16 => Deed::ReplayDeadLetters,
        17 => Deed::Poison { kind },
        18 => Deed::Redeploy,
        19 => Deed::ChangeProject {
            project,
            variant: rng.usize(..4),
        },
        20 => Deed::Stall {
            function: FUNCTIONS[rng.usize(..FUNCTIONS.len())],
            span: rng.i64(MINUTE..40 * MINUTE),
        },
        21 => Deed::MailDown {
            span: rng.i64(5 * MINUTE..HOUR),
        },
        22 => Deed::Burst {
            kind,
            project,
            files: rng.u32(20..60),
        },
        _ => Deed::Drift {
            project,
            score: rng.f64() * 3.0,
        },
    }
}

impl Deed {
    /// What is counted.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Upload { .. } => "upload",
            Self::Burst { .. } => "burst",
            Self::UploadInParts { .. } => "upload-in-parts",
            Self::Delete { .. } => "delete",
            Self::Stray { .. } => "stray",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Flip { .. } => "flip",
            Self::ApproveOld { .. } => "approve-old",
            Self::RejectChampion { .. } => "reject-champion",
            Self::DeleteVersion { .. } => "delete-version",
            Self::Drift { .. } => "drift",
            Self::FewRows { .. } => "few-rows",
            Self::Challengers { .. } => "challengers",
            Self::Broken { .. } => "broken",
            Self::StartByHand { .. } => "start-by-hand",
            Self::StopRun { .. } => "stop-run",
            Self::RemakePipeline { .. } => "remake-pipeline",
            Self::ReplayDeadLetters => "replay-dead-letters",
            Self::Poison { .. } => "poison",
            Self::Redeploy => "redeploy",
            Self::ChangeProject { .. } => "change-project",
            Self::Stall { .. } => "stall",
            Self::MailDown { .. } => "mail-down",
        }
    }
}
