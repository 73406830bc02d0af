//! The decision table of patterns: pattern, event, whether they match.

use serde_json::{Value, json};

use super::Pattern;

fn matches(pattern: Value, event: Value) -> bool {
    Pattern::parse(&pattern)
        .unwrap_or_else(|error| panic!("{pattern}: {error}"))
        .matches(&event)
}

/// Every row: a condition on field `x`, events' values of `x` that match, and values that do not.
#[test]
fn each_operator_matches_what_it_says() {
    let rows = [
        (
            json!(["a"]),
            vec![json!("a"), json!(["b", "a"])],
            vec![json!("A"), json!("ab"), json!(["b"]), json!(null)],
        ),
        (
            json!([null]),
            vec![json!(null)],
            vec![json!(""), json!(0), json!("null")],
        ),
        (json!([true]), vec![json!(true)], vec![json!("true"), json!(false)]),
        (
            json!([300]),
            vec![json!(300)],
            vec![json!("300"), json!(300.0), json!(301)],
        ),
        (json!(["a", "b"]), vec![json!("a"), json!("b")], vec![json!("c")]),
        (
            json!([{ "prefix": "ab" }]),
            vec![json!("ab"), json!("abc")],
            vec![json!("AB"), json!("cab"), json!(5)],
        ),
        (
            json!([{ "prefix": { "equals-ignore-case": "ab" } }]),
            vec![json!("ABc")],
            vec![json!("cab")],
        ),
        (
            json!([{ "suffix": ".csv" }]),
            vec![json!("x.csv")],
            vec![json!("x.CSV"), json!(".csv/")],
        ),
        (
            json!([{ "suffix": { "equals-ignore-case": ".csv" } }]),
            vec![json!("x.CSV")],
            vec![json!("csv")],
        ),
        (
            json!([{ "equals-ignore-case": "Ab" }]),
            vec![json!("aB")],
            vec![json!("abc")],
        ),
        (
            json!([{ "wildcard": "jobs/*/monitor/drift.json" }]),
            vec![
                json!("jobs/p/slot/monitor/drift.json"),
                json!("jobs//monitor/drift.json"),
            ],
            vec![json!("jobs/monitor/drift.json"), json!("jobs/p/monitor/drift.json.old")],
        ),
        (
            json!([{ "wildcard": "a*a" }]),
            vec![json!("aa"), json!("aba")],
            vec![json!("a"), json!("ab")],
        ),
        (
            json!([{ "wildcard": "*" }]),
            vec![json!(""), json!("a")],
            vec![json!(1)],
        ),
        (json!([{ "wildcard": "a\\*b" }]), vec![json!("a*b")], vec![json!("acb")]),
        (
            json!([{ "anything-but": "a" }]),
            vec![json!("b"), json!(1), json!(["a", "b"])],
            vec![json!("a")],
        ),
        (
            json!([{ "anything-but": ["a", "b"] }]),
            vec![json!("c")],
            vec![json!("a"), json!("b")],
        ),
        (
            json!([{ "anything-but": [1, 2] }]),
            vec![json!(3), json!("1")],
            vec![json!(1)],
        ),
        (
            json!([{ "anything-but": { "prefix": "ab" } }]),
            vec![json!("ba")],
            vec![json!("abc")],
        ),
        (
            json!([{ "anything-but": { "prefix": ["ab", "cd"] } }]),
            vec![json!("ef")],
            vec![json!("abc"), json!("cde")],
        ),
        (
            json!([{ "anything-but": { "suffix": [".tmp", ".swp"] } }]),
            vec![json!("a.csv")],
            vec![json!("a.tmp")],
        ),
        (
            json!([{ "anything-but": { "wildcard": "a*z" } }]),
            vec![json!("abc")],
            vec![json!("abcz")],
        ),
        (
            json!([{ "anything-but": { "equals-ignore-case": ["Ab"] } }]),
            vec![json!("abc")],
            vec![json!("AB")],
        ),
        (
            json!([{ "numeric": ["=", 5] }]),
            vec![json!(5), json!(5.0)],
            vec![json!("5"), json!(6)],
        ),
        (
            json!([{ "numeric": [">", 0, "<=", 5] }]),
            vec![json!(0.1), json!(5)],
            vec![json!(0), json!(5.1), json!(null)],
        ),
        (
            json!([{ "numeric": ["<", 0] }]),
            vec![json!(-1)],
            vec![json!(0), json!(-6.0e9)],
        ),
        (
            json!([{ "exists": true }]),
            vec![json!(null), json!("")],
            vec![json!({ "y": 1 }), json!([])],
        ),
        (
            json!([{ "exists": false }]),
            vec![json!({ "y": 1 })],
            vec![json!(null), json!("a")],
        ),
        (
            json!([{ "cidr": "10.0.0.0/24" }]),
            vec![json!("10.0.0.255")],
            vec![json!("10.0.1.0"), json!("x"), json!("::")],
        ),
        (
            json!([{ "cidr": "0.0.0.0/0" }]),
            vec![json!("1.2.3.4")],
            vec![json!("::1")],
        ),
        (
            json!([{ "cidr": "2001:db8::/32" }]),
            vec![json!("2001:db8::1")],
            vec![json!("2001:db9::1")],
        ),
        (
            json!([{ "prefix": "a" }, { "suffix": "z" }]),
            vec![json!("ab"), json!("bz")],
            vec![json!("b")],
        ),
    ];
    for (condition, yes, no) in rows {
        for value in yes {
            assert!(
                matches(json!({ "x": condition }), json!({ "x": value })),
                "{condition} must match {value}"
            );
        }
        for value in no {
            assert!(
                !matches(json!({ "x": condition }), json!({ "x": value })),
                "{condition} must not match {value}"
            );
        }
    }
}

#[test]
fn only_an_absent_field_satisfies_exists_false() {
    assert!(matches(json!({ "x": [{ "exists": false }] }), json!({ "y": 1 })));
    assert!(matches(
        json!({ "a": { "x": [{ "exists": false }] } }),
        json!({ "y": 1 })
    ));
    assert!(!matches(json!({ "x": [{ "exists": true }] }), json!({ "y": 1 })));
    assert!(!matches(json!({ "x": [{ "anything-but": "a" }] }), json!({ "y": 1 })));
    // Absence is a matter of the whole event: another element of the array has the field.
    assert!(!matches(
        json!({ "l": { "x": [{ "exists": false }] } }),
        json!({ "l": [{ "x": 1 }, { "y": 2 }] })
    ));
}

#[test]
fn every_field_must_match_and_one_of_each_or() {
    let pattern = json!({ "source": ["aws.s3"], "detail": { "$or": [{ "a": [1] }, { "b": [{ "prefix": "x" }] }] } });
    assert!(matches(
        pattern.clone(),
        json!({ "source": "aws.s3", "detail": { "a": 1 } })
    ));
    assert!(matches(
        pattern.clone(),
        json!({ "source": "aws.s3", "detail": { "b": "xy", "a": 2 } })
    ));
    assert!(!matches(
        pattern.clone(),
        json!({ "source": "aws.s3", "detail": { "a": 2 } })
    ));
    assert!(!matches(pattern, json!({ "source": "windsock", "detail": { "a": 1 } })));
}

#[test]
fn one_element_of_an_array_must_match_all_fields() {
    let pattern = json!({ "list": { "a": [1], "b": [2] } });
    assert!(matches(
        pattern.clone(),
        json!({ "list": [{ "a": 0 }, { "a": 1, "b": 2 }] })
    ));
    assert!(!matches(pattern, json!({ "list": [{ "a": 1 }, { "b": 2 }] })));
}
