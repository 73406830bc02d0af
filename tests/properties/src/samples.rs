//! Where generated inputs begin: our own sample events, templates and projects, and the catalogue of hostile texts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::CUT;

/// Keys, names and error texts that were written to do harm.
pub const HOSTILE: [&str; 30] = [
    "red flower.csv",
    "a+b%2Fc%zz%.csv",
    "../../etc/passwd",
    "//x/./a//b/",
    "\u{0}\u{1}\u{7f}",
    "\u{202e}fdp.exe\u{200b}\u{feff}\u{2028}",
    "x\r\nBcc: all@corp.example\r\n\r\nhi.csv",
    "x\nSubject: y",
    ".\nFrom nobody Mon Apr  1",
    "\"}\n{\"level\":\"ERROR\",\"msg\":\"fake",
    "\u{1b}[31mred",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-1+1",
    "$(id) `id` ;rm -rf",
    "${jndi:ldap://x} {{7*7}} %s%n {project} {missing}",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "https://b.s3.amazonaws.com/k?X-Amz-Signature=fe5f80f77d5f",
    "password=hunter2 token: x authorization: Bearer",
    "-----BEGIN RSA PRIVATE KEY-----",
    "NaN",
    "1e309",
    "-0",
    "2026-02-30T25:61:61+14:00",
    "9999-12-31T23:59:59Z",
    "\u{e9}e\u{301}\u{65e5}\u{672c}",
    "__proto__",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn file(path: &str) -> Vec<u8> {
    let path = root().join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Good inputs of a property, by its name.
pub fn seeds(property: &str) -> Vec<Vec<u8>> {
    match property {
        "event" => events(),
        "event_pattern" => patterns(),
        "letter_text" => HOSTILE.iter().map(|text| text.as_bytes().to_vec()).collect(),
        "data_files" => DATA_FILES.map(Vec::from).into(),
        "monitor_files" => vec![monitor_files().into_bytes()],
        "project_yaml" => projects(),
        "template" => vec![
            small_template().into(),
            file("template.yaml"),
            file("templates/ml-project.yaml"),
        ],
        "wire_request" => REQUESTS.iter().map(|request| request.as_bytes().to_vec()).collect(),
        other => panic!("there is no property `{other}`"),
    }
}

/// Every sample under `events/`, and the bodies of the batches among them.
fn events() -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    let folders = fs::read_dir(root().join("events")).expect("events/ is there");
    for folder in folders
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
    {
        for sample in fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
        {
            let text = fs::read(&sample).expect("a sample");
            let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            let bodies = value["Records"].as_array().into_iter().flatten();
            events.extend(
                bodies
                    .filter_map(|record| record["body"].as_str())
                    .take(2)
                    .map(|body| body.into()),
            );
            events.push(text);
        }
    }
    events.sort();
    events.dedup();
    events
}

fn patterns() -> Vec<Vec<u8>> {
    let event = String::from_utf8(file("events/start-training/odd-key.json")).expect("text");
    let patterns = [
        r#"{"source":["aws.s3"],"detail":{"object":{"key":[{"prefix":"training/"},{"wildcard":"*/x*.csv"}]}}}"#,
        r#"{"detail":{"object":{"size":[{"numeric":[">",0,"<=",5.0e9]}],"key":[{"anything-but":{"suffix":"/"}}]}}}"#,
        r#"{"$or":[{"a":[{"exists":false}]},{"b":[{"cidr":"10.0.0.0/24"}]},{"c":[{"equals-ignore-case":"x"}]}]}"#,
        r#"{"a":[null,true,1.0,"x",{"prefix":{"equals-ignore-case":"EU-"}},{"anything-but":[1,2]}]}"#,
    ];
    patterns
        .iter()
        .map(|pattern| format!("{pattern}{CUT}{event}").into_bytes())
        .collect()
}

fn projects() -> Vec<Vec<u8>> {
    let small = "project: flight-delay\ndata: { label: late }\n";
    let everything = "project: a\ndata:\n  format: csv\n  label: late\n  exclude: [id]\n  split: { by: time-block, column: \
                      time, block: 7d, holdout: 0.2 }\ntraining:\n  on: [arrival, drift, schedule]\n  schedule: cron(0 6 \
                      ? * MON-FRI *)\n  window: 365d\n  settle: 5m\n  cooldown: 6h\n  per_day: 4\n  objective: { metric: \
                      auc, direction: maximize, must_beat_champion_by: 0.0 }\n  hyperparameters: { rounds: 100, \
                      learning_rate: 0.1 }\napproval: { automatic: { auc: \">= 0.80\" } }\ninference: { schedule: \
                      \"cron(0 6 L * ? 2027/2)\", timezone: America/New_York, per_day: 24 }\nmonitor: { method: robust, \
                      threshold: 0.1, min_rows: 1000, columns: { pressure: 0.3 } }\ndrift: { cooldown: 24h }\ncompute: { \
                      instance: ml.m5.large, max_runtime: 1h, tags: { a: b } }\nletters: { managers: [ops@example.com], \
                      digest: weekly }\nexpires: 2027-12-31\n";
    let mut projects = vec![small.into(), everything.into()];
    projects.push(file("examples/flight-delay/project.yaml"));
    projects
}

/// Each as its first byte says: CSV with a header and without, JSON lines, parquet.
const DATA_FILES: [&[u8]; 7] = [
    b"\0wind,sky,note\n1,clear,\"a, b\"\n-2.5e3,rain,\"said \"\"no\"\"\"\n,,\nNaN,\"two\nlines\",x\n",
    b"\0\xef\xbb\xbf\"a\",\"b\"\r\n\"1\",0.10\r\n\r\n+3,-0\r\n",
    b"\0a,b\r1,x\"y\r2,z\r",
    b"\x0112,x\n0.000015,y\n",
    b"\x02{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"c\":true,\"a\":-1.5e-3}\n\n{}\n",
    b"\x02{\"a\":{\"b\":[1,2]},\"\\u00e9\":\"\\n\"}",
    b"\x03PAR1\x15\x04\x15\x10PAR1",
];

fn monitor_files() -> String {
    let statistics = r#"{"version":0.0,"dataset":{"item_count":4},"features":[{"name":"wind","inferred_type":"Integral","numerical_statistics":{"common":{"num_present":4,"num_missing":0},"mean":2.5,"sum":10,"std_dev":1.1,"min":1,"max":4,"distribution":{"kll":{"buckets":[],"sketch":{"parameters":{"c":0.64,"k":2048},"data":[[1,2,3],[4]]}}}}},{"name":"sky","inferred_type":"String","string_statistics":{"common":{"num_present":4,"num_missing":0},"distinct_count":2,"distribution":{"categorical":{"buckets":[{"value":"clear","count":3},{"value":"rain","count":1}]}}}}]}"#;
    let constraints = r#"{"version":0.0,"features":[{"name":"wind","inferred_type":"Integral","completeness":1.0,"num_constraints":{"is_non_negative":true}},{"name":"sky","inferred_type":"String","string_constraints":{"domains":["clear","rain"]}}],"monitoring_config":{"evaluate_constraints":"Enabled","domain_content_threshold":1.0,"distribution_constraints":{"perform_comparison":"Enabled","comparison_threshold":0.1,"comparison_method":"Robust"}}}"#;
    let settings = r#"{"method":"simple","threshold":0.1,"min_rows":0,"columns":{"wind":0.3},"chi_squared":0.01}"#;
    format!("{statistics}{CUT}{constraints}{CUT}{settings}{CUT}wind,sky\n1,clear\n-2e3,rain\nNaN,snow\n,\n9,clear\n")
}

fn small_template() -> &'static str {
    "Parameters:\n  P: { Type: String, Default: x, AllowedPattern: '[a-z]+' }\nConditions:\n  C: !Equals [!Ref P, x]\n\
     Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Condition: C\n    Properties:\n      QueueName: !Sub '${P}-${AWS::Region}'\n      \
     Tags: !If [C, [{ Key: a, Value: !Join ['-', [a, b]] }], !Ref AWS::NoValue]\nOutputs:\n  O: { Value: !GetAtt Q.Arn }\n"
}

