//! Conditions of a pipeline: how they are checked, and how they come out.

use std::cmp::Ordering;

use serde_json::Value;

use super::definition_members::only;

/// Refuse a condition step whose conditions could not be decided.
pub(super) fn check(arguments: &Value) -> Result<(), String> {
    let conditions = arguments["Conditions"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if conditions.is_empty() {
        return Err("it has no Conditions".into());
    }
    conditions.iter().try_for_each(check_one)
}

fn check_one(condition: &Value) -> Result<(), String> {
    let kind = condition["Type"].as_str().unwrap_or_default();
    let members: &[&str] = match kind {
        "Equals" | "GreaterThan" | "GreaterThanOrEqualTo" | "LessThan" | "LessThanOrEqualTo" => {
            &["Type", "LeftValue", "RightValue"]
        }
        "In" => &["Type", "QueryValue", "Values"],
        "Not" => &["Type", "Expression"],
        "Or" => &["Type", "Conditions"],
        _ => return Err(format!("it has a condition of the unknown type '{kind}'")),
    };
    let given = condition.as_object().into_iter().flat_map(|members| members.keys());
    only(&format!("a condition of type {kind}"), given, members)?;
    if let Some(missing) = members.iter().find(|member| condition.get(**member).is_none()) {
        return Err(format!("a condition of type {kind} has no {missing}"));
    }
    match kind {
        "Not" => check_one(&condition["Expression"]),
        "Or" => check(condition),
        _ => Ok(()),
    }
}

/// Whether all of the conditions hold. Their values are already known; an unknown one is an error, not false.
pub(super) fn all_hold(conditions: &Value) -> Result<bool, String> {
    for condition in conditions.as_array().into_iter().flatten() {
        if !holds(condition)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(condition: &Value) -> Result<bool, String> {
    let (left, right) = (&condition["LeftValue"], &condition["RightValue"]);
    let kind = condition["Type"].as_str().unwrap_or_default();
    match kind {
        "Equals" => equal(left, right),
        "GreaterThan" => Ok(order(kind, left, right)? == Ordering::Greater),
        "GreaterThanOrEqualTo" => Ok(order(kind, left, right)? != Ordering::Less),
        "LessThan" => Ok(order(kind, left, right)? == Ordering::Less),
        "LessThanOrEqualTo" => Ok(order(kind, left, right)? != Ordering::Greater),
        "In" => {
            let query = &condition["QueryValue"];
            for value in condition["Values"].as_array().into_iter().flatten() {
                if equal(query, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        "Not" => Ok(!holds(&condition["Expression"])?),
        "Or" => {
            for one in condition["Conditions"].as_array().into_iter().flatten() {
                if holds(one)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(format!("unknown condition type '{kind}'")),
    }
}

fn equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => Ok(order("Equals", left, right)? == Ordering::Equal),
        (Value::String(left), Value::String(right)) => Ok(left == right),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        _ => Err(unlike("Equals", left, right)),
    }
}

fn order(kind: &str, left: &Value, right: &Value) -> Result<Ordering, String> {
    let (Some(first), Some(second)) = (left.as_f64(), right.as_f64()) else {
        return Err(unlike(kind, left, right));
    };
    first.partial_cmp(&second).ok_or_else(|| unlike(kind, left, right))
}

fn unlike(kind: &str, left: &Value, right: &Value) -> String {
    format!("The condition {kind} cannot compare {left} with {right}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decide(condition: Value) -> Result<bool, String> {
        check_one(&condition)?;
        all_hold(&json!([condition]))
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let compare = |kind: &str, left: Value, right: Value| {
            decide(json!({"Type": kind, "LeftValue": left, "RightValue": right}))
        };
        assert_eq!(compare("GreaterThanOrEqualTo", json!(1), json!(1.0)), Ok(true));
        assert_eq!(compare("GreaterThan", json!(1), json!(1.0)), Ok(false));
        assert_eq!(compare("LessThan", json!(0.5), json!(1)), Ok(true));
        assert_eq!(compare("LessThanOrEqualTo", json!(2), json!(1)), Ok(false));
        assert_eq!(compare("Equals", json!("a"), json!("a")), Ok(true));
        assert!(compare("GreaterThan", json!("NaN"), json!(1)).is_err());
        assert!(compare("Equals", json!("1"), json!(1)).is_err());
    }

    #[test]
    fn conditions_nest() {
        let is_in = json!({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]});
        assert_eq!(decide(is_in.clone()), Ok(true));
        assert_eq!(decide(json!({"Type": "Not", "Expression": is_in})), Ok(false));
        let no = json!({"Type": "Equals", "LeftValue": 1, "RightValue": 2});
        assert_eq!(decide(json!({"Type": "Or", "Conditions": [no, is_in]})), Ok(true));
        assert!(decide(json!({"Type": "Maybe"})).is_err());
    }
}
