//! What deciding costs: the same calls in a world that enforces its policies and in one that does not.
//!
//! `cargo run -p windsock-world --profile simulate --example decide`

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};
use windsock_world::{Caller, Enforcement, Input, MemoryBlobs, S3Request, Settings, World};

const CALLS: u32 = 50_000;
const ACCOUNT: &str = "111122223333";

fn main() {
    for (name, request) in [("GetObject", read()), ("PutEvents", tell())] {
        let [off, on] = [Enforcement::Off, Enforcement::On].map(|enforcement| microseconds(enforcement, &request));
        println!(
            "{name}: {off:.2} µs a call without policies, {on:.2} with: {:.2} for deciding",
            on - off
        );
    }
}

fn microseconds(enforcement: Enforcement, input: &Input) -> f64 {
    let mut world = world(enforcement);
    let started = Instant::now();
    for _ in 0..CALLS {
        let now = world.now();
        world.apply(now, input.clone()).expect("the call is allowed");
        world.take_journal();
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}

fn role() -> Caller {
    Caller {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/reader"),
    }
}

fn read() -> Input {
    let request = S3Request::Get {
        bucket: "work".into(),
        key: "state/flight-delay/champion.json".into(),
        version_id: None,
    };
    Input::S3 {
        caller: role(),
        request,
    }
}

fn tell() -> Input {
    Input::Call {
        caller: role(),
        service: "events".into(),
        operation: "PutEvents".into(),
        input: json!({ "Entries": [{ "Source": "windsock", "DetailType": "x", "Detail": "{}" }] }),
    }
}

/// A role with as many statements as the platform's largest, and a bucket with a policy of its own.
fn world(enforcement: Enforcement) -> World {
    let settings = Settings {
        account: ACCOUNT.into(),
        region: "us-east-1".into(),
        started_at: 1_795_737_600_000,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement,
    };
    let blobs = MemoryBlobs::shared();
    let blob = blobs.put(b"{}").expect("bytes are kept");
    let mut world = World::new(settings, blobs);
    let operator = Caller {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/operator"),
    };
    let mut call = |service: &str, operation: &str, input: Value| {
        let (service, operation, caller) = (service.into(), operation.into(), operator.clone());
        let now = world.now();
        let call = Input::Call {
            caller,
            service,
            operation,
            input,
        };
        world.apply(now, call).expect("the operator may");
    };
    call("s3", "CreateBucket", json!({ "Bucket": "work" }));
    let deny = json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::work", "arn:aws:s3:::work/*"],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [deny, deny, deny, deny] }).to_string();
    call("s3", "PutBucketPolicy", json!({ "Bucket": "work", "Policy": policy }));
    call("iam", "CreateRole", json!({ "RoleName": "reader" }));
    let other = json!({ "Effect": "Allow", "Action": ["sagemaker:Describe*", "sagemaker:List*"],
                        "Resource": "arn:aws:sagemaker:*:*:pipeline/windsock-*" });
    let mut statements = vec![other; 14];
    statements.push(json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::work/state/*" }));
    statements.push(
        json!({ "Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
                            "Condition": { "StringEquals": { "events:source": "windsock" } } }),
    );
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    call(
        "iam",
        "PutRolePolicy",
        json!({ "RoleName": "reader", "PolicyName": "p", "PolicyDocument": document }),
    );
    let put = S3Request::Put {
        bucket: "work".into(),
        key: "state/flight-delay/champion.json".into(),
        blob,
        if_none_match: false,
        if_match: None,
        content_type: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
    };
    let now = world.now();
    let input = Input::S3 {
        caller: operator.clone(),
        request: put,
    };
    world.apply(now, input).expect("the operator may");
    world
}
