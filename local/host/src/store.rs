//! The state directory: everything that must survive a kill at any moment.
//!
//! `version.json` says what the directory is; `inputs.log` holds every input that changed the world, one line each,
//! written before its answer leaves; `journal.jsonl` what the world did; `blobs/` the objects' bytes. Opening replays
//! the log. A line that was cut off by a kill was never acknowledged, so it is dropped.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use windsock_world::{Blobs, Entry, Input, Millis, Settings, Work, World};

use crate::{blobs::DiskBlobs, journal::JournalFile};

/// The layout of a state directory, and what its inputs become. It changes when one windsock could not go on with what another began.
const FORMAT: u64 = 2;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    format: u64,
    windsock: String,
    pub(crate) settings: Settings,
}

/// One line of `inputs.log`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Logged<I> {
    pub(crate) at: Millis,
    pub(crate) input: I,
}

/// An open state directory. Nobody else can open it meanwhile.
#[derive(Debug)]
pub(crate) struct Store {
    inputs: File,
    inputs_written: u64,
    journal: JournalFile,
    /// Held, not read.
    lock: File,
}

/// What opening a state directory gives.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) world: World,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Everything the journal holds so far.
    pub(crate) entries: Vec<Entry>,
    /// Jobs that were told to stop at some time.
    pub(crate) stopped: BTreeSet<String>,
}

impl Store {
    /// Opens or creates the state directory, and replays its log. `settings` are those of a new world; an old one
    /// keeps the time at which it started.
    pub(crate) fn open(folder: &Path, settings: Settings) -> anyhow::Result<Opened> {
        let place = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("create the state directory {place}"))?;
        let lock = lock(folder)?;
        let settings = version(folder, settings)?;
        let blobs: Arc<dyn Blobs> =
            Arc::new(DiskBlobs::open(folder.join("blobs")).with_context(|| format!("open the blobs in {place}"))?);

        let (inputs, logged) = open_lines::<Logged<Input>>(&folder.join("inputs.log"))?;
        let (mut journal, mut entries) = JournalFile::open(&folder.join("journal.jsonl"))?;
        let mut world = World::new(settings, Arc::clone(&blobs));
        let (mut inputs_written, mut stopped) = (0, BTreeSet::new());
        for Logged { at, input } in logged {
            inputs_written += 1;
            // A call that was refused then is refused again; its answer left long ago.
            let _ = world.apply(at, input);
            stopped.extend(world.take_work().into_iter().filter_map(|work| match work {
                Work::StopJob { id } => Some(id),
                _ => None,
            }));
            entries.extend(journal.catch_up(inputs_written, world.take_journal())?);
        }
        let store = Self {
            inputs,
            inputs_written,
            journal,
            lock,
        };
        Ok(Opened {
            store,
            world,
            blobs,
            entries,
            stopped,
        })
    }

    /// Makes an input durable. Its answer may leave afterwards.
    pub(crate) fn log(&mut self, at: Millis, input: &Input) -> anyhow::Result<()> {
        write_line(&mut self.inputs, &Logged { at, input }).context("write inputs.log in the state directory")?;
        self.inputs_written += 1;
        Ok(())
    }

    /// Appends to the journal. `logged` tells whether the entries come from the input logged last; the others come
    /// from inputs that are not replayed.
    pub(crate) fn journal(&mut self, entries: &[Entry], logged: bool) -> anyhow::Result<()> {
        let input = logged.then_some(self.inputs_written);
        self.journal
            .append(entries, input)
            .context("write journal.jsonl in the state directory")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Closing the file is not enough: a child that is just being started still has it for a moment.
        let _ = self.lock.unlock();
    }
}

/// A host that is killed while it starts a child leaves its lock to that child until it has become another program.
const LOCK_WITHIN: Duration = Duration::from_secs(2);

