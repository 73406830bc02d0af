//! Templates are read with lines, and what is wrong with them is said where it is.

use serde_json::json;
use windsock_cloudformation::Template;

fn refusal(text: &str) -> String {
    Template::parse(text).map(|_| ()).unwrap_err().to_string()
}

fn check(resource: &str, expected: &str) {
    let text = format!("Parameters:\n  Name: {{Type: String}}\nResources:\n  Thing:\n{resource}");
    assert_eq!(refusal(&text), expected);
}

#[test]
fn short_and_long_forms_yaml_and_json_are_the_same() {
    let short = Template::parse(
        "Resources:\n  A: {Type: T, Properties: {P: !Sub 'x-${AWS::Region}', Q: !GetAtt B.Arn}}\n  B: {Type: T}",
    );
    let long = Template::parse(
        r#"{"Resources": {
            "A": {"Type": "T", "Properties": {"P": {"Fn::Sub": "x-${AWS::Region}"}, "Q": {"Fn::GetAtt": ["B", "Arn"]}}},
            "B": {"Type": "T"}
        }}"#,
    );
    let properties = |template: Template| {
        template.resources["A"]
            .properties
            .values()
            .map(|node| node.to_json())
            .collect::<Vec<_>>()
    };
    let (short, long) = (properties(short.unwrap()), properties(long.unwrap()));
    assert_eq!(short, long);
    assert_eq!(
        short,
        [
            json!({ "Fn::Sub": "x-${AWS::Region}" }),
            json!({ "Fn::GetAtt": ["B", "Arn"] })
        ]
    );
}

#[test]
fn a_policy_condition_is_no_function() {
    let text =
        "Resources: {A: {Type: T, Properties: {Statement: {Condition: {Bool: {aws:SecureTransport: 'false'}}}}}}";
    let template = Template::parse(text).unwrap();
    let condition = template.resources["A"].properties["Statement"].get("Condition");
    assert_eq!(
        condition.unwrap().to_json(),
        json!({ "Bool": { "aws:SecureTransport": "false" } })
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    check(
        "    Type: T\n    Properties:\n      Name: !Ref Nmae",
        "line 7: Thing: `Nmae` is neither a parameter nor a resource of this template",
    );
    check(
        "    Type: T\n    Propertys: {}",
        "line 6: Thing: a resource has no member `Propertys`; it may have Type, \
         Properties, Condition, DependsOn, DeletionPolicy, UpdateReplacePolicy, Metadata",
    );
    check("    Properties: {}", "line 4: Thing: a resource needs a `Type`");
    check(
        "    Type: T\n    Properties:\n      Arn: !GetAtt Other.Arn",
        "line 7: Thing: `Other.Arn`: there is no resource `Other`",
    );
    check(
        "    Type: T\n    Properties:\n      Name: !If [IsBig, 1, 2]",
        "line 7: Thing: there is no condition `IsBig`",
    );
    check(
        "    Type: T\n    DependsOn: Other",
        "line 4: Thing: DependsOn names `Other`, which is not a resource",
    );
    check(
        "    Type: T\n    Properties:\n      Name: !Sub 'a-${Nmae}-b'",
        "line 7: Thing: `Nmae` is neither a parameter nor a resource of this template",
    );
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    check(
        "    Type: T\n    Properties:\n      Name: !ImportValue other",
        "line 7: the function `Fn::ImportValue` is not supported; known are Ref, Condition, Fn::GetAtt, Fn::Sub, Fn::Join, \
         Fn::Select, Fn::Split, Fn::If, Fn::FindInMap, Fn::Base64, Fn::Equals, Fn::Not, Fn::And, Fn::Or",
    );
    check(
        "    Type: T\n    DeletionPolicy: Snapshot",
        "line 6: Thing: DeletionPolicy `Snapshot` is not supported; Delete, Retain, RetainExceptOnCreate are",
    );
    assert_eq!(
        refusal("Transform: AWS::LanguageExtensions\nResources: {A: {Type: T}}"),
        "line 1: the transform `AWS::LanguageExtensions` is not supported; AWS::Serverless-2016-10-31 is",
    );
    assert_eq!(
        refusal("Resources: {A: {Type: T}}\nHooks: {}"),
        "line 2: a template has no member `Hooks`; it may have AWSTemplateFormatVersion, Description, Transform, Metadata, \
         Parameters, Mappings, Conditions, Globals, Resources, Outputs, Rules",
    );
}

#[test]
fn text_that_is_no_template_is_refused() {
    assert_eq!(
        refusal("Resources: {A: {Type: T}"),
        "line 1: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'"
    );
    assert_eq!(
        refusal("Resources:\n  A: {Type: T}\n  A: {Type: T}"),
        "line 3: not valid YAML: duplicated key in mapping"
    );
    assert_eq!(refusal(""), "the template is empty");
    assert_eq!(
        refusal("just words"),
        "line 1: a template must be a mapping, not a string"
    );
    assert_eq!(
        refusal("Resources: {}"),
        "at least one resource must be defined in the section `Resources`"
    );
    assert_eq!(
        refusal("Resources:\n  A:\n    Type: T\n    Properties:\n      P:"),
        "line 5: null values are not allowed in templates; leave the key out"
    );
}

#[test]
fn what_would_grow_beyond_stack_or_memory_is_refused() {
    assert_eq!(
        refusal(&format!("Resources:\n  A:\n    {}x", "- ".repeat(100_000))),
        "line 3: nested too deeply: a template has at most 64 levels"
    );
    assert_eq!(
        refusal("Resources:\n  A: &a {Type: T}\n  B: *a"),
        "line 3: aliases (`*name`) are not supported in templates; write the value out"
    );
}

#[test]
fn cycles_are_refused() {
    let text = "Resources:\n  A: {Type: T, Properties: {P: !Ref B}}\n  B: {Type: T, DependsOn: A}\n  C: {Type: T}";
    assert_eq!(refusal(text), "Circular dependency between resources: [A, B]");
}

#[test]
fn resources_come_after_what_they_need_and_otherwise_as_written() {
    let text = "
Resources:
  Rule: {Type: T, Properties: {Arn: !GetAtt Function.Arn}}
  Function: {Type: T, Properties: {Role: !Sub '${Role.Arn}', Queue: !Join ['', [!Ref Queue]]}}
  Queue: {Type: T}
  Role: {Type: T}
  Other: {Type: T}
";
    let order = Template::parse(text).unwrap().creation_order(|_| true).unwrap();
    assert_eq!(order, ["Queue", "Role", "Function", "Rule", "Other"]);
    // What is not created is not waited for.
    let order = Template::parse(text)
        .unwrap()
        .creation_order(|id| id != "Function")
        .unwrap();
    assert_eq!(order, ["Rule", "Queue", "Role", "Other"]);
}
