//! One blob on its way: begun, sent, and sealed under its digest; taken up where it stopped.

use http::{Method, StatusCode, Uri, header};

use crate::{
    Blob,
    exchange::{Answer, Exchange, Failure},
};

/// What a repository's blobs are asked of.
pub(crate) struct Upload<'a> {
    pub exchange: &'a Exchange,
    pub repository: &'a str,
    pub blob: &'a Blob,
}

impl Upload<'_> {
    /// Whether anything had to be sent.
    pub async fn run(&self) -> anyhow::Result<bool> {
        let (mut session, mut has_sent) = (None, false);
        let mut pause = self.exchange.patience.pause;
        for attempt in 1.. {
            // Asked each time: the answer to a finished upload may have been lost.
            let tried = match self.is_there().await {
                Ok(true) => return Ok(has_sent),
                Ok(false) => {
                    has_sent = true;
                    self.send(&mut session).await
                }
                Err(failure) => Err(failure),
            };
            match tried {
                Ok(()) => return Ok(true),
                Err(failure) if failure.passing && attempt < self.exchange.patience.attempts => {
                    tracing::warn!("upload of {}, attempt {attempt}: {:#}", self.blob.digest, failure.error);
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(failure) => {
                    let what = format!("upload {} to {}, attempt {attempt}", self.blob.digest, self.repository);
                    return Err(failure.error.context(what));
                }
            }
        }
        unreachable!("the last attempt returns")
    }

    pub async fn is_there(&self) -> Result<bool, Failure> {
        let uri = self
            .exchange
            .uri(&format!("/v2/{}/blobs/{}", self.repository, self.blob.digest))?;
        let answer = self.exchange.send(Method::HEAD, &uri, &[], Default::default()).await?;
        match answer.status {
            // A registry may keep blobs elsewhere, and says where.
            status if status.is_success() || status.is_redirection() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(answer.refusal()),
        }
    }

    /// `session` is where an upload that stopped may be taken up again.
    async fn send(&self, session: &mut Option<Uri>) -> Result<(), Failure> {
        let resumed = match session.take() {
            Some(location) => self.received(location).await?,
            None => None,
        };
        let (mut location, received) = match resumed {
            Some(resumed) => resumed,
            None => (self.begin().await?, 0),
        };
        *session = Some(location.clone());
        let rest = self.blob.bytes.slice(received..);
        if !rest.is_empty() {
            let mut headers = vec![(header::CONTENT_TYPE, "application/octet-stream".to_owned())];
            if received > 0 {
                // Without it a registry takes what comes for the whole, as Docker's own client sends it.
                let last = self.blob.bytes.len() - 1;
                headers.push((header::CONTENT_RANGE, format!("{received}-{last}")));
            }
            let answer = self.exchange.send(Method::PATCH, &location, &headers, rest).await?;
            if !answer.status.is_success() {
                return Err(answer.refusal());
            }
            location = self.location(&answer)?.unwrap_or(location);
            *session = Some(location.clone());
        }
        let answer = self.seal(&location).await?;
        let sealed = match answer.status.is_success() {
            true => same_digest(&answer, &self.blob.digest),
            false => Err(answer.refusal()),
        };
        if !answer.status.is_server_error() {
            // What does not fit its digest is not worth going on with.
            *session = None;
        }
        sealed
    }

    async fn begin(&self) -> Result<Uri, Failure> {
        let uri = self.exchange.uri(&format!("/v2/{}/blobs/uploads/", self.repository))?;
        let answer = self.exchange.send(Method::POST, &uri, &[], Default::default()).await?;
        if answer.status != StatusCode::ACCEPTED {
            return Err(answer.refusal());
        }
        self.location(&answer)?.ok_or_else(|| {
            Failure::last(anyhow::anyhow!(
                "the registry began an upload without a Location to send it to"
            ))
        })
    }

    /// Where to go on and how much is there already; none where the registry does not know, and then we begin anew.
    async fn received(&self, location: Uri) -> Result<Option<(Uri, usize)>, Failure> {
        let answer = self
            .exchange
            .send(Method::GET, &location, &[], Default::default())
            .await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let last = answer
            .header("range")
            .and_then(|range| range.rsplit_once('-')?.1.parse::<usize>().ok());
        // `0-0` is said of nothing and of one byte alike.
        match last {
            Some(last) if (1..self.blob.bytes.len()).contains(&last) => {
                Ok(Some((self.location(&answer)?.unwrap_or(location), last + 1)))
            }
            _ => Ok(None),
        }
    }

    async fn seal(&self, location: &Uri) -> Result<Answer, Failure> {
        let joint = if location.query().is_some() { '&' } else { '?' };
        let uri = self.exchange.uri(&format!(
            "{location}{joint}digest={}",
            self.blob.digest.replace(':', "%3A")
        ))?;
        self.exchange.send(Method::PUT, &uri, &[], Default::default()).await
    }

    fn location(&self, answer: &Answer) -> Result<Option<Uri>, Failure> {
        answer
            .header("location")
            .map(|target| self.exchange.uri(target))
            .transpose()
    }
}

/// A registry that says what it keeps must say what we sent.
pub(crate) fn same_digest(answer: &Answer, ours: &str) -> Result<(), Failure> {
    match answer.header("docker-content-digest") {
        Some(theirs) if theirs != ours => Err(Failure::passing(anyhow::anyhow!(
            "the registry keeps {theirs} where we sent {ours}"
        ))),
        _ => Ok(()),
    }
}