/// Two hosts on one directory would both be right, and the log would be neither's.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("lock");
    let file = File::options().create(true).append(true).open(&path);
    let file = file.with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
    }
    let (sender, receiver) = mpsc::channel();
    // Who is no longer waited for drops the file, and the lock with it.
    std::thread::spawn(move || sender.send(file.lock().map(|()| file)));
    match receiver.recv_timeout(LOCK_WITHIN) {
        Ok(locked) => locked.with_context(|| format!("lock {}", path.display())),
        Err(_) => bail!(
            "the state directory {} is in use by another windsock: stop that one, or choose another directory",
            folder.display()
        ),
    }
}

/// Checks `version.json`, or writes it into an empty directory, and gives the settings that count.
fn version(folder: &Path, settings: Settings) -> anyhow::Result<Settings> {
    let path = folder.join("version.json");
    if !path.exists() {
        if folder.join("inputs.log").exists() {
            bail!(
                "{} is missing, so the state beside it cannot be read: move the directory away",
                path.display()
            );
        }
        let version = Version {
            format: FORMAT,
            windsock: env!("CARGO_PKG_VERSION").into(),
            settings,
        };
        replace(&path, &serde_json::to_vec_pretty(&version)?)?;
        return Ok(version.settings);
    }
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let found: serde_json::Value = serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is not JSON: move the state directory away and start anew",
            path.display()
        )
    })?;
    if found["format"] != FORMAT {
        bail!(
            "the state directory {} has format {} of windsock {}, and this windsock {} reads format {FORMAT}: \
             move the directory away, or run the windsock that wrote it",
            folder.display(),
            found["format"],
            found["windsock"].as_str().unwrap_or("unknown"),
            env!("CARGO_PKG_VERSION"),
        );
    }
    let found: Version = serde_json::from_value(found).with_context(|| format!("read {}", path.display()))?;
    let same = Settings {
        started_at: found.settings.started_at,
        ..settings.clone()
    };
    if same != found.settings {
        bail!(
            "the state directory {} was made with {}, not with {}: start with those settings, or choose another directory",
            folder.display(),
            serde_json::to_string(&found.settings)?,
            serde_json::to_string(&settings)?,
        );
    }
    Ok(found.settings)
}

/// Writes a file whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = PathBuf::from(format!("{}.new", path.display()));
    fs::write(&beside, bytes).with_context(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("rename {} to {}", beside.display(), path.display()))
}

/// One JSON document and its newline in a single write, so that a kill cuts off at most the last line.
pub(crate) fn write_line<T: Serialize>(file: &mut File, line: &T) -> anyhow::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    Ok(())
}

/// Opens a file of JSON lines for appending and reads what it holds. An unfinished last line is cut off; damage
/// before it is an error, because everything after it would be wrong.
pub(crate) fn open_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<(File, Vec<T>)> {
    let name = path.display();
    let file = File::options().create(true).read(true).append(true).open(path);
    let mut file = file.with_context(|| format!("open {name}"))?;
    let mut reader = BufReader::new(&file);
    let (mut lines, mut whole, mut text) = (Vec::new(), 0_u64, Vec::new());
    loop {
        text.clear();
        let length = reader
            .read_until(b'\n', &mut text)
            .with_context(|| format!("read {name}"))?;
        if text.last() != Some(&b'\n') {
            if length > 0 {
                tracing::warn!(file = %name, "Dropping an unfinished last line, which was never acknowledged");
            }
            break;
        }
        let line = serde_json::from_slice(&text).with_context(|| {
            format!(
                "{name} is damaged at line {}: restore it, or move the state directory away",
                lines.len() + 1
            )
        })?;
        lines.push(line);
        whole += length as u64;
    }
    file.set_len(whole).with_context(|| format!("cut {name}"))?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_a_killed_hosts_child_still_holds_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        let waiting = {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || lock(&folder).map(drop))
        };
        drop(held);
        waiting.join().unwrap().unwrap();
    }
}
