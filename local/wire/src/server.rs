//! The wire on a port: HTTP/1.1, one task per connection, bodies read whole up to a limit.

use std::{convert::Infallible, future::Future, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tracing::{debug, warn};

use crate::{Wire, wire::respond};

/// Largest request body. S3 takes 5 GiB in one PUT; bodies are held in memory here, and clients split large files
/// into parts of 8 MiB long before this.
pub const BODY_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A client that has connected and does not finish its headers is not kept waiting for.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A pause after a failed accept, so that a lack of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Requests that are under way when the endpoint stops get this long to be answered.
const GRACE: Duration = Duration::from_secs(5);

/// Serve until `shutdown` resolves. The caller binds the listener, to loopback.
pub async fn serve(
    listener: TcpListener,
    wire: Wire,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, wire.clone(), stopping.clone()));
                }
                // One connection's trouble, or no free file descriptor: the next may fare better.
                Err(error) => {
                    warn!("accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            // Finished connections are let go of, so that the set does not grow.
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    // Nobody listening any more means that no connection is left.
    let _ = stop.send(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        debug!("stopped with connections still open after {GRACE:?}");
    }
    Ok(())
}

async fn connection(stream: TcpStream, wire: Wire, mut stopping: watch::Receiver<bool>) {
    // Answers are small and clients wait for them; a socket that cannot do this only costs time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let wire = wire.clone();
        async move { Ok::<_, Infallible>(one(&wire, request).await.map(Full::new)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            // The request under way is answered; no further one is read.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!("a connection ended early: {error}");
    }
}

async fn one(wire: &Wire, request: Request<Incoming>) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    // A body that announces itself as too large is not read at all.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return too_large();
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => wire.handle(Request::from_parts(head, body.to_bytes())).await,
        Err(error) if error.is::<LengthLimitError>() => too_large(),
        Err(error) => {
            let sentence = format!("The body could not be read: {error}\n");
            respond(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", sentence)
        }
    }
}

fn too_large() -> Response<Bytes> {
    let sentence = format!("The body is larger than {BODY_BYTES_MAX} bytes; upload large objects in parts\n");
    respond(StatusCode::PAYLOAD_TOO_LARGE, "text/plain; charset=utf-8", sentence)
}
