//! Conditions: an operator, a key of the request, and the values it is compared with.

use serde_json::Value;

use crate::{
    Context, Malformed,
    operand::{Operand, Order, Test},
};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// As the policy writes it.
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) wanted: Value,
    test: Test,
    /// StringNotEquals and its like: none of the values may match.
    negated: bool,
    if_exists: bool,
    over: Over,
    operands: Vec<Operand>,
}

/// Which of a key's several values have to satisfy the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// No set operator: the key has one value.
    One,
    All,
    Any,
}

/// Every operator there is: its name, what it compares as, and whether it is negated.
const OPERATORS: [(&str, Test, bool); 26] = [
    ("StringEquals", text(false, false), false),
    ("StringNotEquals", text(false, false), true),
    ("StringEqualsIgnoreCase", text(false, true), false),
    ("StringNotEqualsIgnoreCase", text(false, true), true),
    ("StringLike", text(true, false), false),
    ("StringNotLike", text(true, false), true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::Binary, false),
    ("IpAddress", Test::Address, false),
    ("NotIpAddress", Test::Address, true),
    // For ARNs, being equal and being like are the same.
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
];

const fn text(like: bool, folded: bool) -> Test {
    Test::Text { like, folded }
}

impl Condition {
    /// Every condition of a statement's `Condition` member.
    pub(crate) fn read_all(value: &Value, variables: bool) -> Result<Vec<Self>, Malformed> {
        let operators = value
            .as_object()
            .ok_or_else(|| Malformed::new(format!("Condition is an object of operators, not {value}")))?;
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let keys = keys.as_object().filter(|keys| !keys.is_empty()).ok_or_else(|| {
                Malformed::new(format!(
                    "the operator {operator} holds condition keys with their values, not {keys}"
                ))
            })?;
            for (key, wanted) in keys {
                conditions.push(Self::read(operator, key, wanted, variables)?);
            }
        }
        Ok(conditions)
    }

    fn read(operator: &str, key: &str, wanted: &Value, variables: bool) -> Result<Self, Malformed> {
        let (over, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Over::All, name),
            Some(("ForAnyValue", name)) => (Over::Any, name),
            _ => (Over::One, operator),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let known = OPERATORS.iter().find(|known| known.0 == name);
        let (test, negated) = match known {
            Some((_, test, negated)) => (*test, *negated),
            None if name == "Null" && !if_exists && over == Over::One => (Test::Null, false),
            None => {
                return Err(Malformed::new(format!(
                    "there is no condition operator `{operator}` (case matters; Null takes no IfExists and no \
                     ForAllValues)"
                )));
            }
        };
        if !key.contains(':') || key.contains(char::is_whitespace) {
            return Err(Malformed::new(format!(
                "the condition key `{key}` is not a service and a name such as `aws:SourceArn`"
            )));
        }
        let values = match wanted {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        if values.is_empty() {
            return Err(Malformed::new(format!(
                "the condition on {key} has no value to compare with"
            )));
        }
        let operands = values.iter().map(|value| Operand::read(test, value, variables));
        Ok(Self {
            operator: operator.to_owned(),
            key: key.to_owned(),
            wanted: wanted.clone(),
            test,
            negated,
            if_exists,
            over,
            operands: operands.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn holds(&self, context: &Context) -> bool {
        let present = context.values(&self.key);
        if self.test == Test::Null {
            let absent = present.is_none();
            return self.operands.contains(&Operand::Null(absent));
        }
        let Some(present) = present else {
            return self.holds_without_key();
        };
        let mut each = present.iter().map(|value| self.satisfied_by(value, context));
        match self.over {
            Over::All => each.all(|satisfied| satisfied),
            Over::Any => each.any(|satisfied| satisfied),
            // Of several values none may match a negated condition, and one has to match another.
            Over::One if self.negated => each.all(|satisfied| satisfied),
            Over::One => each.any(|satisfied| satisfied),
        }
    }

    /// A key that the request has not got: nothing equals it, so everything differs from it.
    fn holds_without_key(&self) -> bool {
        match self.over {
            Over::All => true,
            Over::Any => self.if_exists,
            Over::One => self.if_exists || self.negated,
        }
    }

    fn satisfied_by(&self, value: &str, context: &Context) -> bool {
        let matches = self.operands.iter().any(|operand| operand.accepts(value, context));
        matches != self.negated
    }
}
