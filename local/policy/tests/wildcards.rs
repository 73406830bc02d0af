//! Wildcards mean what they mean, and no pattern explodes.

use proptest::prelude::*;
use serde_json::json;
use windsock_policy::{Caller, Context, Document, Kind, Pattern, Policies, Request, evaluate};

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::plain(pattern).matches(text, &Context::default())
}

/// What wildcards mean, in the fewest words: a table of which start of the pattern matches which start of the text.
fn by_definition(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match wanted {
                '*' => row[end] || (end > 0 && next[end - 1]),
                '?' => end > 0 && row[end - 1],
                other => end > 0 && row[end - 1] && text[end - 1] == other,
            };
        }
        row = next;
    }
    row[text.len()]
}

#[test]
fn wildcards_match_some_characters_or_one() {
    let rows = [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("a*", "a", true),
        ("*a", "ba", true),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a*b*c", "a-b-b-c", true),
        ("*ab*ab", "ab", false),
        ("?", "é", true),
        ("?", "", false),
        ("*?", "ab", true),
        ("a?*d", "abd", true),
        ("a?*d", "ad", false),
        ("state/*/runs/*", "state/p/runs/training/x", true),
        ("state/*/runs/*", "state/runs/x", false),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
    }
}

proptest! {
    #[test]
    fn matching_agrees_with_the_definition(pattern in "[ab?*é]{0,12}", text in "[abé]{0,16}") {
        prop_assert_eq!(matches(&pattern, &text), by_definition(&pattern, &text));
    }

    #[test]
    fn no_document_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = Document::parse_text("any", Kind::Identity, &text);
        let statement = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*",
                                "Condition": { "ArnLike": { "a:b": text } } });
        let _ = Document::parse("any", Kind::Identity, &json!({ "Version": "2012-10-17", "Statement": statement }));
    }
}

/// Each would take a backtracking matcher longer than the universe is old; here it ends.
#[test]
fn patterns_made_to_explode_do_not() {
    let text = "a".repeat(1024);
    for pattern in [
        "a*".repeat(500) + "b",
        "*a?".repeat(300) + "b",
        "*?a".repeat(300) + "c*",
        "*".repeat(1000) + "b",
    ] {
        assert!(!matches(&pattern, &text));
    }
    assert!(matches(&("a*".repeat(500) + "a"), &text));
}

/// Whether `${...}` in a resource lets this caller read this key.
fn reads(resource: &str, key: &str, version: &str) -> bool {
    let document = json!({ "Version": version, "Statement": {
        "Effect": "Allow", "Action": "S3:getobject", "Resource": resource } });
    let document = Document::parse("p", Kind::Identity, &document).unwrap();
    let arn = "arn:aws:iam::111122223333:user/ada*";
    let caller = Caller::Identity {
        arn: arn.into(),
        session: arn.into(),
        account: "111122223333".into(),
    };
    let context = Context::default().with("aws:username", "ada*");
    let resource = format!("arn:aws:s3:::b/{key}");
    let request = Request {
        caller: &caller,
        action: "s3:GetObject",
        resource: &resource,
        resource_account: "111122223333",
        context: &context,
    };
    let policies = Policies {
        identity: &[&document],
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

#[test]
fn variables_stand_for_values_of_the_request_and_nothing_in_them_is_special() {
    let own = "arn:aws:s3:::b/home/${aws:username}/*";
    assert!(reads(own, "home/ada*/x", "2012-10-17"));
    assert!(!reads(own, "home/adam/x", "2012-10-17"), "a star in a value is a star");
    // Before 2012 there were none.
    assert!(!reads(own, "home/ada*/x", "2008-10-17"));
    assert!(reads(own, "home/${aws:username}/x", "2008-10-17"));
    // One that the request has no value for matches nothing, unless it says what else.
    assert!(!reads("arn:aws:s3:::b/${aws:PrincipalTag/team}", "", "2012-10-17"));
    assert!(reads(
        "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}",
        "none",
        "2012-10-17"
    ));
}

#[test]
fn special_characters_are_written_as_variables() {
    assert!(reads("arn:aws:s3:::b/${*}${?}${$}", "*?$", "2012-10-17"));
    assert!(!reads("arn:aws:s3:::b/${*}", "anything", "2012-10-17"));
}

#[test]
fn resources_have_case_and_actions_have_none() {
    assert!(reads("arn:aws:s3:::b/Key", "Key", "2012-10-17"));
    assert!(!reads("arn:aws:s3:::b/Key", "key", "2012-10-17"));
}
