//! ARNs as the Arn operators compare them: each of the six components by itself, so that no star reaches past a colon.

use crate::{Context, Malformed, Pattern, wildcard::Reading};

const COMPONENTS: usize = 6;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArnPattern {
    /// Six of them, or one star that means every ARN.
    components: Vec<Pattern>,
}

impl ArnPattern {
    pub(crate) fn read(text: &str, reading: Reading) -> Result<Self, Malformed> {
        let whole = Pattern::read(text, reading)?;
        let components = if whole.is_star() {
            vec![whole]
        } else {
            whole.cut_at_colons(COMPONENTS)
        };
        Ok(Self { components })
    }

    pub(crate) fn matches(&self, arn: &str, context: &Context) -> bool {
        if let [star] = self.components.as_slice() {
            // A whole ARN may also come from one variable.
            return star.matches(arn, context);
        }
        let mut parts = arn.splitn(COMPONENTS, ':');
        let all = self
            .components
            .iter()
            .all(|component| parts.next().is_some_and(|part| component.matches(part, context)));
        all && self.components.len() == COMPONENTS && parts.next().is_none()
    }
}
