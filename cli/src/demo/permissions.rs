//! `permissions.json`: which statements of the templates' policies allowed or denied what, and which nobody needed.
//!
//! A right that no flow ever needs is one too many, or a flow is missing: both are worth a look.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use windsock_host::Host;
use windsock_world::StatementUse;

pub fn write(host: &Host, path: &Path) -> anyhow::Result<()> {
    let (all, unused) = host.world(|world| (world.statements(), world.statements_never_used()));
    let shown: Vec<Value> = all.iter().map(shown).collect();
    let text = serde_json::to_string_pretty(&shown).context("write down the statements")?;
    std::fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    println!(
        "{} statements of policies, {} of them not needed by this story: {}.",
        all.len(),
        unused.len(),
        path.display()
    );
    Ok(())
}

fn shown(used: &StatementUse) -> Value {
    json!({
        "statement": used.statement.to_string(),
        "effect": format!("{:?}", used.effect),
        "actions": used.actions,
    })
}
