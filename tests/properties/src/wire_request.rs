//! The local endpoint: whatever is asked, the answer is a response, and it is the asker's fault.

use bytes::Bytes;
use http::{Request, Response};

use crate::requests::{Endpoint, HOST};

/// A request as it stands on the wire: `METHOD path service`, headers, an empty line, a body.
pub fn wire_request(bytes: &[u8]) {
    let Some(asked) = Asked::read(bytes) else { return };
    let endpoint = Endpoint::new();
    let Some(answer) = asked.ask(&endpoint) else { return };
    is_an_answer(&answer);
    // It is still there, whatever that was.
    let listed = endpoint.s3("GET", "/", &[], b"").expect("a request");
    assert_eq!(listed.status(), 200);
}

fn is_an_answer(answer: &Response<Bytes>) {
    let status = answer.status().as_u16();
    let body = String::from_utf8_lossy(answer.body());
    assert!(status != 500, "{body}");
    assert!(
        answer.headers().contains_key("x-amzn-requestid") || status == 403,
        "{status} {body}"
    );
}

struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    /// What the request is signed for.
    service: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl<'a> Asked<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = match bytes.windows(2).position(|two| two == b"\n\n") {
            Some(end) => (&bytes[..end], &bytes[end + 2..]),
            None => (bytes, &bytes[..0]),
        };
        let mut lines = std::str::from_utf8(head).ok()?.lines();
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?, first.next()?);
        let service = first.next().unwrap_or("s3");
        let headers = lines.filter_map(|line| line.split_once(": ")).collect();
        Some(Self {
            method,
            path,
            service,
            headers,
            body,
        })
    }

    /// None when no client could send it.
    fn ask(&self, endpoint: &Endpoint) -> Option<Response<Bytes>> {
        if self.service == "s3" {
            let small = self
                .headers
                .iter()
                .all(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase()));
            return endpoint
                .s3(self.method, self.path, &self.headers, self.body)
                .filter(|_| small);
        }
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{}/aws4_request",
            self.service
        );
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.path)
            .header("host", HOST);
        request = request.header("authorization", scope);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(self.body)).ok()?;
        Some(endpoint.ask(request))
    }
}
