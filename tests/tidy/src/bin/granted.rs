//! `windsock-granted FOLDER`: says which rights of the policies no story of a folder's records needed.
//!
//! It ends with 1 while any of them has no reason in `granted/reasons.rs`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use windsock_tidy::granted::{Granted, REASONS};

fn main() -> anyhow::Result<ExitCode> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .context("name the folder of the records")?
        .into();
    let granted = Granted::read(&folder)?;
    let (excused, wrong) = granted.judge(REASONS);
    for (right, why) in &excused {
        println!("not needed by any story: {right}: {why}");
    }
    for sentence in &wrong {
        eprintln!("{sentence}");
    }
    println!(
        "{} rights are granted; stories need all but {}, {} of which have a reason",
        granted.count(),
        excused.len() + wrong.len(),
        excused.len()
    );
    Ok(if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
