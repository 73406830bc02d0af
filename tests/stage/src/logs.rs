//! What the functions of this thread log, as the JSON lines that they would print.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

pub struct Logs {
    printed: Printed,
    /// Tests run in threads of their own: each listens to itself alone.
    _listening: DefaultGuard,
}

impl Logs {
    pub fn listen() -> Self {
        let printed = Printed::default();
        // The functions' own log, but for where it goes.
        let subscriber = windsock_effects::subscriber(printed.clone(), EnvFilter::new("info"));
        Self {
            printed,
            _listening: tracing::subscriber::set_default(subscriber),
        }
    }

    /// The lines since the last time, each with the function that it names.
    pub fn take(&self) -> Vec<(String, Value)> {
        let bytes = std::mem::take(&mut *self.printed.bytes());
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let read = |line| serde_json::from_slice::<Value>(line).expect("every line of the log is JSON");
        lines
            .map(read)
            // The endpoint in the same process logs too, with durations of real time.
            .filter(|line: &Value| !line["target"].as_str().is_some_and(|target| target.starts_with("s3s")))
            .map(|line| (line["function"].as_str().unwrap_or_default().to_owned(), line))
            .collect()
    }
}

#[derive(Debug, Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Printed {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
