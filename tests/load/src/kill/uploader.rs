//! Somebody who uploads while the local AWS is killed again and again: each object until it is acknowledged.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};
use md5::{Digest, Md5};
use windsock_story::{command::LOOK_EVERY, pause::pause, people::Person};

use crate::{coverage::Arrival, work::Upload};

/// A host that was killed is back within seconds, however long its log.
const BACK_WITHIN: Duration = Duration::from_secs(180);

/// Where the local AWS is now: every new one has another port.
#[derive(Clone)]
pub(super) struct Way(Arc<Mutex<Person>>);

impl Way {
    pub(super) fn to(person: Person) -> Self {
        Self(Arc::new(Mutex::new(person)))
    }

    pub(super) fn leads_to(&self, person: Person) {
        *self.lock() = person;
    }

    fn person(&self) -> Person {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Person> {
        // A person is whole, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Uploader {
    thread: JoinHandle<anyhow::Result<Vec<Arrival>>>,
    repeated: Arc<AtomicU64>,
}

impl Uploader {
    /// Each object at its own time, however late the ones before it were.
    pub(super) fn start(way: Way, uploads: Vec<Upload>) -> Self {
        let repeated = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&repeated);
        let thread = std::thread::spawn(move || {
            let began = Instant::now();
            let mut acknowledged = Vec::new();
            for upload in uploads {
                let due = Duration::from_millis(u64::try_from(upload.at).unwrap_or(0));
                pause(due.saturating_sub(began.elapsed()));
                until_acknowledged(&way, &upload, &counter)?;
                acknowledged.push((upload.key, hex::encode(Md5::digest(&upload.bytes))));
            }
            Ok(acknowledged)
        });
        Self { thread, repeated }
    }

    pub(super) fn is_done(&self) -> bool {
        self.thread.is_finished()
    }

    /// What was acknowledged, and how many uploads were sent again.
    pub(super) fn finish(self) -> anyhow::Result<(Vec<Arrival>, u64)> {
        let repeated = Arc::clone(&self.repeated);
        match self.thread.join() {
            Ok(acknowledged) => Ok((acknowledged?, repeated.load(Ordering::Relaxed))),
            Err(_) => bail!("the uploader panicked"),
        }
    }
}

fn until_acknowledged(way: &Way, upload: &Upload, repeated: &AtomicU64) -> anyhow::Result<()> {
    let deadline = Instant::now() + BACK_WITHIN;
    while let Err(error) = way.person().upload(&upload.key, &upload.bytes) {
        ensure!(
            Instant::now() < deadline,
            "{} was not acknowledged: {error:#}",
            upload.key
        );
        repeated.fetch_add(1, Ordering::Relaxed);
        pause(LOOK_EVERY);
    }
    Ok(())
}
