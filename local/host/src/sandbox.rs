//! One process of one function, and the one invocation it works on.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use tokio::time::{Instant, MissedTickBehavior};
use windsock_world::{InvocationOutcome, work::Invocation};

use crate::{
    functions::{Place, environment},
    outside::Outside,
    process::{Process, Start},
    runtime_api::{Event, Handout, RuntimeApi},
};

/// Lambda gives a function 10 s to initialise. Two busy cores that also train a model may need longer.
const INIT_MAX: Duration = Duration::from_secs(30);
/// How often the output of a running invocation is looked at.
const OUTPUT_EVERY: Duration = Duration::from_millis(500);
/// A process that printed this much is not used again, so that its output file can go.
const OUTPUT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Numbers the log streams of this host.
static STREAMS: AtomicU64 = AtomicU64::new(1);

pub(crate) struct Sandbox {
    process: Process,
    api: RuntimeApi,
    output: Output,
    deployment: String,
    usable: bool,
}

impl Sandbox {
    pub(crate) async fn start(
        place: &Place,
        program: &Path,
        invocation: &Invocation,
        deployment: String,
    ) -> anyhow::Result<Self> {
        let api = RuntimeApi::start(Arc::clone(&place.outside)).await?;
        let stream = format!("{}-{:06}", std::process::id(), STREAMS.fetch_add(1, Ordering::Relaxed));
        let output = Output::new(place, &invocation.function, &stream)?;
        let environment = environment(place, invocation, &api.address.to_string(), &stream);
        let start = Start {
            program,
            arguments: &[],
            environment: &environment,
            folder: &place.logs_dir,
        };
        let process = place.processes.start(start, &output.stream)?;
        Ok(Self {
            process,
            api,
            output,
            deployment,
            usable: true,
        })
    }

    pub(crate) fn deployment(&self) -> &str {
        &self.deployment
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.process.is_alive()
    }

    /// Whether the process may take another invocation.
    pub(crate) fn is_reusable(&self) -> bool {
        self.usable && self.output.read < OUTPUT_BYTES_MAX
    }

    /// Hands the invocation to the process and waits for its end, whatever that is.
    pub(crate) async fn invoke(&mut self, invocation: &Invocation) -> InvocationOutcome {
        let handout = Handout {
            id: invocation.id.clone(),
            function_arn: invocation.function_arn.clone(),
            payload: invocation.payload.to_string().into_bytes(),
            timeout_ms: invocation.timeout_ms,
        };
        let (outcome, usable) = match self.api.handouts.send(handout).await {
            Ok(()) => self.wait(invocation).await,
            Err(_) => (crashed("Runtime API has ended".into()), false),
        };
        if !usable {
            self.usable = false;
            self.process.kill();
        }
        // What it printed before it answered is on disk by now, so the journal has it before the end.
        self.output.collect();
        outcome
    }

    /// How the invocation ended, and whether the process may be used again.
    async fn wait(&mut self, invocation: &Invocation) -> (InvocationOutcome, bool) {
        let mut deadline = Instant::now() + INIT_MAX;
        let never_asked = crashed(format!("Runtime did not ask for work within {} s", INIT_MAX.as_secs()));
        let mut taken = false;
        let mut look = tokio::time::interval(OUTPUT_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // An answer that arrived counts, even if the process ended right after it.
                biased;
                event = self.api.events.recv() => match event {
                    Some(Event::Taken) => {
                        // While anything runs, world time passes at real speed: the time-out is real time too.
                        taken = true;
                        deadline = Instant::now() + Duration::from_millis(invocation.timeout_ms.max(0).unsigned_abs());
                    }
                    Some(Event::Ended(outcome)) => return (outcome, true),
                    Some(Event::InitFailed(outcome)) => return (outcome, false),
                    None => return (crashed("Runtime API has ended".into()), false),
                },
                status = self.process.wait() => return (exited(status), false),
                () = tokio::time::sleep_until(deadline) => {
                    let outcome = if taken { InvocationOutcome::TimedOut } else { never_asked };
                    return (outcome, false);
                }
                _ = look.tick() => self.output.collect(),
            }
        }
    }
}

fn exited(status: std::io::Result<ExitStatus>) -> InvocationOutcome {
    match status {
        Ok(status) => crashed(format!("Runtime exited with error: {status}")),
        Err(error) => crashed(format!("Runtime exited, and its status is unknown: {error}")),
    }
}

/// How an invocation ended whose process did not say it. The world adds the request id.
fn crashed(message: String) -> InvocationOutcome {
    InvocationOutcome::Crashed { message }
}

/// What one process prints. It goes to a file, so that nothing is lost, whoever is killed when.
struct Output {
    function: String,
    /// What the process writes to.
    stream: PathBuf,
    /// What people read: all processes of the function, one after the other.
    log: PathBuf,
    read: u64,
    unfinished: Vec<u8>,
    outside: Arc<dyn Outside>,
}

impl Output {
    fn new(place: &Place, function: &str, stream: &str) -> anyhow::Result<Self> {
        let streams = place.logs_dir.join("streams");
        fs::create_dir_all(&streams).with_context(|| format!("create {}", streams.display()))?;
        // The names of functions are letters, digits, `-` and `_`, by Lambda's own rule.
        let stream = streams.join(format!("{function}-{stream}.log"));
        fs::write(&stream, "").with_context(|| format!("write {}", stream.display()))?;
        Ok(Self {
            function: function.to_string(),
            stream,
            log: place.logs_dir.join(format!("{function}.log")),
            read: 0,
            unfinished: Vec::new(),
            outside: Arc::clone(&place.outside),
        })
    }

    /// Passes on what was printed since the last time.
    fn collect(&mut self) {
        if let Err(error) = self.try_collect() {
            tracing::warn!(function = %self.function, "The output of a function could not be read: {error:#}");
        }
    }

    fn try_collect(&mut self) -> anyhow::Result<()> {
        let mut file = File::open(&self.stream)?;
        file.seek(SeekFrom::Start(self.read))?;
        self.read += file.read_to_end(&mut self.unfinished)? as u64;
        let Some(end) = self.unfinished.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(());
        };
        let rest = self.unfinished.split_off(end + 1);
        let lines = std::mem::replace(&mut self.unfinished, rest);
        File::options()
            .create(true)
            .append(true)
            .open(&self.log)?
            .write_all(&lines)?;
        for line in lines.split(|byte| *byte == b'\n') {
            if let Ok(line @ serde_json::Value::Object(_)) = serde_json::from_slice(line) {
                self.outside.log(&self.function, line);
            }
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.collect();
        let _ = fs::remove_file(&self.stream);
    }
}
