//! Actions, which have no case: `s3:GetObject`, `s3:Get*`, `*`.

use crate::{Context, Malformed, Pattern, wildcard::Reading};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Actions {
    patterns: Vec<Pattern>,
    /// NotAction: all but these.
    negated: bool,
}

impl Actions {
    pub(crate) fn read(texts: &[&str], negated: bool) -> Result<Self, Malformed> {
        let patterns = texts.iter().map(|text| read_one(text)).collect::<Result<_, _>>()?;
        Ok(Self { patterns, negated })
    }

    /// Whether an action, in lower case, is among them.
    pub(crate) fn include(&self, lower_case: &str, context: &Context) -> bool {
        let among = self
            .patterns
            .iter()
            .any(|pattern| pattern.matches_as_is(lower_case, context));
        among != self.negated
    }
}

fn read_one(text: &str) -> Result<Pattern, Malformed> {
    let well_formed = text == "*"
        || text.split_once(':').is_some_and(|(service, name)| {
            let service_is_good =
                !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let name_is_good = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte));
            service_is_good && name_is_good
        });
    if !well_formed {
        return Err(Malformed::new(format!(
            "the action `{text}` is not `*`, nor a service and an action of it such as `s3:GetObject` or `s3:Get*`"
        )));
    }
    let reading = Reading {
        wildcards: true,
        variables: false,
        folded: true,
    };
    Pattern::read(text, reading)
}
