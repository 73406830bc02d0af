//! Where things lie: nothing is public, nothing is lost to an overwrite, and what functions decided stays decided.

use serde_json::{Value, json};

use super::{Broken, PLATFORM, Rule, View, view::texts};
use crate::platform::many;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "every bucket is versioned, encrypted, closed to the public and owned by its account",
        check: buckets_are_safe,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "      VersioningConfiguration: {Status: Enabled}\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "        RestrictPublicBuckets: true\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "SSEAlgorithm: AES256",
                broken: "SSEAlgorithm: none",
            },
            Broken {
                template: PLATFORM,
                sound: "ObjectOwnership: BucketOwnerEnforced",
                broken: "ObjectOwnership: ObjectWriter",
            },
        ],
    },
    Rule {
        name: "what happens in the buckets of data and work is told to EventBridge",
        check: buckets_tell,
        broken: &[Broken {
            template: PLATFORM,
            sound: "EventBridgeEnabled: true",
            broken: "EventBridgeEnabled: false",
        }],
    },
    Rule {
        name: "no bucket goes with its stack",
        check: buckets_stay,
        broken: &[Broken {
            template: PLATFORM,
            sound: "    DeletionPolicy: RetainExceptOnCreate\n",
            broken: "",
        }],
    },
    Rule {
        name: "no lifecycle rule deletes a marker while its event may come again",
        check: markers_outlive_their_events,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: WORK_LIFECYCLE,
                broken: MARKERS_EXPIRE,
            },
            Broken {
                template: PLATFORM,
                sound: WORK_LIFECYCLE,
                broken: EVERYTHING_EXPIRES,
            },
        ],
    },
    Rule {
        name: "only our functions write markers, conditionally, and nobody deletes them",
        check: markers_are_guarded,
        broken: &[
            Broken {
                template: PLATFORM,
                sound: "                  - !GetAtt SweepRole.Arn\n",
                broken: "",
            },
            Broken {
                template: PLATFORM,
                sound: "            Action: [\"s3:DeleteObject\", \"s3:DeleteObjectVersion\"]\n",
                broken: "            Action: [\"s3:DeleteObject\"]\n",
            },
            Broken {
                template: PLATFORM,
                sound: "              \"Null\": {s3:if-none-match: \"true\", s3:if-match: \"true\"}\n",
                broken: "              \"Null\": {s3:if-none-match: \"true\"}\n",
            },
            Broken {
                template: PLATFORM,
                sound: "              - !Sub \"${WorkBucket.Arn}/state/*/champion.json\"\n",
                broken: "",
            },
        ],
    },
];

const WORK_LIFECYCLE: &str = "  # Markers are authority";
const MARKERS_EXPIRE: &str = "        # and\n          - {Id: old, Status: Enabled, Prefix: state/, ExpirationInDays: 7}\n\n  # Markers are authority";
const EVERYTHING_EXPIRES: &str =
    "        # and\n          - {Id: old, Status: Enabled, ExpirationInDays: 20}\n\n  # Markers are authority";

fn buckets_are_safe(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, bucket) in view.of_kind("AWS::S3::Bucket") {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{id} {what}"));
            }
        };
        must(
            view.property(bucket, "VersioningConfiguration")["Status"] == "Enabled",
            "forgets what is overwritten",
        );
        let rules = view.property(bucket, "BucketEncryption")["ServerSideEncryptionConfiguration"].clone();
        let algorithm = &rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"];
        must(algorithm == "AES256" || algorithm == "aws:kms", "is not encrypted");
        let public = view.property(bucket, "PublicAccessBlockConfiguration");
        let closed = [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ];
        must(
            closed.iter().all(|way| public[way] == true),
            "is not closed to the public",
        );
        let owner = view.property(bucket, "OwnershipControls")["Rules"].clone();
        must(
            owner == json!([{ "ObjectOwnership": "BucketOwnerEnforced" }]),
            "may hold objects of others",
        );
    }
    wrong
}

/// A trail's bucket has no reader.
fn is_read(id: &str) -> bool {
    ["DataBucket", "WorkBucket"].contains(&id)
}

