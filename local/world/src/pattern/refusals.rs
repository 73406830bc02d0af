//! Patterns that are refused, and with which words.

use serde_json::json;

use super::Pattern;

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let rows = [
        (json!([]), "the pattern must be an object"),
        (json!({}), "empty objects are not allowed"),
        (json!({ "x": "a" }), "\"x\" must be an object or an array, not \"a\""),
        (json!({ "x": [] }), "empty arrays are not allowed: x"),
        (json!({ "x": [["a"]] }), "an array inside an array of conditions"),
        (
            json!({ "x": [{ "begins-with": "a" }] }),
            "Unrecognized match type begins-with",
        ),
        (
            json!({ "x": [{ "anything-but": { "begins-with": "a" } }] }),
            "Unrecognized match type begins-with",
        ),
        (json!({ "x": [{ "prefix": 5 }] }), "prefix must be a string, not 5"),
        (
            json!({ "x": [{ "prefix": "a", "suffix": "b" }] }),
            "a condition has exactly one operator: ",
        ),
        (
            json!({ "x": [{ "wildcard": "a**b" }] }),
            "wildcard \"a**b\" has consecutive wildcard characters",
        ),
        (
            json!({ "x": [{ "wildcard": "a\\b" }] }),
            "wildcard \"a\\\\b\" has an invalid escape character",
        ),
        (
            json!({ "x": [{ "numeric": ["~", 5] }] }),
            "Unrecognized numeric range operator \"~\"",
        ),
        (
            json!({ "x": [{ "numeric": [">", 5, "<", 1] }] }),
            "numeric range [\">\",5,\"<\",1] must go",
        ),
        (
            json!({ "x": [{ "numeric": ["=", 6.0e9] }] }),
            "numeric bounds lie between",
        ),
        (
            json!({ "x": [{ "anything-but": ["a", 1] }] }),
            "anything-but takes a list of strings or a list of numbers",
        ),
        (json!({ "x": [{ "exists": "yes" }] }), "exists must be true or false"),
        (json!({ "x": [{ "cidr": "10.0.0.0/33" }] }), "cidr takes a network"),
        (json!({ "$or": [{ "a": [1] }] }), "$or needs at least two patterns"),
    ];
    for (pattern, refusal) in rows {
        let answer = Pattern::parse(&pattern).expect_err(&pattern.to_string());
        assert!(answer.starts_with(refusal), "{pattern}: {answer}");
    }
}

#[test]
fn a_refusal_is_one_line_whatever_the_pattern_says() {
    let refused = |operator: String| Pattern::parse(&json!({ "x": [{ operator: 1 }] })).unwrap_err();
    let line = refused("a\n\u{7f}\u{1b}b".into());
    assert_eq!(line, "Unrecognized match type a\\n\\u{7f}\\u{1b}b");
    assert!(refused("x".repeat(100_000)).len() <= 500);
}
