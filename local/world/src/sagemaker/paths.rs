//! Paths into JSON as the pipeline language writes them: `a.b['name'].c`, `values[0]`.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Name(String),
    Index(usize),
}

/// Members by which an item of a list is found when the path names it: `Outputs['train']`.
const NAMES: [&str; 6] = [
    "OutputName",
    "InputName",
    "ChannelName",
    "MetricName",
    "ProfileName",
    "Name",
];

/// Read a path. It may begin with `$.`, as JSONPath does.
pub(super) fn parse(text: &str) -> Result<Vec<Segment>, String> {
    let mut rest = text.strip_prefix('$').unwrap_or(text);
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner
                .split_once(']')
                .ok_or_else(|| format!("`{text}` lacks a closing bracket"))?;
            segments.push(bracket(text, index)?);
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('.').unwrap_or(rest);
        let end = name.find(['.', '[']).unwrap_or(name.len());
        if end == 0 {
            return Err(format!("`{text}` has an empty name"));
        }
        segments.push(Segment::Name(name[..end].to_owned()));
        rest = &name[end..];
    }
    Ok(segments)
}

fn bracket(text: &str, index: &str) -> Result<Segment, String> {
    for quote in ['\'', '"'] {
        if let Some(name) = index.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)) {
            return Ok(Segment::Name(name.to_owned()));
        }
    }
    index
        .parse()
        .map(Segment::Index)
        .map_err(|_| format!("`{text}` has the index [{index}], which is no number"))
}

/// Follow a path. `None` when it leads nowhere.
pub(super) fn pick<'a>(value: &'a Value, path: &[Segment]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match (segment, value) {
        (Segment::Index(index), Value::Array(items)) => items.get(*index),
        (Segment::Name(name), Value::Object(members)) => members.get(name),
        (Segment::Name(name), Value::Array(items)) => items.iter().find(|item| is_called(item, name)),
        _ => None,
    })
}

fn is_called(item: &Value, name: &str) -> bool {
    NAMES
        .iter()
        .any(|member| item.get(member).and_then(Value::as_str) == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_indexed_by_the_name_of_its_item() {
        let job = json!({"Outputs": [{"OutputName": "a"}, {"OutputName": "train", "S3Output": {"S3Uri": "s3://b/k"}}]});
        let path = parse("Outputs['train'].S3Output.S3Uri").unwrap();
        assert_eq!(pick(&job, &path), Some(&json!("s3://b/k")));
        assert_eq!(pick(&job, &parse("Outputs[0].OutputName").unwrap()), Some(&json!("a")));
        assert_eq!(pick(&job, &parse("Outputs['test']").unwrap()), None);
    }

    #[test]
    fn a_broken_path_is_refused() {
        assert!(parse("a['b").is_err());
        assert!(parse("a[b]").is_err());
        assert!(parse("a..b").is_err());
    }
}
