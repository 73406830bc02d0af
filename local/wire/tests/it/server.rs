//! The wire on a real port.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use windsock_wire::{BODY_BYTES_MAX, serve};

use crate::support::Client;

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        // The test that drops its end wants the same as the one that says so.
        let _ = stopped.await;
    };
    Served {
        address,
        stop,
        server: tokio::spawn(serve(listener, Client::new().wire, stopped)),
    }
}

/// Send bytes and read until the server closes.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

fn request(body: &str, more: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\
         Content-Type: application/x-amz-json-1.0\r\n{more}\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/sqs/aws4_request\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn requests_are_answered_and_the_server_stops_when_told() {
    let served = served().await;
    let answer = exchange(served.address, &request("{}", "Content-Length: 2\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // A connection that was kept open and asks nothing does not keep the server from stopping.
    let _idle = TcpStream::connect(served.address).await.expect("a connection");
    served.stop.send(()).expect("the server listens");
    served.server.await.expect("no panic").expect("no error");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_before_they_are_read() {
    let served = served().await;
    let length = format!("Content-Length: {}\r\n", BODY_BYTES_MAX + 1);
    let answer = exchange(served.address, &request("{}", &length)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("upload large objects in parts"), "{answer}");
}

#[tokio::test]
async fn garbage_is_a_bad_request() {
    let served = served().await;
    let answer = exchange(served.address, "\u{1}\u{2}\u{3}nonsense\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let answer = exchange(served.address, &request("{}", "Content-Length: 2\r\n")).await;
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "the next connection is served: {answer}"
    );
}
