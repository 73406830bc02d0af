//! What a request brings beside action and resource: condition keys and their values.

use std::borrow::Cow;

/// The condition keys of one request. Names of keys have no case.
#[derive(Debug, Clone, Default)]
pub struct Context {
    keys: Vec<(Cow<'static, str>, Values)>,
    /// Milliseconds since 1970, for `aws:CurrentTime` and `aws:EpochTime`, which hardly any policy asks for.
    now: Option<i64>,
}

/// Nearly every key has one value, and most values are words that are there already.
#[derive(Debug, Clone)]
enum Values {
    One(Cow<'static, str>),
    Several(Vec<String>),
}

impl Context {
    /// A request made at this time, in milliseconds since 1970.
    pub fn at(now: i64) -> Self {
        Self {
            keys: Vec::with_capacity(16),
            now: Some(now),
        }
    }

    /// A key with one value.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        self.keys.push((key.into(), Values::One(value.into())));
    }

    /// A key with several values, such as `aws:TagKeys`.
    pub fn set_all(&mut self, key: impl Into<Cow<'static, str>>, values: Vec<String>) {
        self.keys.push((key.into(), Values::Several(values)));
    }

    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.set(key, value);
        self
    }

    /// The key's values; `None` when the request has no such key.
    pub(crate) fn values(&self, key: &str) -> Option<Vec<Cow<'_, str>>> {
        let found = self.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        match found {
            Some((_, Values::One(value))) => Some(vec![Cow::Borrowed(value.as_ref())]),
            // A list without items is no value at all.
            Some((_, Values::Several(values))) if values.is_empty() => None,
            Some((_, Values::Several(values))) => {
                Some(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect())
            }
            None => self.time(key).map(|time| vec![Cow::Owned(time)]),
        }
    }

    /// The value of a key that has exactly one, which alone can stand for a variable.
    pub(crate) fn single(&self, key: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(key)?;
        if values.len() == 1 { values.pop() } else { None }
    }

    fn time(&self, key: &str) -> Option<String> {
        let now = self.now?;
        if key.eq_ignore_ascii_case("aws:EpochTime") {
            return Some(now.div_euclid(1000).to_string());
        }
        let time = jiff::Timestamp::from_second(now.div_euclid(1000)).ok()?;
        key.eq_ignore_ascii_case("aws:CurrentTime").then(|| time.to_string())
    }
}