fn buckets_tell(view: &View) -> Vec<String> {
    let buckets = view.of_kind("AWS::S3::Bucket").filter(|(id, _)| is_read(id));
    let silent = buckets.filter(|(_, bucket)| {
        let told = view.property(bucket, "NotificationConfiguration");
        told["EventBridgeConfiguration"]["EventBridgeEnabled"] != true
    });
    silent
        .map(|(id, _)| format!("nobody hears of objects in {id}"))
        .collect()
}

fn buckets_stay(view: &View) -> Vec<String> {
    use windsock_cloudformation::DeletionPolicy::Delete;
    let going = view
        .of_kind("AWS::S3::Bucket")
        .filter(|(_, bucket)| bucket.deletion_policy == Delete);
    going
        .map(|(id, _)| format!("{id} goes with its stack, and what people put there with it"))
        .collect()
}

/// EventBridge tries for a day, a queue keeps a hint for four, its dead-letter queue for fourteen more, and a person may
/// replay on the last of them; a month leaves room.
const EVENTS_COME_AGAIN_DAYS: u64 = 31;

/// A lifecycle's `Prefix`, absent, is everything.
fn markers_outlive_their_events(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(bucket) = view.resource("WorkBucket") else {
        return wrong;
    };
    for rule in many(&view.property(bucket, "LifecycleConfiguration")["Rules"]) {
        let prefix = rule["Prefix"].as_str().unwrap_or_default();
        let meets_state = "state/".starts_with(prefix) || prefix.starts_with("state/");
        let days = [&rule["ExpirationInDays"], &rule["Expiration"]["Days"]];
        let days = days.iter().find_map(|days| days.as_u64());
        let other = ["ExpirationDate", "Filter", "TagFilters"]
            .iter()
            .any(|member| !rule[member].is_null());
        if other || meets_state && days.is_some_and(|days| days <= EVENTS_COME_AGAIN_DAYS) {
            wrong.push(format!(
                "the lifecycle rule {rule} may delete a marker whose event comes again"
            ));
        }
    }
    wrong
}

/// What functions decide, and so nobody else may write.
const MARKERS: [&str; 7] = [
    "state/*/runs/*",
    "state/*/champion.json",
    "state/*/incidents/*",
    "state/*/letters/*",
    "state/*/letters-pace.json",
    "state/*/published/*",
    "state/rejections/*",
];

fn markers_are_guarded(view: &View) -> Vec<String> {
    let Some(policy) = view.resource("WorkBucketPolicy") else {
        return Vec::new();
    };
    let denied: Vec<Value> = view
        .statements(policy)
        .into_iter()
        .filter(|s| s["Effect"] == "Deny")
        .collect();
    let mut wrong = Vec::new();
    let mut must = |what: &str, action: &str, condition: &Value| {
        let guards = denied.iter().filter(|statement| {
            texts(&statement["Action"]).iter().any(|denied| denied == action) && statement["Condition"] == *condition
        });
        let guarded: Vec<String> = guards.flat_map(|statement| texts(&statement["Resource"])).collect();
        let open = MARKERS
            .iter()
            .filter(|marker| !guarded.contains(&format!("WorkBucket.Arn/{marker}")));
        wrong.extend(open.map(|marker| format!("{marker} {what}")));
    };
    let functions = view.of_kind("AWS::Lambda::Function");
    let roles: Vec<Value> = functions.map(|(_, function)| view.property(function, "Role")).collect();
    must(
        "may be written by others",
        "s3:PutObject",
        &json!({ "ArnNotEquals": { "aws:PrincipalArn": roles } }),
    );
    let blind = json!({
        "Null": { "s3:if-none-match": "true", "s3:if-match": "true" },
        "Bool": { "s3:ObjectCreationOperation": "true" },
    });
    must("may be overwritten unseen", "s3:PutObject", &blind);
    must("may be deleted", "s3:DeleteObject", &Value::Null);
    must("may be deleted for good", "s3:DeleteObjectVersion", &Value::Null);
    wrong
}
