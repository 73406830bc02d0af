//! Known weaknesses of the dependencies: RustSec's advisories on both locks, by cargo-audit, which never goes out for them.
//!
//! The database is data of others and no part of this repository. It is looked for where `WINDSOCK_ADVISORY_DB` says, or beside
//! the repository; without one the step says so, because no clone has to have it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use crate::{build, step::run};

const LOCKS: [&str; 2] = ["Cargo.lock", "fuzz/Cargo.lock"];
/// RUSTSEC-2020-0071 is about this version: an audit that lets it pass sees nothing.
const PLANTED: &str = "version = 3\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\n\
                       source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

pub fn verify(target: &Path, programs: &Path) -> anyhow::Result<()> {
    let root = build::root()?;
    let Some(database) = database(&root)? else {
        println!("\n== advisories: skipped, for there is no RustSec database at WINDSOCK_ADVISORY_DB");
        return Ok(());
    };
    let audit = |lock: &Path| {
        let mut command = Command::new(programs.join("cargo-audit"));
        command.current_dir(&root);
        command.args(["audit", "--no-fetch", "--stale", "--deny", "warnings", "--db"]);
        command.arg(&database).arg("--file").arg(lock);
        command
    };
    for lock in LOCKS {
        run(&format!("advisories on {lock}"), &mut audit(Path::new(lock)))?;
    }
    let planted = target.join("planted.lock");
    fs::write(&planted, PLANTED).with_context(|| format!("write {}", planted.display()))?;
    let seen = audit(&planted).output().context("start cargo-audit")?;
    let told = String::from_utf8_lossy(&seen.stdout);
    ensure!(
        !seen.status.success() && told.contains("RUSTSEC-2020-0071"),
        "cargo-audit finds nothing in time 0.1.43: {told}"
    );
    Ok(())
}

/// One that is named has to be there.
fn database(root: &Path) -> anyhow::Result<Option<PathBuf>> {
    let is_database = |folder: &Path| folder.join("crates").is_dir();
    if let Some(named) = env::var_os("WINDSOCK_ADVISORY_DB").map(PathBuf::from) {
        ensure!(
            is_database(&named),
            "WINDSOCK_ADVISORY_DB names {}, which has no folder `crates`: name a copy of rustsec/advisory-db",
            named.display()
        );
        return Ok(Some(named));
    }
    Ok(Some(root.join("../shared/advisory-db")).filter(|beside| is_database(beside)))
}
