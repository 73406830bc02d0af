//! What functions log for the dashboard's tables, and what its queries ask for: a column that nobody logs stays empty, and says
//! so to nobody. That the functions log it is shown by tests/flows, from this list.

use std::collections::BTreeSet;

use regex::Regex;

/// A kind of line, by the function that logs it.
#[derive(Debug)]
pub struct Line {
    pub function: &'static str,
    pub event: &'static str,
    /// Every line has these; of a plan, some have.
    pub fields: &'static [&'static str],
}

pub const LOGGED: [Line; 6] = [
    Line {
        function: "sweep",
        event: "standing",
        fields: &[
            "project",
            "champion",
            "since",
            "metrics",
            "gain",
            "approvals",
            "arrivals",
            "drift",
        ],
    },
    Line {
        function: "promote-model",
        event: "champion",
        fields: &["project", "champion", "before", "why", "since"],
    },
    Line {
        function: "publish-drift",
        event: "report",
        fields: &["project", "verdict", "score", "column", "distance", "threshold", "rows"],
    },
    Line {
        function: "notify",
        event: "letter",
        fields: &["project", "kind", "audience"],
    },
    Line {
        function: "sweep",
        event: PLAN,
        fields: &["project", "action"],
    },
    Line {
        function: "respond-to-drift",
        event: PLAN,
        fields: &["project", "action"],
    },
];

/// What every function logs of its decisions, for whoever looks into it; the dashboard need not show that.
pub const PLAN: &str = "plan";

/// Words of the query language, beside the functions.
const WORDS: [&str; 16] = [
    "SOURCE", "fields", "filter", "stats", "sort", "dedup", "limit", "display", "as", "by", "and", "or", "not", "in",
    "asc", "desc",
];

impl Line {
    /// The log group's resource: `PromoteModelLogs` of promote-model.
    pub fn group(&self) -> String {
        let words = self.function.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        words.collect::<String>() + "Logs"
    }
}

/// A query of CloudWatch Logs Insights, as far as it says whom it asks for what.
#[derive(Debug)]
pub(super) struct Query {
    /// What it reads, by the resource's name.
    pub group: String,
    pub event: String,
    fields: BTreeSet<String>,
}

impl Query {
    /// `SOURCE '<log group>' | fields a, b as c | filter event = "..." | ...`
    pub fn read(text: &str) -> Self {
        let find = |pattern: &str| {
            let found = Regex::new(pattern).expect("a pattern").captures(text);
            found.map_or_else(String::new, |found| found[1].to_owned())
        };
        let words = Regex::new(r#""[^"]*"|'[^']*'|[@A-Za-z_][\w.@]*\(?|\d\w*"#).expect("a pattern");
        let words: Vec<&str> = words.find_iter(text).map(|word| word.as_str()).collect();
        let named_here: BTreeSet<&str> = words
            .windows(2)
            .filter(|pair| pair[0] == "as")
            .map(|pair| pair[1])
            .collect();
        let is_field = |word: &&&str| {
            word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && !word.ends_with('(')
                && !WORDS.contains(word)
                && !named_here.contains(**word)
        };
        Self {
            group: find("SOURCE '([^']*)'"),
            event: find(r#"event = "([^"]*)""#),
            fields: words.iter().filter(is_field).map(|word| (*word).to_owned()).collect(),
        }
    }

    pub fn asks(&self, line: &Line) -> bool {
        self.group == line.group() && self.event == line.event
    }

    /// What it asks for in vain, one sentence each.
    pub fn in_vain(&self) -> Vec<String> {
        let Some(line) = LOGGED.iter().find(|line| self.asks(line)) else {
            return vec![format!(
                "{} for lines `{}`, which are not there",
                self.group, self.event
            )];
        };
        let known = |field: &&String| *field == "event" || line.fields.contains(&field.as_str());
        let unknown = self.fields.iter().filter(|field| !known(field));
        unknown
            .map(|field| {
                format!(
                    "{} for `{field}` of lines `{}`, which have none",
                    self.group, self.event
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_fields_and_not_for_what_it_names_itself() {
        let query = Query::read(
            "SOURCE 'SweepLogs' | fields @timestamp, project, coalesce(action, reason) as said | filter event = \"plan\" and \
             said in [\"send-hint\"] | stats count(*) as hints by bin(1d) as day, project | sort day desc | limit 20",
        );
        assert_eq!((query.group.as_str(), query.event.as_str()), ("SweepLogs", "plan"));
        let fields: Vec<&str> = query.fields.iter().map(String::as_str).collect();
        assert_eq!(fields, ["action", "event", "project", "reason"]);
        assert_eq!(
            query.in_vain(),
            ["SweepLogs for `reason` of lines `plan`, which have none"]
        );
    }

    #[test]
    fn the_group_is_the_functions() {
        assert_eq!(LOGGED[1].group(), "PromoteModelLogs");
    }
}
