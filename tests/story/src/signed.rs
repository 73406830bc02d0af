//! One signed request to the local AWS: HTTP/1.1 over a socket, with AWS's signature version 4.
//!
//! AWS's own clients are the referees' business (tests/referee); here a request is all that is needed.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What the signature leaves as it is in a path.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// An endpoint, and somebody's credentials for it.
#[derive(Debug, Clone)]
pub struct Signer {
    host: String,
    access_key: String,
    secret: String,
    region: String,
}

/// What is asked of whom.
#[derive(Debug)]
pub struct Request<'a> {
    pub service: &'a str,
    pub method: &'a str,
    /// As it is, not yet percent-encoded.
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

impl Signer {
    /// From the variables that `windsock up` prints.
    pub fn from_exports(exports: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let export = |name: &str| {
            exports
                .get(name)
                .cloned()
                .with_context(|| format!("windsock up exports no {name}"))
        };
        let endpoint = export("AWS_ENDPOINT_URL")?;
        Ok(Self {
            host: endpoint
                .strip_prefix("http://")
                .context("the endpoint speaks http")?
                .to_owned(),
            access_key: export("AWS_ACCESS_KEY_ID")?,
            secret: export("AWS_SECRET_ACCESS_KEY")?,
            region: export("AWS_REGION")?,
        })
    }

    /// The body of the answer; an answer other than 200 is an error that quotes it.
    pub fn send(&self, request: &Request<'_>) -> anyhow::Result<Vec<u8>> {
        let path = utf8_percent_encode(request.path, KEPT).to_string();
        let mut message = format!("{} {path} HTTP/1.1\r\nconnection: close\r\n", request.method);
        for (name, value) in self.headers(request, &path) {
            message.push_str(&format!("{name}: {value}\r\n"));
        }
        message.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));

        let mut stream = TcpStream::connect(&self.host).with_context(|| format!("connect to {}", self.host))?;
        stream
            .set_read_timeout(Some(ANSWERS_WITHIN))
            .context("limit the wait for an answer")?;
        stream.write_all(message.as_bytes()).context("send the request")?;
        stream.write_all(request.body).context("send the request")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).context("read the answer")?;
        body_of(&answer)
    }

    /// The request's headers and those of the signature, which covers all of them.
    fn headers(&self, request: &Request<'_>, path: &str) -> BTreeMap<String, String> {
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = &time[..8];
        let digest = hex::encode(Sha256::digest(request.body));
        let own = [
            ("host", self.host.as_str()),
            ("x-amz-date", &time),
            ("x-amz-content-sha256", &digest),
        ];
        let all = request.headers.iter().copied().chain(own);
        let mut headers: BTreeMap<String, String> =
            all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();

        let signed = headers.keys().cloned().collect::<Vec<_>>().join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let canonical = format!("{}\n{path}\n\n{lines}\n{signed}\n{digest}", request.method);
        let scope = format!("{date}/{}/{}/aws4_request", self.region, request.service);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            hex::encode(Sha256::digest(canonical))
        );
        let secret = format!("AWS4{}", self.secret);
        let parts = [date, &self.region, request.service, "aws4_request", &to_sign];
        let signature = parts
            .iter()
            .fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={}",
            self.access_key,
            hex::encode(signature)
        );
        headers.insert("authorization".into(), authorization);
        headers
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let with = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(with(0x36)).chain_update(message).finalize();
    Sha256::new()
        .chain_update(with(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

fn body_of(answer: &[u8]) -> anyhow::Result<Vec<u8>> {
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .context("the answer has no end of headers")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let body = &answer[end + 4..];
    let body = if head.contains("transfer-encoding: chunked") {
        unchunked(body)?
    } else {
        body.to_vec()
    };
    let status = head.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        bail!("{status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(body)
}

fn unchunked(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|bytes| bytes == b"\r\n")
            .context("a chunk has no size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end])?.trim(), 16).context("a chunk's size")?;
        if size == 0 {
            return Ok(body);
        }
        let chunk = rest.get(end + 2..end + 2 + size).context("a chunk is cut off")?;
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).context("a chunk is cut off")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn an_hmac_is_that_of_the_rfc() {
        let digest = hex::encode(hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(
            digest,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn chunks_are_put_together() -> anyhow::Result<()> {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(body_of(answer)?, b"abc0123456789");
        Ok(())
    }
}
