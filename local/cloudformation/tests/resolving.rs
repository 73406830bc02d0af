//! Intrinsic functions, conditions and parameters come to the values CloudFormation gives.

use serde_json::{Value, json};
use windsock_cloudformation::{Error, IndexMap, Pseudo, Scope, Template, Values};

/// Two resources exist: a queue and a role.
struct Made;

impl Values for Made {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        (logical_id == "Queue").then(|| json!("https://sqs/queue"))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        ((logical_id, attribute) == ("Role", "Arn")).then(|| json!("arn:aws:iam::1:role/r"))
    }
}

const HEAD: &str = "
Parameters:
  Name: {Type: String, Default: wind}
  Days: {Type: Number, Default: 30, MinValue: 1, MaxValue: 90}
  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Size: {Type: String, Default: small, AllowedValues: [small, large], ConstraintDescription: small or large}
  Prefix: {Type: String, Default: ab, AllowedPattern: '[a-z]+', MaxLength: 4}
Mappings:
  Sizes: {small: {Memory: 128}, large: {Memory: 512}}
Conditions:
  IsLarge: !Equals [!Ref Size, large]
  IsOddOrSmall: !Or [!Equals [!Ref Name, odd], !Not [!Condition IsLarge]]
Resources:
  Queue: {Type: T}
  Role: {Type: T}
  Last: {Type: T, Properties: {Value: ";

fn resolve(expression: &str, given: &[(&str, &str)]) -> Result<Option<Value>, Error> {
    let template = Template::parse(&format!("{HEAD}{expression}}}}}"))?;
    let given: IndexMap<String, String> = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let parameters = template.bind(&given)?;
    let pseudo = Pseudo {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        stack_name: "windsock".into(),
        stack_id: "arn:stack".into(),
    };
    Scope::new(&template, &pseudo, &parameters, &Made).resolve(&template.resources["Last"].properties["Value"])
}

fn check(expression: &str, expected: Value) {
    assert_eq!(resolve(expression, &[]).unwrap(), Some(expected), "{expression}");
}

fn refusal(expression: &str, given: &[(&str, &str)]) -> String {
    resolve(expression, given).unwrap_err().to_string()
}

#[test]
fn functions_give_what_cloudformation_gives() {
    check("!Ref Name", json!("wind"));
    check("!Ref Days", json!(30));
    check("!Ref Zones", json!(["a", "b", "c"]));
    check("!Ref AWS::Partition", json!("aws"));
    check("!Ref Queue", json!("https://sqs/queue"));
    check("!GetAtt Role.Arn", json!("arn:aws:iam::1:role/r"));
    check(
        "!Sub '${Name}-${AWS::AccountId}-${Role.Arn}-${!literal}'",
        json!("wind-123456789012-arn:aws:iam::1:role/r-${literal}"),
    );
    check("!Sub ['${Name}/${Own}', {Own: !Ref Days}]", json!("wind/30"));
    check("!Join ['-', [x, !Ref Name, !Ref Days]]", json!("x-wind-30"));
    check("!Join [',', !Ref Zones]", json!("a,b,c"));
    check("!Select [1, !Ref Zones]", json!("b"));
    check("!Split [':', 'a:b']", json!(["a", "b"]));
    check(
        "!Select [0, !Split ['/', !GetAtt Role.Arn]]",
        json!("arn:aws:iam::1:role"),
    );
    check("!FindInMap [Sizes, !Ref Size, Memory]", json!(128));
    check("!Base64 hello", json!("aGVsbG8="));
    check("!If [IsLarge, 1, 2]", json!(2));
    check("!If [IsOddOrSmall, yes-it-is, no]", json!("yes-it-is"));
    check("{A: !Ref AWS::NoValue, B: [!Ref AWS::NoValue, 1]}", json!({ "B": [1] }));
    check("{Version: 2012-10-17}", json!({ "Version": "2012-10-17" }));
}

#[test]
fn conditions_follow_the_parameters() {
    let large = [("Size", "large")];
    assert_eq!(resolve("!If [IsLarge, 1, 2]", &large).unwrap(), Some(json!(1)));
    assert_eq!(
        resolve("!If [IsOddOrSmall, 1, !Ref AWS::NoValue]", &large).unwrap(),
        None
    );
    assert_eq!(
        resolve("!If [IsOddOrSmall, 1, 2]", &[("Size", "large"), ("Name", "odd")]).unwrap(),
        Some(json!(1))
    );
}

#[test]
fn values_that_are_not_there_are_errors() {
    assert_eq!(
        refusal("!GetAtt Role.Nmae", &[]),
        "line 16: `Role` (T) has no attribute `Nmae`, or is not in this stack"
    );
    assert_eq!(
        refusal("!Select [3, !Ref Zones]", &[]),
        "line 16: no item 3 in a list of 3"
    );
    assert_eq!(
        refusal("!FindInMap [Sizes, huge, Memory]", &[]),
        "line 16: no `huge`, `Memory` in the mapping `Sizes`"
    );
    assert_eq!(
        refusal("!Join ['', !Ref Name]", &[]),
        "line 16: a list is needed here, not \"wind\""
    );
    assert_eq!(
        refusal("'{{resolve:ssm:/name}}'", &[]),
        "line 16: dynamic references are not supported: `{{resolve:ssm:/name}}`"
    );
}

#[test]
fn parameters_must_fit_what_the_template_allows() {
    let constraint = |name: &str, why: &str| format!("{name}: Parameter {name} failed to satisfy constraint: {why}");
    let wrong = |name: &str, value: &str| {
        let refused = refusal("x", &[(name, value)]);
        refused.split_once(": ").map(|(_line, rest)| rest.to_owned()).unwrap()
    };
    assert_eq!(wrong("Days", "0"), constraint("Days", "0 is too small or too large"));
    assert_eq!(wrong("Days", "many"), constraint("Days", "`many` is not a number"));
    assert_eq!(wrong("Size", "huge"), constraint("Size", "small or large"));
    assert_eq!(
        wrong("Prefix", "A"),
        constraint("Prefix", "`A` must match the pattern ^(?:[a-z]+)$")
    );
    assert_eq!(
        wrong("Prefix", "abcde"),
        constraint("Prefix", "`abcde` has 5 characters, which is too few or too many")
    );
    assert_eq!(
        refusal("x", &[("Nmae", "x")]),
        "Parameters: [Nmae] do not exist in the template; it has Name, Days, Zones, Size, Prefix"
    );
    let template = Template::parse("Parameters: {A: {Type: String}, B: {Type: String}}\nResources: {R: {Type: T}}");
    let missing = template.unwrap().bind(&IndexMap::new()).unwrap_err();
    assert_eq!(missing.to_string(), "Parameters: [A, B] must have values");
}
