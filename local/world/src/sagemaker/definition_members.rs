//! Members that several parts of a pipeline definition have, and the refusal of those that none has.

use serde_json::Value;

#[derive(Debug, Clone)]
pub(super) struct PropertyFile {
    pub(super) name: String,
    pub(super) output: String,
    pub(super) path: String,
}

pub(super) fn property_files(value: &Value, step: &str) -> Result<Vec<PropertyFile>, String> {
    let files = list(value, "PropertyFiles", step)?.iter().map(|file| {
        let text = |member: &str| {
            let text = file[member].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("a property file of step '{step}' has no {member}"))
        };
        Ok(PropertyFile {
            name: text("PropertyFileName")?,
            output: text("OutputName")?,
            path: text("FilePath")?,
        })
    });
    files.collect()
}

/// A member that is a list, or absent or null and therefore empty.
pub(super) fn list<'a>(value: &'a Value, member: &str, of: &str) -> Result<&'a [Value], String> {
    match value.get(member) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(format!("{member} of '{of}' must be a list, not {other}")),
    }
}

pub(super) fn only<'a>(of: &str, names: impl Iterator<Item = &'a String>, known: &[&str]) -> Result<(), String> {
    for name in names {
        if !known.contains(&name.as_str()) {
            return Err(format!(
                "{of} has the unknown member {name}; there are {}",
                known.join(", ")
            ));
        }
    }
    Ok(())
}
