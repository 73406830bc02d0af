//! Pushing: the blobs that a registry lacks, then the manifest under its tag.

use anyhow::{Context, bail, ensure};
use http::{Method, StatusCode, header};

use crate::{
    Image, Manifest, Patience,
    exchange::{Exchange, Failure},
    image::sha256,
    upload::{Upload, same_digest},
};

/// A registry, as who holds a token may use it.
#[derive(Debug)]
pub struct Registry {
    exchange: Exchange,
}

/// What a push came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Of the manifest: `repository@digest` is this image for ever.
    pub digest: String,
    /// Digests of the blobs that were sent; none where the registry had them.
    pub sent: Vec<String>,
    /// The tag already named this very image.
    pub was_there: bool,
}

impl Registry {
    /// `token` is ECR's authorizationToken, or the base64 of `user:password`.
    pub fn new(endpoint: &str, token: &str, patience: Patience) -> anyhow::Result<Self> {
        let exchange = Exchange::new(endpoint, token, patience)?;
        Ok(Self { exchange })
    }

    /// Pushes an image, as often as one likes. A tag that names another image is left alone.
    pub async fn push(&self, repository: &str, tag: &str, image: &Image) -> anyhow::Result<Pushed> {
        check_name("repository", repository, "a-z, 0-9 and ._-/", |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c)
        })?;
        check_name("tag", tag, "letters, digits and ._-", |c| {
            c.is_ascii_alphanumeric() || "._-".contains(c)
        })?;
        let manifest = image.docker_manifest();
        let mut pushed = Pushed {
            digest: manifest.digest.clone(),
            sent: Vec::new(),
            was_there: false,
        };
        match self.tagged(repository, tag, &manifest).await? {
            Some(digest) if digest == manifest.digest => {
                pushed.was_there = true;
                return Ok(pushed);
            }
            Some(other) => bail!(
                "{repository}:{tag} is {other}, another image than {}, and a tag is never moved; give another tag",
                manifest.digest
            ),
            None => {}
        }
        for blob in [&image.layer, &image.config] {
            let upload = Upload {
                exchange: &self.exchange,
                repository,
                blob,
            };
            if upload.run().await? {
                pushed.sent.push(blob.digest.clone());
            }
        }
        self.tag(repository, tag, &manifest).await?;
        Ok(pushed)
    }

    /// The digest of what a tag names.
    async fn tagged(&self, repository: &str, tag: &str, manifest: &Manifest) -> anyhow::Result<Option<String>> {
        let what = || format!("look for {repository}:{tag}");
        let uri = self.exchange.uri(&path(repository, tag)).map_err(|it| it.error)?;
        let accept = [(header::ACCEPT, format!("{}, */*", manifest.media_type))];
        self.patiently(async || {
            let answer = self
                .exchange
                .send(Method::GET, &uri, &accept, Default::default())
                .await?;
            match answer.status {
                status if status.is_success() => Ok(Some(sha256(&answer.body))),
                StatusCode::NOT_FOUND if !String::from_utf8_lossy(&answer.body).contains("NAME_UNKNOWN") => Ok(None),
                _ => Err(answer.refusal()),
            }
        })
        .await
        .with_context(what)
    }

    async fn tag(&self, repository: &str, tag: &str, manifest: &Manifest) -> anyhow::Result<()> {
        let what = || format!("put the manifest of {repository}:{tag}");
        let uri = self.exchange.uri(&path(repository, tag)).map_err(|it| it.error)?;
        let headers = [(header::CONTENT_TYPE, manifest.media_type.to_owned())];
        self.patiently(async || {
            let answer = self
                .exchange
                .send(Method::PUT, &uri, &headers, manifest.bytes.clone())
                .await?;
            if answer.status.is_success() {
                same_digest(&answer, &manifest.digest)
            } else if String::from_utf8_lossy(&answer.body).contains(&manifest.digest) {
                // Our own lost try: ECR refuses an image that it has under this tag, and names it.
                Ok(())
            } else {
                Err(answer.refusal())
            }
        })
        .await
        .with_context(what)
    }

    async fn patiently<T>(&self, ask: impl AsyncFn() -> Result<T, Failure>) -> anyhow::Result<T> {
        let mut pause = self.exchange.patience.pause;
        for attempt in 1.. {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(failure) if failure.passing && attempt < self.exchange.patience.attempts => {
                    tracing::warn!("attempt {attempt}: {:#}", failure.error);
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(failure) => return Err(failure.error.context(format!("attempt {attempt}"))),
            }
        }
        unreachable!("the last attempt returns")
    }
}

fn path(repository: &str, tag: &str) -> String {
    format!("/v2/{repository}/manifests/{tag}")
}

fn check_name(what: &str, name: &str, takes: &str, is_taken: impl Fn(char) -> bool) -> anyhow::Result<()> {
    let fits = (1..=128).contains(&name.len()) && name.chars().all(is_taken) && !name.contains("..");
    ensure!(
        fits && name.starts_with(|c: char| c.is_ascii_alphanumeric()),
        "no {what} is called `{name}`; a {what} has 1 to 128 of {takes}, and begins with none of the latter"
    );
    Ok(())
}
