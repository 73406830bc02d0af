//! The functions' log: one JSON object per line, whatever a key or an error text holds; without secrets, and no line
//! so long that CloudWatch would break it in two.

use std::io::{self, Write};

use serde_json::{Value, json};
use tracing::{Metadata, Subscriber, error};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};
use windsock_decisions::redact;

/// To standard output, for as long as the process lives. A panic is a line like any other.
pub fn init_logging() {
    let level = EnvFilter::try_from_env("WINDSOCK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call, from a test, keeps the first one's log.
    if tracing::subscriber::set_global_default(subscriber(io::stdout, level)).is_ok() {
        std::panic::set_hook(Box::new(|panic| error!(event = "panic", "{panic}")));
    }
}

/// Fields at the top level. Without times: CloudWatch and the local host add theirs, and no function reads the system
/// clock.
pub fn subscriber<W>(writer: W, level: EnvFilter) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .without_time()
        .with_writer(Redacted(writer))
        .with_env_filter(level)
        .finish()
}

/// An error's one sentence for those who are told of it (the runtime, a dead letter), and its one line in the log.
pub fn failure(error: &anyhow::Error) -> String {
    let sentence = redact::line(&format!("{error:#}"));
    error!(event = "failure", "{sentence}");
    sentence
}

#[derive(Debug)]
struct Redacted<W>(W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for Redacted<W> {
    type Writer = RedactedWriter<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactedWriter(self.0.make_writer())
    }

    fn make_writer_for(&'w self, meta: &Metadata<'_>) -> Self::Writer {
        RedactedWriter(self.0.make_writer_for(meta))
    }
}

/// The formatter hands over whole lines, one event at a time.
#[derive(Debug)]
struct RedactedWriter<W>(W);

impl<W: Write> Write for RedactedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let redacted: Vec<u8> = lines.flat_map(redacted).collect();
        self.0.write_all(&redacted)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn redacted(line: &[u8]) -> Vec<u8> {
    let mut event = serde_json::from_slice(line).unwrap_or_else(|_| {
        let message = String::from_utf8_lossy(line);
        json!({ "level": "ERROR", "message": message })
    });
    redact(&mut event);
    format!("{event}\n").into_bytes()
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact::line(text),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => members.values_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::info;

    use super::*;

    #[derive(Clone, Default)]
    struct Printed(Arc<Mutex<Vec<u8>>>);

    impl Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is printed while something is logged.
    fn printed(log: impl FnOnce()) -> String {
        let printed = Printed::default();
        let writer = printed.clone();
        let subscriber = subscriber(move || writer.clone(), EnvFilter::new("info"));
        tracing::subscriber::with_default(subscriber, log);
        let bytes = printed.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_hostile_text_is_one_line_of_json() {
        let hostile = "\"}\n{\"level\":\"ERROR\",\"msg\":\"fake\u{1b}[31m\u{0}\r\n\u{2028}";
        let lines = printed(|| info!(event = "plan", project = hostile, "for {hostile}"));
        assert_eq!(lines.lines().count(), 1, "{lines}");
        let line: Value = serde_json::from_str(&lines).unwrap();
        assert_eq!(line["project"], hostile);
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn no_secret_reaches_the_log() {
        let lines = printed(|| info!(key = "AKIAIOSFODNN7EXAMPLE", "read password=hunter2"));
        let line: Value = serde_json::from_str(&lines).unwrap();
        assert_eq!(line["key"], "(secret)");
        assert_eq!(line["message"], "read password=(secret)");
    }

    #[test]
    fn a_failure_is_told_without_its_secrets_and_not_at_any_length() {
        let error = anyhow::anyhow!("no {}", "x".repeat(100_000)).context("sign with ghp_0123456789abcdef");
        let mut sentence = String::new();
        let lines = printed(|| sentence = failure(&error));
        assert!(sentence.starts_with("sign with (secret): no x"), "{sentence}");
        assert!(lines.len() < 10_000 && !lines.contains("ghp_"), "{} bytes", lines.len());
    }

    #[test]
    fn what_is_no_event_is_still_a_line_of_json() {
        let line: Value = serde_json::from_slice(&redacted(b"token=x \xff")).unwrap();
        assert_eq!(line["message"], "token=(secret) \u{fffd}");
    }
}