const REQUESTS: [&str; 12] = [
    "PUT /data/a%2Fb%20c.csv s3\nx-amz-meta-a: b\nif-none-match: *\n\nbytes",
    "GET /data?list-type=2&encoding-type=url&max-keys=2&prefix=a s3\n\n",
    "POST /data?delete= s3\ncontent-type: application/xml\n\n<Delete><Object><Key>a</Key></Object></Delete>",
    "POST /data/big?uploads= s3\n\n",
    "PUT /data/copy s3\nx-amz-copy-source: /data/a%2Fb%20c.csv\n\n",
    "POST / sagemaker\nx-amz-target: SageMaker.CreatePipeline\ncontent-type: application/x-amz-json-1.1\n\n{\"PipelineName\":\"p\",\"PipelineDefinition\":\"{\\\"Version\\\":\\\"2020-12-01\\\",\\\"Steps\\\":[]}\",\"ClientRequestToken\":\"0123456789012345678901234567890123456789\",\"RoleArn\":\"arn:aws:iam::111122223333:role/x\"}",
    "POST / sqs\nx-amz-target: AmazonSQS.CreateQueue\ncontent-type: application/x-amz-json-1.0\n\n{\"QueueName\":\"q\",\"Attributes\":{\"VisibilityTimeout\":\"30\"}}",
    "POST / events\nx-amz-target: AWSEvents.PutEvents\ncontent-type: application/x-amz-json-1.1\n\n{\"Entries\":[{\"Source\":\"a\",\"DetailType\":\"b\",\"Detail\":\"{}\"}]}",
    "POST / monitoring\ncontent-type: application/x-www-form-urlencoded\n\nAction=PutMetricData&Version=2010-08-01&Namespace=W&MetricData.member.1.MetricName=a&MetricData.member.1.Value=1e309",
    "POST / sns\ncontent-type: application/x-www-form-urlencoded\n\nAction=CreateTopic&Version=2010-03-31&Name=t&Tags.member.1.Key=a&Tags.member.1.Value=b",
    "POST /schedules/x scheduler\ncontent-type: application/json\n\n{\"ScheduleExpression\":\"cron(0 6 * * ? *)\",\"FlexibleTimeWindow\":{\"Mode\":\"OFF\"},\"Target\":{\"Arn\":\"a\",\"RoleArn\":\"r\"}}",
    "POST / cloudformation\ncontent-type: application/x-www-form-urlencoded\n\nAction=CreateStack&Version=2010-05-15&StackName=s&TemplateBody=Resources%3A%0A%20%20Q%3A%20%7BType%3A%20AWS%3A%3ASQS%3A%3AQueue%7D",
];
