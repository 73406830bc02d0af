//! S3's lists, ETags and events: what an arrival is made of.

use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, EventBridgeConfiguration, NotificationConfiguration,
};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::S3,
        Source::{Documented, Undocumented},
        Trouble, expect,
    },
    assumptions::queues,
    bench::Bench,
    made::Made,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "s3/list-after-write",
        service: S3,
        says: "A list shows an object as soon as its write was answered.",
        source: Documented("S3 User Guide, data consistency model"),
        trial: |bench| Box::pin(list_after_write(bench)),
    },
    Assumption {
        name: "s3/list-order",
        service: S3,
        says: "A list is in the order of the keys' UTF-8 bytes, and its pages join without a gap or a repetition.",
        source: Documented("S3 API Reference, ListObjectsV2, general purpose buckets"),
        trial: |bench| Box::pin(list_order(bench)),
    },
    Assumption {
        name: "s3/encoded-lists",
        service: S3,
        says: "With EncodingType=url a list shows every key, one with a control character too, and decoded like a form it \
               is the key that was written.",
        source: Undocumented,
        trial: |bench| Box::pin(encoded_lists(bench)),
    },
    Assumption {
        name: "s3/etag",
        service: S3,
        says: "The ETag of an object written by one PutObject, without KMS, is the MD5 of its bytes, in the answer and in \
               lists.",
        source: Documented("S3 API Reference, Object, ETag"),
        trial: |bench| Box::pin(etag_is_md5(bench)),
    },
    Assumption {
        name: "s3/raw-keys-in-events",
        service: S3,
        says: "EventBridge's Object Created has the key as it is, neither URL-encoded nor with + for a space.",
        source: Undocumented,
        trial: |bench| Box::pin(raw_keys(bench)),
    },
    Assumption {
        name: "s3/events-agree-with-lists",
        service: S3,
        says: "The ETag and the size in Object Created are those that a list shows.",
        source: Documented("S3 User Guide, EventBridge event message structure"),
        trial: |bench| Box::pin(events_agree(bench)),
    },
];

/// The one bucket of a run, made when somebody first needs it.
pub async fn bucket(bench: &Bench) -> Result<&str, Trouble> {
    let made = bench.bucket.get_or_try_init(|| async {
        let name = bench.name();
        bench.will_make(Made::Bucket(name.clone()));
        let mut create = bench.s3.create_bucket().bucket(&name);
        if bench.region != "us-east-1" {
            let region = BucketLocationConstraint::from(bench.region.as_str());
            let elsewhere = CreateBucketConfiguration::builder().location_constraint(region).build();
            create = create.create_bucket_configuration(elsewhere);
        }
        create.send().await?;
        let told = EventBridgeConfiguration::builder().build();
        let told = NotificationConfiguration::builder()
            .event_bridge_configuration(told)
            .build();
        let tell = bench.s3.put_bucket_notification_configuration().bucket(&name);
        tell.notification_configuration(told).send().await?;
        Ok::<String, Trouble>(name)
    });
    made.await.map(String::as_str)
}

async fn put(bench: &Bench, key: &str, text: &str) -> Result<String, Trouble> {
    let put = bench.s3.put_object().bucket(bucket(bench).await?).key(key);
    let answer = put.body(text.as_bytes().to_vec().into()).send().await?;
    Ok(answer.e_tag().unwrap_or_default().trim_matches('"').to_owned())
}

async fn list_after_write(bench: &Bench) -> Outcome {
    const TIMES: usize = 10;
    let folder = bench.name();
    for time in 0..TIMES {
        put(bench, &format!("{folder}/{time}"), "x").await?;
        let list = bench.s3.list_objects_v2().bucket(bucket(bench).await?);
        let seen = list.prefix(format!("{folder}/")).send().await?.contents().len();
        expect(seen == time + 1, || {
            format!("{seen} objects listed after {} writes", time + 1)
        })?;
    }
    Ok(format!("{TIMES} times"))
}

