//! How a job ends: the sentence where SageMaker looks for it, the same on stderr, and the exit code.

use std::process::ExitCode;

use anyhow::Error;
use windsock_decisions::redact;

use super::{files, paths::Root};

/// SageMaker shows the first 1,024 bytes.
const SENTENCE_BYTES_MAX: usize = 1024;

/// Which file carries a job's sentence: processing jobs have an exit message, training jobs a failure reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentence {
    Message,
    Failure,
}

impl Sentence {
    fn container_path(self) -> &'static str {
        match self {
            Sentence::Message => "/opt/ml/output/message",
            Sentence::Failure => "/opt/ml/output/failure",
        }
    }
}

/// Sends log lines to stderr, without colours and without a time: SageMaker's log adds its own.
pub fn announce() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}

/// Says how the job ended. A processing job has an exit message when it succeeds, too.
pub fn finish(root: &Root, sentence: Sentence, result: anyhow::Result<String>) -> ExitCode {
    let (text, code) = match result {
        Ok(text) => {
            println!("{text}");
            (Some(text).filter(|_| sentence == Sentence::Message), ExitCode::SUCCESS)
        }
        Err(error) => {
            let text = told(root, &error);
            eprintln!("{text}");
            (Some(text), ExitCode::FAILURE)
        }
    };
    if let Some(text) = text {
        let path = root.at(sentence.container_path());
        if let Err(error) = files::write(&path, shortened(&text).as_bytes()) {
            // The exit code still tells, and the sentence is on stderr.
            eprintln!("{error:#}");
        }
    }
    code
}

/// The error with its causes on one line, with the container's paths and without secrets: it is shown in consoles and
/// letters.
fn told(root: &Root, error: &Error) -> String {
    let local = root.at("/opt/ml").display().to_string();
    let mut text = format!("{error:#}").replace(['\n', '\r'], " ");
    if local.len() > 1 {
        text = text.replace(&local, "/opt/ml");
    }
    redact::line(&text)
}

fn shortened(text: &str) -> &str {
    let mut end = text.len().min(SENTENCE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_between_characters() {
        let text = "é".repeat(600);
        assert_eq!(shortened(&text).len(), 1024);
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&format!("a{text}")).len(), 1023);
    }

    #[test]
    fn a_failed_training_leaves_its_reason_and_no_message() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let reason = anyhow::anyhow!("{} is missing", root.at("/opt/ml/model/x").display());
        finish(&root, Sentence::Failure, Err(reason));
        let text = std::fs::read_to_string(root.at("/opt/ml/output/failure")).unwrap();
        assert_eq!(text, "/opt/ml/model/x is missing");
        assert!(!root.at("/opt/ml/output/message").exists());
    }

    #[test]
    fn a_reason_is_one_line_without_secrets() {
        let error = anyhow::anyhow!("x\r\nBcc: all@corp.example password=hunter2");
        let text = told(&Root::new("/opt/ml"), &error);
        assert_eq!(text, "x  Bcc: all@corp.example password=(secret)");
    }
}
