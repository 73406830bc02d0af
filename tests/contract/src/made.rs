//! What a run makes, and how each of it is removed again.

use crate::{assumption::Trouble, bench::Bench};

/// A run writes some hundred.
const OBJECTS_MAX: usize = 10_000;

#[derive(Debug, Clone)]
pub enum Made {
    /// With everything in it.
    Bucket(String),
    Queue(String),
    Topic(String),
    /// With its targets, all called "queue".
    Rule(String),
    Alarm(String),
    Pipeline(String),
    Group(String),
    /// A version of the registry, by its ARN.
    Version(String),
    Model(String),
}

impl Made {
    /// What is gone already is removed; what is still busy is waited for.
    pub async fn remove(&self, bench: &Bench) -> Result<(), Trouble> {
        let removed = bench.see(|| async {
            match self.try_to_remove(bench).await {
                Err(Trouble::DoesNotHold(reason)) if is_gone(&reason) => Ok(Some(())),
                Err(Trouble::DoesNotHold(reason)) if reason.starts_with("Conflict") => Ok(None),
                Err(Trouble::NotOffered(_)) => Ok(Some(())),
                other => other.map(Some),
            }
        });
        match removed.await? {
            Some(_) => Ok(()),
            None => Err(Trouble::DoesNotHold("it stays busy".into())),
        }
    }

    async fn try_to_remove(&self, bench: &Bench) -> Result<(), Trouble> {
        match self {
            Self::Bucket(name) => empty(bench, name).await?,
            Self::Queue(url) => drop(bench.sqs.delete_queue().queue_url(url).send().await?),
            Self::Topic(arn) => drop(bench.sns.delete_topic().topic_arn(arn).send().await?),
            Self::Rule(name) => {
                drop(bench.events.remove_targets().rule(name).ids("queue").send().await?);
                drop(bench.events.delete_rule().name(name).send().await?);
            }
            Self::Alarm(name) => drop(bench.cloudwatch.delete_alarms().alarm_names(name).send().await?),
            Self::Pipeline(name) => {
                let delete = bench.sagemaker.delete_pipeline().pipeline_name(name);
                drop(delete.client_request_token(bench.token()).send().await?);
            }
            Self::Group(name) => {
                let delete = bench.sagemaker.delete_model_package_group();
                drop(delete.model_package_group_name(name).send().await?);
            }
            Self::Version(arn) => drop(
                bench
                    .sagemaker
                    .delete_model_package()
                    .model_package_name(arn)
                    .send()
                    .await?,
            ),
            Self::Model(name) => drop(bench.sagemaker.delete_model().model_name(name).send().await?),
        }
        Ok(())
    }
}

/// Listed by our own client, which also reads keys that XML cannot carry.
async fn empty(bench: &Bench, bucket: &str) -> Result<(), Trouble> {
    let listing = bench.store(bucket).list("", OBJECTS_MAX).await?;
    for object in listing.objects {
        bench.s3.delete_object().bucket(bucket).key(object.key).send().await?;
    }
    bench.s3.delete_bucket().bucket(bucket).send().await?;
    Ok(())
}

fn is_gone(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    let sentences = [
        "not found",
        "notfound",
        "does not exist",
        "doesn't exist",
        "could not find",
        "nosuch",
        "nonexistent",
    ];
    sentences.iter().any(|sentence| reason.contains(sentence))
}
