//! Intrinsic functions to values, once the parameters are known and the resources they name exist.

use std::collections::BTreeSet;

use base64::Engine as _;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::{Error, Function, Kind, Node, Piece, Pseudo, Template};

/// What created resources give to `Ref` and `Fn::GetAtt`.
pub trait Values {
    fn reference(&self, logical_id: &str) -> Option<Value>;
    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value>;
}

/// Before anything is created.
#[derive(Debug, Clone, Copy)]
pub struct NoValues;

impl Values for NoValues {
    fn reference(&self, _: &str) -> Option<Value> {
        None
    }

    fn attribute(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}

/// Everything that values are resolved against.
#[derive(Clone)]
pub struct Scope<'a> {
    template: &'a Template,
    pseudo: &'a Pseudo,
    parameters: &'a IndexMap<String, Value>,
    values: &'a dyn Values,
}

impl<'a> Scope<'a> {
    /// `template` must be expanded, `parameters` come from [`Template::bind`].
    pub fn new(
        template: &'a Template,
        pseudo: &'a Pseudo,
        parameters: &'a IndexMap<String, Value>,
        values: &'a dyn Values,
    ) -> Self {
        Self {
            template,
            pseudo,
            parameters,
            values,
        }
    }

    /// Whether a resource, output or branch with this condition is there.
    pub fn holds(&self, condition: Option<&str>) -> Result<bool, Error> {
        let Some(name) = condition else { return Ok(true) };
        let node = self.template.conditions.get(name);
        self.condition(node.ok_or_else(|| Error::new(format!("there is no condition `{name}`")))?)
    }

