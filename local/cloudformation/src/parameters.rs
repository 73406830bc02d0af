//! Parameters: what a template asks for, and whether what it was given fits.

use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Number, Value};

use crate::{Error, Node, Template, error::listed, template::known};

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub line: usize,
    pub kind: ParameterKind,
    pub description: Option<String>,
    pub default: Option<String>,
    pub allowed_values: Vec<String>,
    pub allowed_pattern: Option<String>,
    pub constraint_description: Option<String>,
    pub min_length: Option<f64>,
    pub max_length: Option<f64>,
    pub min_value: Option<f64>,
    pub max_value: Option<f64>,
    /// NoEcho: never shown again.
    pub secret: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Number,
    CommaDelimitedList,
    NumberList,
}

const MEMBERS: [&str; 11] = [
    "Type",
    "Description",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
];

impl Parameter {
    pub(crate) fn parse(node: &Node) -> Result<Self, Error> {
        let members = node.expect_map("a parameter")?;
        known(members, "a parameter", &MEMBERS)?;
        let text = |key: &str| members.get(key).map(|node| node.expect_text(key)).transpose();
        let number = |key: &str| -> Result<Option<f64>, Error> {
            let Some(node) = members.get(key) else { return Ok(None) };
            let text = node.expect_text(key)?;
            text.parse()
                .map(Some)
                .map_err(|_| Error::at(node.line, format!("{key} must be a number, not `{text}`")))
        };
        let allowed_values = match members.get("AllowedValues") {
            Some(node) => {
                let values = node.expect_list("AllowedValues")?;
                values
                    .iter()
                    .map(|value| value.expect_text("AllowedValues"))
                    .collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        let parameter = Self {
            line: node.line,
            kind: kind(node.line, text("Type")?.as_deref())?,
            description: text("Description")?,
            default: text("Default")?,
            allowed_values,
            allowed_pattern: text("AllowedPattern")?,
            constraint_description: text("ConstraintDescription")?,
            min_length: number("MinLength")?,
            max_length: number("MaxLength")?,
            min_value: number("MinValue")?,
            max_value: number("MaxValue")?,
            secret: text("NoEcho")?.as_deref() == Some("true"),
        };
        parameter.pattern()?;
        Ok(parameter)
    }

    /// AllowedPattern must match the whole value.
    fn pattern(&self) -> Result<Option<Regex>, Error> {
        let Some(pattern) = &self.allowed_pattern else {
            return Ok(None);
        };
        Regex::new(&format!("^(?:{pattern})$")).map(Some).map_err(|_| {
            Error::at(
                self.line,
                format!("AllowedPattern `{pattern}` is not a regular expression"),
            )
        })
    }

    /// The value as `Ref` gives it, if it fits.
    fn accept(&self, name: &str, given: &str) -> Result<Value, Error> {
        let items: Vec<&str> = match self.kind {
            ParameterKind::Text | ParameterKind::Number => vec![given],
            ParameterKind::CommaDelimitedList | ParameterKind::NumberList if given.is_empty() => Vec::new(),
            ParameterKind::CommaDelimitedList | ParameterKind::NumberList => given.split(',').map(str::trim).collect(),
        };
        let values = items
            .iter()
            .map(|item| self.accept_one(name, item))
            .collect::<Result<Vec<_>, _>>()?;
        match self.kind {
            ParameterKind::Text | ParameterKind::Number => Ok(values.into_iter().next().unwrap_or_default()),
            ParameterKind::CommaDelimitedList | ParameterKind::NumberList => Ok(Value::Array(values)),
        }
    }

    fn accept_one(&self, name: &str, item: &str) -> Result<Value, Error> {
        let wrong = |why: String| {
            let why = self.constraint_description.clone().unwrap_or(why);
            Err(Error::at(
                self.line,
                format!("Parameter {name} failed to satisfy constraint: {why}"),
            )
            .of(name))
        };
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|allowed| allowed == item) {
            let allowed = listed(self.allowed_values.iter().map(String::as_str));
            return wrong(format!("`{item}` is not an allowed value; allowed are {allowed}"));
        }
        if let Some(pattern) = self.pattern()?.filter(|pattern| !pattern.is_match(item)) {
            return wrong(format!("`{item}` must match the pattern {}", pattern.as_str()));
        }
        let length = item.chars().count() as f64;
        if self.min_length.is_some_and(|min| length < min) || self.max_length.is_some_and(|max| length > max) {
            return wrong(format!(
                "`{item}` has {length} characters, which is too few or too many"
            ));
        }
        if matches!(self.kind, ParameterKind::Text | ParameterKind::CommaDelimitedList) {
            return Ok(item.into());
        }
        let Ok(number) = item.parse::<f64>() else {
            return wrong(format!("`{item}` is not a number"));
        };
        if self.min_value.is_some_and(|min| number < min) || self.max_value.is_some_and(|max| number > max) {
            return wrong(format!("{number} is too small or too large"));
        }
        // Whole numbers stay whole, so that 30 does not become 30.0.
        let whole = item.parse::<i64>().map(Number::from).ok();
        whole
            .or_else(|| Number::from_f64(number))
            .map_or_else(|| wrong(format!("`{item}` is not finite")), |n| Ok(n.into()))
    }
}

fn kind(line: usize, name: Option<&str>) -> Result<ParameterKind, Error> {
    match name {
        Some("String") => Ok(ParameterKind::Text),
        Some("Number") => Ok(ParameterKind::Number),
        Some("CommaDelimitedList") => Ok(ParameterKind::CommaDelimitedList),
        Some("List<Number>") => Ok(ParameterKind::NumberList),
        Some(other) => Err(Error::at(
            line,
            format!(
                "the parameter type `{other}` is not supported; String, Number, CommaDelimitedList, List<Number> are"
            ),
        )),
        None => Err(Error::at(line, "a parameter needs a `Type`")),
    }
}

impl Template {
    /// The parameters' values for a stack: what was given, else the defaults.
    pub fn bind(&self, given: &IndexMap<String, String>) -> Result<IndexMap<String, Value>, Error> {
        if let Some(unknown) = given.keys().find(|name| !self.parameters.contains_key(*name)) {
            let known = listed(self.parameters.keys().map(String::as_str));
            return Err(Error::new(format!(
                "Parameters: [{unknown}] do not exist in the template; it has {known}"
            )));
        }
        let missing = |(name, parameter): &(&String, &Parameter)| {
            parameter.default.is_none() && !given.contains_key(name.as_str())
        };
        let missing: Vec<&str> = self
            .parameters
            .iter()
            .filter(missing)
            .map(|(name, _)| name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(format!(
                "Parameters: [{}] must have values",
                listed(missing)
            )));
        }
        let value = |(name, parameter): (&String, &Parameter)| {
            let text = given
                .get(name)
                .or(parameter.default.as_ref())
                .map_or("", String::as_str);
            Ok((name.clone(), parameter.accept(name, text)?))
        };
        self.parameters.iter().map(value).collect()
    }
}
