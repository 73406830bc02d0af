//! What a host left in its state directory, told again from the beginning: every journal entry, and the world as it
//! stood then. For those who check afterwards what happened, a host that was killed included.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use windsock_world::{Blobs, Entry, Input, World};

use crate::{
    blobs::DiskBlobs,
    journal::Line,
    store::{Logged, Version},
};

/// The log and the journal of a state directory that no host is using.
pub struct Recording {
    world: World,
    inputs: Vec<Logged<Input>>,
    journal: Vec<Line<Entry>>,
}

impl Recording {
    pub fn read(state_dir: &Path) -> anyhow::Result<Self> {
        let path = state_dir.join("version.json");
        let text = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        let version: Version = serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))?;
        let blobs = DiskBlobs::open(state_dir.join("blobs"));
        let blobs: Arc<dyn Blobs> =
            Arc::new(blobs.with_context(|| format!("open the blobs in {}", state_dir.display()))?);
        Ok(Self {
            world: World::new(version.settings, blobs),
            inputs: lines(&state_dir.join("inputs.log"))?,
            journal: lines(&state_dir.join("journal.jsonl"))?,
        })
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.journal.iter().map(|line| &line.entry)
    }

    /// Tells every entry in its order, with the world that it came from. The log must give the same entries again: if it
    /// does not, what the journal says is not what happened.
    pub fn replay(self, mut look: impl FnMut(&Entry, &World)) -> anyhow::Result<()> {
        let Self {
            mut world,
            inputs,
            journal,
        } = self;
        let mut inputs = inputs.into_iter();
        let (mut applied, mut made) = (0, Vec::new().into_iter());
        for Line { seq, input, entry } in journal {
            while input.is_some_and(|input| applied < input) {
                ensure!(
                    made.next().is_none(),
                    "the journal lacks an entry of input {applied}, before entry {seq}"
                );
                let Logged { at, input } = inputs
                    .next()
                    .with_context(|| format!("entry {seq} is of an input that is not in the log"))?;
                // A call that was refused then is refused again; its answer left long ago.
                let _ = world.apply(at, input);
                let _ = world.take_work();
                made = world.take_journal().into_iter();
                applied += 1;
            }
            if input.is_some() {
                let again = made.next();
                ensure!(
                    again.as_ref() == Some(&entry),
                    "entry {seq} says {entry:?}, and its input gives {again:?}"
                );
            }
            look(&entry, &world);
        }
        Ok(())
    }
}

/// Whole lines; one that a kill cut off was never acknowledged.
fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("open {name}"))?;
    let mut reader = BufReader::new(file);
    let (mut lines, mut text) = (Vec::new(), Vec::new());
    loop {
        text.clear();
        reader
            .read_until(b'\n', &mut text)
            .with_context(|| format!("read {name}"))?;
        if text.last() != Some(&b'\n') {
            return Ok(lines);
        }
        let line = serde_json::from_slice(&text);
        lines.push(line.with_context(|| format!("read {name} at line {}", lines.len() + 1))?);
    }
}