async fn list_order(bench: &Bench) -> Outcome {
    let folder = bench.name();
    // As bytes, not as people or UTF-16 would sort them.
    let names = [
        "B",
        "a",
        "a b",
        "a+b",
        "a/1",
        "a/10",
        "a/2",
        "é",
        "\u{ffee}",
        "\u{1f600}",
    ];
    let mut wanted: Vec<String> = names.iter().map(|name| format!("{folder}/{name}")).collect();
    for key in wanted.iter().rev() {
        put(bench, key, "x").await?;
    }
    wanted.sort();
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let list = bench
            .s3
            .list_objects_v2()
            .bucket(bucket(bench).await?)
            .prefix(format!("{folder}/"));
        let page = list.max_keys(3).set_continuation_token(token).send().await?;
        seen.extend(
            page.contents()
                .iter()
                .filter_map(|object| object.key())
                .map(str::to_owned),
        );
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    expect(seen == wanted, || format!("{seen:?}, not {wanted:?}"))?;
    Ok(format!("{} keys in pages of 3", seen.len()))
}

async fn encoded_lists(bench: &Bench) -> Outcome {
    let folder = bench.name();
    let names = [
        "\u{1}control",
        "100%",
        "a b",
        "a+b",
        "a&b=c",
        "a%2Fb",
        "é\u{301}",
        "line\nbreak",
        "\u{202e}x",
    ];
    let mut wanted: Vec<String> = names.iter().map(|name| format!("{folder}/{name}")).collect();
    for key in &wanted {
        put(bench, key, "x").await?;
    }
    let store = bench.store(bucket(bench).await?);
    let listing = store.list(&format!("{folder}/"), 100).await?;
    let mut seen: Vec<String> = listing.objects.into_iter().map(|object| object.key).collect();
    wanted.sort();
    seen.sort();
    expect(seen == wanted, || format!("{seen:?}, not {wanted:?}"))?;
    Ok(format!("{} keys, read by our client", seen.len()))
}

async fn etag_is_md5(bench: &Bench) -> Outcome {
    let (key, text) = (bench.name(), "station,temp\nJFK,39.02\n");
    let answered = put(bench, &key, text).await?;
    let list = bench
        .s3
        .list_objects_v2()
        .bucket(bucket(bench).await?)
        .prefix(&key)
        .send()
        .await?;
    let listed = list
        .contents()
        .first()
        .and_then(|object| object.e_tag())
        .unwrap_or_default();
    let md5 = hex::encode(Md5::digest(text));
    let agree = answered == md5 && listed.trim_matches('"') == md5;
    expect(agree, || format!("MD5 {md5}, answered {answered}, listed {listed}"))?;
    Ok(String::new())
}

/// The details of events about one key, which is written again and again until the rule has taken effect.
async fn told_about(bench: &Bench, key: &str) -> Result<Vec<Value>, Trouble> {
    let pattern = json!({
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": { "bucket": { "name": [bucket(bench).await?] }, "object": { "key": [{ "prefix": "events/" }] } },
    });
    let queue = queues::fed_by_rule(bench, &pattern).await?;
    let heard = bench.see(|| async {
        put(bench, key, "x").await?;
        let heard = queues::receive(bench, &queue, 5).await?;
        Ok((!heard.is_empty()).then_some(heard))
    });
    let Some((mut heard, _)) = heard.await? else {
        return Err(Trouble::DoesNotHold("no event arrived".into()));
    };
    heard.extend(queues::receive(bench, &queue, 2).await?);
    let details = heard
        .iter()
        .map(|body| serde_json::from_str::<Value>(body).map(|event| event["detail"].clone()));
    details
        .collect::<Result<_, _>>()
        .map_err(|error| Trouble::from(anyhow::Error::from(error)))
}

async fn raw_keys(bench: &Bench) -> Outcome {
    let key = format!("events/{} a+b 100%2F é.csv", bench.name());
    let told = told_about(bench, &key).await?;
    let keys: Vec<&str> = told
        .iter()
        .filter_map(|detail| detail["object"]["key"].as_str())
        .collect();
    expect(keys.iter().all(|told| *told == key), || {
        format!("{keys:?}, not {key:?}")
    })?;
    Ok(format!("{} events", told.len()))
}

async fn events_agree(bench: &Bench) -> Outcome {
    let key = format!("events/{}", bench.name());
    let told = told_about(bench, &key).await?;
    let list = bench
        .s3
        .list_objects_v2()
        .bucket(bucket(bench).await?)
        .prefix(&key)
        .send()
        .await?;
    let listed = list.contents().first();
    let etag = listed
        .and_then(|object| object.e_tag())
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned();
    let size = listed.and_then(|object| object.size());
    for detail in &told {
        let object = &detail["object"];
        let agrees = object["etag"].as_str() == Some(&etag) && object["size"].as_i64() == size;
        expect(agrees, || {
            format!("{object} in the event, ETag {etag} and size {size:?} in the list")
        })?;
    }
    Ok(String::new())
}
