//! The port on 127.0.0.1 where AWS's clients find the world.
//!
//! A request counts as being served until its answer is there, so that a jumping clock runs meanwhile and
//! nobody takes the world for quiet.

use std::{net::Ipv4Addr, pin::pin, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use tokio::net::TcpListener;
use windsock_wire::{Backend, Wire};
use windsock_world::{ApiError, Blobs, Caller, Input, InvocationOutcome, Millis, Output, Settings};

use crate::core::Core;

/// Takes the port, or says who should give way.
pub(crate) async fn bind(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let wanted = port.unwrap_or(0);
    TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
                "port {wanted} on 127.0.0.1 is in use: stop what uses it, choose another port, or leave the port open"
            ),
            _ => anyhow::Error::new(error).context(format!("listen on port {wanted} of 127.0.0.1")),
        })
}

/// Answers until the task is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let wire = Wire::new(Arc::new(Service(core)));
    if let Err(error) = windsock_wire::serve(listener, wire, std::future::pending()).await {
        tracing::error!(%error, "The endpoint has ended");
    }
}

/// What the wire stands on: time and durability are supplied here.
struct Service(Arc<Core>);

#[async_trait]
impl Backend for Service {
    fn apply(&self, input: Input) -> Result<Output, ApiError> {
        self.0.records.call(&input);
        self.0.call(input)
    }

    fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        self.0.lock().world.identity(access_key_id)
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.0.blobs)
    }

    fn settings(&self) -> Settings {
        self.0.lock().world.settings().clone()
    }

    fn now(&self) -> Millis {
        self.0.lock().now()
    }

    fn serving(&self) -> Box<dyn Send> {
        Box::new(self.0.request())
    }

    fn asked_of_s3(&self, request: &Request<Bytes>) {
        self.0.records.s3(request);
    }

    async fn wait_invocation(&self, id: &str) -> Result<InvocationOutcome, ApiError> {
        loop {
            let mut changed = pin!(self.0.changed.notified());
            changed.as_mut().enable();
            if let Some(outcome) = self.0.lock().outcome(id) {
                return Ok(outcome);
            }
            changed.await;
        }
    }
}
