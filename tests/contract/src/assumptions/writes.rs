//! S3's conditional writes: what mutual exclusion is made of.

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    operation::put_object::{PutObjectOutput, builders::PutObjectFluentBuilder},
};
use futures::future::join_all;

use crate::{
    assumption::{Assumption, Outcome, Service::S3, Source::Documented, Trouble, expect, refused},
    assumptions::objects::bucket,
    bench::Bench,
};

const RACERS: usize = 12;
const PAGE: &str = "S3 User Guide, conditional writes";

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "s3/create-once",
        service: S3,
        says: "PutObject with If-None-Match:* on a key that exists answers 412 PreconditionFailed.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(create_once(bench)),
    },
    Assumption {
        name: "s3/own-lost-answer",
        service: S3,
        says: "A writer whose answer was lost gets 412 from its own second try, and finds its own bytes.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(own_lost_answer(bench)),
    },
    Assumption {
        name: "s3/one-creator",
        service: S3,
        says: "Of many concurrent PutObject with If-None-Match:* exactly one succeeds; the others get 412, or 409 to try \
               again.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(one_creator(bench)),
    },
    Assumption {
        name: "s3/swap",
        service: S3,
        says: "PutObject with If-Match replaces the version with that ETag, and answers 412 PreconditionFailed on another.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(swap(bench)),
    },
    Assumption {
        name: "s3/swap-missing",
        service: S3,
        says: "PutObject with If-Match on a key that does not exist answers 404 NoSuchKey.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(swap_missing(bench)),
    },
    Assumption {
        name: "s3/one-swapper",
        service: S3,
        says: "Of many concurrent PutObject with the same If-Match exactly one succeeds.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(one_swapper(bench)),
    },
    Assumption {
        name: "s3/create-after-delete",
        service: S3,
        says: "A deleted key counts as absent for If-None-Match:*.",
        source: Documented(PAGE),
        trial: |bench| Box::pin(create_after_delete(bench)),
    },
];

async fn put(bench: &Bench, key: &str, text: &str) -> Result<PutObjectFluentBuilder, Trouble> {
    let put = bench.s3.put_object().bucket(bucket(bench).await?).key(key);
    Ok(put.body(text.as_bytes().to_vec().into()))
}

async fn text_of(bench: &Bench, key: &str) -> Result<String, Trouble> {
    let got = bench
        .s3
        .get_object()
        .bucket(bucket(bench).await?)
        .key(key)
        .send()
        .await?;
    let bytes = got.body.collect().await.map_err(anyhow::Error::from)?;
    Ok(String::from_utf8_lossy(&bytes.into_bytes()).into_owned())
}

async fn create_once(bench: &Bench) -> Outcome {
    let key = bench.name();
    put(bench, &key, "first").await?.if_none_match("*").send().await?;
    let again = put(bench, &key, "second").await?.if_none_match("*").send().await;
    let refusal = refused(again, &["PreconditionFailed"])?;
    expect(text_of(bench, &key).await? == "first", || {
        "the second write changed the object".into()
    })?;
    Ok(refusal.remark())
}

async fn own_lost_answer(bench: &Bench) -> Outcome {
    let key = bench.name();
    for last in [false, true] {
        let answer = put(bench, &key, "mine").await?.if_none_match("*").send().await;
        if last {
            refused(answer, &["PreconditionFailed"])?;
        }
    }
    expect(text_of(bench, &key).await? == "mine", || {
        "its own bytes are not there".into()
    })?;
    Ok(String::new())
}

/// Which racers won, and what the others heard.
async fn race(bench: &Bench, key: &str, etag: Option<&str>) -> Result<(Vec<String>, Vec<String>), Trouble> {
    let mut puts = Vec::new();
    for racer in 0..RACERS {
        let put = put(bench, key, &format!("racer {racer}")).await?;
        puts.push(match etag {
            Some(etag) => put.if_match(etag),
            None => put.if_none_match("*"),
        });
    }
    let answers = join_all(puts.into_iter().map(PutObjectFluentBuilder::send)).await;
    let (mut winners, mut refusals) = (Vec::new(), Vec::new());
    for (racer, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(_) => winners.push(format!("racer {racer}")),
            Err(error) => match error.code() {
                Some(code @ ("PreconditionFailed" | "ConditionalRequestConflict")) => refusals.push(code.to_owned()),
                _ => return Err(error.into()),
            },
        }
    }
    Ok((winners, refusals))
}

async fn only_one_won(bench: &Bench, key: &str, raced: (Vec<String>, Vec<String>)) -> Outcome {
    let (winners, refusals) = raced;
    expect(winners.len() == 1, || {
        format!("{} of {RACERS} succeeded", winners.len())
    })?;
    let stored = text_of(bench, key).await?;
    expect(stored == winners[0], || {
        format!("{} succeeded, and {stored} is stored", winners[0])
    })?;
    let conflicts = refusals
        .iter()
        .filter(|code| *code == "ConditionalRequestConflict")
        .count();
    Ok(format!(
        "1 of {RACERS} won, {} got 412, {conflicts} got 409",
        refusals.len() - conflicts
    ))
}

async fn one_creator(bench: &Bench) -> Outcome {
    let key = bench.name();
    let raced = race(bench, &key, None).await?;
    only_one_won(bench, &key, raced).await
}

fn etag(answer: &PutObjectOutput) -> Result<String, Trouble> {
    let etag = answer.e_tag().map(str::to_owned);
    etag.ok_or_else(|| Trouble::DoesNotHold("PutObject answered no ETag".into()))
}

async fn swap(bench: &Bench) -> Outcome {
    let key = bench.name();
    let first = etag(&put(bench, &key, "first").await?.send().await?)?;
    put(bench, &key, "second").await?.if_match(&first).send().await?;
    let late = put(bench, &key, "third").await?.if_match(&first).send().await;
    let refusal = refused(late, &["PreconditionFailed"])?;
    expect(text_of(bench, &key).await? == "second", || {
        "the late write changed the object".into()
    })?;
    Ok(refusal.remark())
}

async fn swap_missing(bench: &Bench) -> Outcome {
    let missing = put(bench, &bench.name(), "x").await?;
    let answer = missing.if_match("\"d41d8cd98f00b204e9800998ecf8427e\"").send().await;
    Ok(refused(answer, &["NoSuchKey"])?.remark())
}

async fn one_swapper(bench: &Bench) -> Outcome {
    let key = bench.name();
    let first = etag(&put(bench, &key, "first").await?.send().await?)?;
    let raced = race(bench, &key, Some(&first)).await?;
    only_one_won(bench, &key, raced).await
}

async fn create_after_delete(bench: &Bench) -> Outcome {
    let key = bench.name();
    put(bench, &key, "first").await?.if_none_match("*").send().await?;
    let delete = bench.s3.delete_object().bucket(bucket(bench).await?).key(&key);
    delete.send().await?;
    put(bench, &key, "second").await?.if_none_match("*").send().await?;
    Ok(String::new())
}