    /// The properties of a resource, `AWS::NoValue` ones left out.
    pub fn properties(&self, properties: &IndexMap<String, Node>) -> Result<Map<String, Value>, Error> {
        let mut resolved = Map::new();
        for (key, node) in properties {
            if let Some(value) = self.resolve(node)? {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(resolved)
    }

    /// A value, or `None` for `AWS::NoValue`.
    pub fn resolve(&self, node: &Node) -> Result<Option<Value>, Error> {
        Ok(Some(match &node.kind {
            Kind::Bool(value) => (*value).into(),
            Kind::Number(number) => number.clone().into(),
            Kind::Text(text) => static_text(node.line, text)?.into(),
            Kind::List(list) => {
                let items = list
                    .iter()
                    .map(|node| self.resolve(node))
                    .collect::<Result<Vec<_>, _>>()?;
                Value::Array(items.into_iter().flatten().collect())
            }
            Kind::Map(map) => Value::Object(self.properties(map)?),
            Kind::Function(function) => return self.function(node.line, function),
        }))
    }

    /// A value that must be there.
    fn some(&self, node: &Node) -> Result<Value, Error> {
        let gone = || Error::at(node.line, "AWS::NoValue cannot be used here");
        self.resolve(node)?.ok_or_else(gone)
    }

    fn text(&self, node: &Node) -> Result<String, Error> {
        as_text(node.line, &self.some(node)?)
    }

    fn list(&self, node: &Node) -> Result<Vec<Value>, Error> {
        match self.some(node)? {
            Value::Array(list) => Ok(list),
            other => Err(Error::at(node.line, format!("a list is needed here, not {other}"))),
        }
    }

    fn function(&self, line: usize, function: &Function) -> Result<Option<Value>, Error> {
        Ok(Some(match function {
            Function::Ref(name) if name == "AWS::NoValue" => return Ok(None),
            Function::Ref(name) => self.reference(line, name)?,
            Function::GetAtt { resource, attribute } => self.attribute(line, resource, attribute)?,
            Function::Sub { pieces, variables } => self.sub(line, pieces, variables)?.into(),
            Function::Join { separator, values } => {
                let values = self.list(values)?;
                let texts = values
                    .iter()
                    .map(|value| as_text(line, value))
                    .collect::<Result<Vec<_>, _>>()?;
                texts.join(separator).into()
            }
            Function::Select { index, values } => self.select(line, index, values)?,
            Function::Split { separator, value } => {
                self.text(value)?.split(separator.as_str()).map(Value::from).collect()
            }
            Function::If {
                condition,
                then,
                otherwise,
            } => {
                return self.resolve(if self.holds(Some(condition))? { then } else { otherwise });
            }
            Function::FindInMap { map, top, second } => self.find_in_map(line, map, top, second)?,
            Function::Base64(value) => base64::engine::general_purpose::STANDARD
                .encode(self.text(value)?)
                .into(),
            Function::Equals(..) | Function::Not(_) | Function::And(_) | Function::Or(_) | Function::Condition(_) => {
                return Err(Error::at(
                    line,
                    "condition functions are only allowed in the Conditions section",
                ));
            }
        }))
    }

    fn reference(&self, line: usize, name: &str) -> Result<Value, Error> {
        let value = self.parameters.get(name).cloned().or_else(|| self.pseudo.get(name));
        let value = value.or_else(|| self.values.reference(name));
        value.ok_or_else(|| Error::at(line, format!("`{name}` has no value: it is not created in this stack")))
    }

    fn attribute(&self, line: usize, resource: &str, attribute: &str) -> Result<Value, Error> {
        let value = self.values.attribute(resource, attribute);
        value.ok_or_else(|| {
            let kind = self
                .template
                .resources
                .get(resource)
                .map_or("unknown resource", |found| found.kind.as_str());
            Error::at(
                line,
                format!("`{resource}` ({kind}) has no attribute `{attribute}`, or is not in this stack"),
            )
        })
    }

    fn sub(&self, line: usize, pieces: &[Piece], variables: &IndexMap<String, Node>) -> Result<String, Error> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Name(name) => match variables.get(name) {
                    Some(node) => text.push_str(&self.text(node)?),
                    None => text.push_str(&as_text(line, &self.reference(line, name)?)?),
                },
                Piece::Attribute(resource, attribute) => {
                    text.push_str(&as_text(line, &self.attribute(line, resource, attribute)?)?);
                }
            }
        }
        static_text(line, &text).map(str::to_owned)
    }

    fn select(&self, line: usize, index: &Node, values: &Node) -> Result<Value, Error> {
        let index = self.text(index)?;
        let list = self.list(values)?;
        let chosen = index.parse::<usize>().ok().and_then(|index| list.get(index));
        chosen
            .cloned()
            .ok_or_else(|| Error::at(line, format!("no item {index} in a list of {}", list.len())))
    }

    fn find_in_map(&self, line: usize, map: &Node, top: &Node, second: &Node) -> Result<Value, Error> {
        let (map, top, second) = (self.text(map)?, self.text(top)?, self.text(second)?);
        let found = self
            .template
            .mappings
            .get(&map)
            .and_then(|map| map.get(&top))
            .and_then(|top| top.get(&second));
        found
            .cloned()
            .ok_or_else(|| Error::at(line, format!("no `{top}`, `{second}` in the mapping `{map}`")))
    }

    fn condition(&self, node: &Node) -> Result<bool, Error> {
        self.condition_once(node, &mut BTreeSet::new())
    }

    fn condition_once(&self, node: &Node, seen: &mut BTreeSet<String>) -> Result<bool, Error> {
        let Kind::Function(function) = &node.kind else {
            return Err(Error::at(node.line, "a condition must be a condition function"));
        };
        match &**function {
            Function::Equals(left, right) => Ok(self.text(left)? == self.text(right)?),
            Function::Not(inner) => Ok(!self.condition_once(inner, seen)?),
            Function::And(all) => all
                .iter()
                .try_fold(true, |held, one| Ok(self.condition_once(one, seen)? && held)),
            Function::Or(any) => any
                .iter()
                .try_fold(false, |held, one| Ok(self.condition_once(one, seen)? || held)),
            Function::Condition(name) => {
                if !seen.insert(name.clone()) {
                    return Err(Error::at(
                        node.line,
                        format!("the condition `{name}` depends on itself"),
                    ));
                }
                let other = self.template.conditions.get(name);
                let other = other.ok_or_else(|| Error::at(node.line, format!("there is no condition `{name}`")))?;
                let held = self.condition_once(other, seen);
                seen.remove(name);
                held
            }
            _ => Err(Error::at(node.line, "a condition must be a condition function")),
        }
    }
}

fn as_text(line: usize, value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        other => Err(Error::at(line, format!("a string is needed here, not {other}"))),
    }
}

/// Dynamic references are looked up by CloudFormation in services that are not here.
fn static_text(line: usize, text: &str) -> Result<&str, Error> {
    if text.contains("{{resolve:") {
        return Err(Error::at(
            line,
            format!("dynamic references are not supported: `{text}`"),
        ));
    }
    Ok(text)
}
