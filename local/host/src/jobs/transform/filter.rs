//! The part of JSONPath that DataProcessing's filters may use: `$`, `$[1:]`, `$[:-1]`, `$[0,2]`, `$[-1]`, `$.a.b`,
//! `$['a']`.

use serde_json::Value;

/// AWS's limit of a filter's length.
const LENGTH_MAX: usize = 63;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Indices(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
}

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("the filter `{text}` cannot be used: {why}");
        if text.len() > LENGTH_MAX {
            return Err(refused("it is longer than 63 characters"));
        }
        let mut rest = text
            .strip_prefix('$')
            .ok_or_else(|| refused("it must begin with `$`"))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = if let Some(member) = rest.strip_prefix('.') {
                let end = member.find(['.', '[']).unwrap_or(member.len());
                (Step::Member(member[..end].to_string()), &member[end..])
            } else {
                let inner = rest
                    .strip_prefix('[')
                    .ok_or_else(|| refused("after `$` comes `.name` or `[...]`"))?;
                let end = inner.find(']').ok_or_else(|| refused("a `[` has no `]`"))?;
                let step =
                    bracket(&inner[..end]).ok_or_else(|| refused("between `[` and `]` belong numbers or a slice"))?;
                (step, &inner[end + 1..])
            };
            if step == Step::Member(String::new()) {
                return Err(refused("a name is empty"));
            }
            steps.push(step);
            rest = after;
        }
        Ok(Self { steps })
    }

    pub(super) fn is_everything(&self) -> bool {
        self.steps.is_empty()
    }

    /// The selected fields of a CSV record.
    pub(super) fn fields<'a>(&self, fields: &[&'a str]) -> Result<Vec<&'a str>, String> {
        let mut selected = fields.to_vec();
        for step in &self.steps {
            let positions = step.positions(selected.len())?;
            selected = positions.into_iter().map(|position| selected[position]).collect();
        }
        Ok(selected)
    }

    /// The selected part of a JSON record. Several elements make an array, one index the element itself.
    pub(super) fn value(&self, value: &Value) -> Result<Value, String> {
        let mut selected = value.clone();
        for step in &self.steps {
            selected = match (step, &selected) {
                (Step::Member(name), Value::Object(members)) => members
                    .get(name)
                    .cloned()
                    .ok_or_else(|| format!("a record has no member `{name}`"))?,
                (Step::Member(name), _) => return Err(format!("a record is not an object, so it has no `{name}`")),
                (step, Value::Array(elements)) => {
                    let positions = step.positions(elements.len())?;
                    match (step, positions.as_slice()) {
                        (Step::Indices(_), [position]) => elements[*position].clone(),
                        (_, positions) => positions.iter().map(|position| elements[*position].clone()).collect(),
                    }
                }
                _ => return Err("a record is not an array".into()),
            };
        }
        Ok(selected)
    }
}

impl Step {
    fn positions(&self, length: usize) -> Result<Vec<usize>, String> {
        let signed = i64::try_from(length).map_err(|_| "a record is too long".to_string())?;
        let from_end = |index: i64| if index < 0 { index + signed } else { index };
        match self {
            Self::Member(name) => Err(format!("CSV has no member `{name}`")),
            Self::Slice(from, to) => {
                let bound = |edge: Option<i64>, default| {
                    usize::try_from(edge.map_or(default, from_end).clamp(0, signed)).unwrap_or(0)
                };
                Ok((bound(*from, 0)..bound(*to, signed)).collect())
            }
            Self::Indices(indices) => {
                let position = |index: &i64| {
                    usize::try_from(from_end(*index))
                        .ok()
                        .filter(|position| *position < length)
                        .ok_or_else(|| format!("a record of {length} fields has no field {index}"))
                };
                indices.iter().map(position).collect()
            }
        }
    }
}

fn bracket(inner: &str) -> Option<Step> {
    let inner = inner.trim();
    for quote in ['\'', '"'] {
        if let Some(name) = inner.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)) {
            return Some(Step::Member(name.to_string()));
        }
    }
    let edge = |text: &str| match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    match inner.split_once(':') {
        Some((from, to)) => Some(Step::Slice(edge(from)?, edge(to)?)),
        None => inner
            .split(',')
            .map(|index| index.trim().parse().ok())
            .collect::<Option<_>>()
            .map(Step::Indices),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(filter: &str) -> Result<Vec<&'static str>, String> {
        Filter::parse(filter)?.fields(&["a", "b", "c", "d"])
    }

    #[test]
    fn fields_are_selected_by_slice_and_index() {
        assert_eq!(fields("$").unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(fields("$[1:]").unwrap(), ["b", "c", "d"]);
        assert_eq!(fields("$[:-1]").unwrap(), ["a", "b", "c"]);
        assert_eq!(fields("$[1:3]").unwrap(), ["b", "c"]);
        assert_eq!(fields("$[-2:]").unwrap(), ["c", "d"]);
        assert_eq!(fields("$[0,-1]").unwrap(), ["a", "d"]);
        assert_eq!(fields("$[9:]").unwrap(), [""; 0]);
        assert!(fields("$[4]").unwrap_err().contains("no field 4"));
    }

    #[test]
    fn members_are_selected_by_name() {
        let record = json!({"features": [1, 2, 3], "id": {"row": 7}});
        let select = |filter| Filter::parse(filter).and_then(|filter| filter.value(&record));
        assert_eq!(select("$.features").unwrap(), json!([1, 2, 3]));
        assert_eq!(select("$.features[1:]").unwrap(), json!([2, 3]));
        assert_eq!(select("$['id'].row").unwrap(), json!(7));
        assert_eq!(select("$.features[-1]").unwrap(), json!(3));
        assert!(select("$.nothing").is_err());
    }

    #[test]
    fn what_is_not_a_filter_is_refused() {
        for text in [
            "",
            "features",
            "$features",
            "$[1",
            "$[a]",
            "$.",
            "$[1:2:3]",
            &format!("$.{}", "x".repeat(63)),
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
