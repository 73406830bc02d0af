//! A copy of template.yaml with some of its wiring taken out, to see what depends on it.

use anyhow::{Context, bail};

use crate::repository;

/// Each name is a resource, or an event of a function: `PromoteModelFunction/ModelPackageChanged`.
pub fn without(names: &[&str]) -> anyhow::Result<String> {
    let path = repository().join("template.yaml");
    let mut template = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    for name in names {
        template = match name.split_once('/') {
            Some((function, event)) => cut(&template, &["Resources", function, "Properties", "Events", event])?,
            None => forget(&cut(&template, &["Resources", name])?, name),
        };
    }
    Ok(template)
}

/// Take out the block that this path of keys leads to, and with it the blocks that hold nothing else.
fn cut(template: &str, path: &[&str]) -> anyhow::Result<String> {
    let lines: Vec<&str> = template.lines().collect();
    let (mut blocks, mut around) = (Vec::new(), 0..lines.len());
    for (depth, key) in path.iter().enumerate() {
        let head = format!("{:indent$}{key}:", "", indent = 2 * depth);
        let Some(begin) = around.find(|&number| lines[number] == head) else {
            bail!("template.yaml has no {}", path[..=depth].join("."));
        };
        let inside = |line: &str| line.is_empty() || line.starts_with(&" ".repeat(2 * depth + 1));
        let end = around.find(|&number| !inside(lines[number])).unwrap_or(around.end);
        blocks.push(begin..end);
        around = begin + 1..end;
    }
    let mut cut = blocks.pop().unwrap_or_default();
    while let Some(around) = blocks.pop()
        && around.start + 1 == cut.start
        && around.end == cut.end
    {
        cut = around;
    }
    Ok([&lines[..cut.start], &lines[cut.end..]].concat().join("\n") + "\n")
}

/// Take out the items of lists that refer to a resource which is gone.
fn forget(template: &str, resource: &str) -> String {
    let item = format!("- !GetAtt {resource}.Arn");
    let kept: Vec<&str> = template.lines().filter(|line| line.trim() != item).collect();
    kept.join("\n") + "\n"
}
