//! The jobs of Windsock's container: preprocess, baseline, train, evaluate, prepare, serve, monitor.
//!
//! Each job is a pure core with thin reading and writing around it, and honours SageMaker's container contract:
//! everything lies under /opt/ml, or under `WINDSOCK_ML_ROOT` in its place. A job that cannot do its work says so in
//! one sentence, in the file that SageMaker reads it from, on stderr, and by its exit code.

pub mod common;
pub mod evaluate;
pub mod learn;
pub mod monitor;
pub mod prepare;
pub mod preprocess;
pub mod serve;
pub mod train;

use std::process::ExitCode;

use common::outcome::{self, Sentence};
use common::paths::Root;

const USAGE: &str = "Usage: windsock-jobs preprocess|baseline|train|evaluate|prepare|serve|monitor, or, for a person: \
                     windsock-jobs monitor baseline|check DATA ...";

/// Runs the job that the first argument names.
pub fn run(arguments: &[String], root: &Root) -> ExitCode {
    if let [job, question @ ..] = arguments
        && job == "monitor"
        && !question.is_empty()
    {
        return monitor::laptop::run(question);
    }
    let [job] = arguments else {
        eprintln!("One job is expected. {USAGE}");
        return ExitCode::from(2);
    };
    match job.as_str() {
        "preprocess" => outcome::finish(root, Sentence::Message, preprocess::run(root)),
        // A baseline is a monitor run without anything to compare with: the environment says which it is.
        "baseline" | "monitor" => outcome::finish(root, Sentence::Message, monitor::run(root)),
        "train" => outcome::finish(root, Sentence::Failure, train::run(root)),
        "evaluate" => outcome::finish(root, Sentence::Message, evaluate::run(root)),
        "prepare" => outcome::finish(root, Sentence::Message, prepare::run(root)),
        "serve" => outcome::finish(root, Sentence::Message, serve::run(root)),
        unknown => {
            eprintln!("There is no job `{unknown}`. {USAGE}");
            ExitCode::from(2)
        }
    }
}
