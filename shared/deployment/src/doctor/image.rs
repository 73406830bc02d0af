//! The images that jobs run: the commonest first failure is one that nobody pushed.

use anyhow::Context;
use serde_json::json;
use windsock_decisions::{Project, pipelines::model_image};

use super::{Check, unclear, well, wrong};
use crate::{
    Deployed,
    ask::{Question, Refused},
};

const MISSING: [&str; 2] = ["ImageNotFoundException", "RepositoryNotFoundException"];

/// Every image that a pipeline of these projects names, once; without projects, the one that they would.
pub(super) async fn images(deployed: &Deployed, projects: &[Project]) -> anyhow::Result<Vec<Check>> {
    let ours = deployed.platform("").jobs_image;
    let mut images = vec![ours.clone()];
    for project in projects {
        let image = model_image(project, &deployed.platform(&project.project)).to_owned();
        if !images.contains(&image) {
            images.push(image);
        }
    }
    let mut checks = Vec::new();
    for image in images {
        let push = match image == ours {
            true => {
                "docs/deploy.md, step 2: aws ecr create-repository ..., then ... | windsock image push --program ..."
            }
            false => "build and push it, or name another in training.image of project.yaml, and windsock apply",
        };
        checks.push(self::image(deployed, &image, push).await?);
    }
    Ok(checks)
}

async fn image(deployed: &Deployed, image: &str, push: &str) -> anyhow::Result<Check> {
    let what = format!("image {image}");
    let Some(place) = Place::of(image) else {
        return Ok(unclear(
            what,
            "it is in no registry of ECR, so it is not looked for".to_owned(),
        ));
    };
    if place.region != deployed.region {
        let why = format!("it is in another region, so it is not looked for: {}", place.command());
        return Ok(unclear(what, why));
    }
    let id = match place.tag {
        Some(tag) => json!({ "imageTag": tag }),
        None => json!({ "imageDigest": place.digest }),
    };
    let asked = json!({ "registryId": place.account, "repositoryName": place.repository, "imageIds": [id] });
    let target = "AmazonEC2ContainerRegistry_V20150921.DescribeImages";
    let answer = Question::named("ecr", target, &asked).ask(&deployed.config).await;
    let Err(error) = answer else { return Ok(well(what)) };
    match error.downcast_ref::<Refused>() {
        Some(refused) if MISSING.contains(&refused.code.as_str()) => {
            Ok(wrong(what, "it is not there, so every job fails", push))
        }
        // Other accounts' registries say no more, and the local AWS has none.
        Some(refused) => {
            let why = format!(
                "nobody here says whether it is there ({}; the local AWS runs jobs as a program and has no images). \
                 On AWS: {}",
                refused.code,
                place.command()
            );
            Ok(unclear(what, why))
        }
        None => Err(error).with_context(|| format!("look for image {image}")),
    }
}

/// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`, or `@<digest>`.
#[derive(Debug, PartialEq)]
struct Place<'a> {
    account: &'a str,
    region: &'a str,
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(image: &'a str) -> Option<Self> {
        let (registry, rest) = image.split_once('/')?;
        let (account, host) = registry.split_once(".dkr.ecr.")?;
        let region = host.split('.').next()?;
        let (named, digest) = match rest.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (rest, None),
        };
        let (repository, tag) = match named.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (named, None),
        };
        Some(Self {
            account,
            region,
            repository,
            tag: tag.filter(|_| digest.is_none()),
            digest,
        })
    }

    fn command(&self) -> String {
        let Self {
            account,
            region,
            repository,
            ..
        } = self;
        let id = match (self.tag, self.digest) {
            (Some(tag), _) => format!("imageTag={tag}"),
            (None, digest) => format!("imageDigest={}", digest.unwrap_or_default()),
        };
        format!(
            "aws ecr describe-images --region {region} --registry-id {account} --repository-name {repository} --image-ids {id}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_looked_for_where_it_is_named() {
        let place = Place::of("111122223333.dkr.ecr.us-east-1.amazonaws.com/team/own:7").expect("in ECR");
        assert_eq!(
            place.command(),
            "aws ecr describe-images --region us-east-1 --registry-id 111122223333 --repository-name team/own \
             --image-ids imageTag=7"
        );
        let by_digest = Place::of("1.dkr.ecr.eu-west-1.amazonaws.com/own:7@sha256:ab").expect("in ECR");
        assert_eq!((by_digest.tag, by_digest.digest), (None, Some("sha256:ab")));
        assert_eq!(Place::of("docker.io/library/python:3"), None);
    }
}
