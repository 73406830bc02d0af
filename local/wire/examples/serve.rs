//! The wire alone on a port, over a world in memory: `cargo run -p windsock-wire --example serve -- 4566`.
//!
//! There are no functions, no jobs and no state directory here; `windsock up` has those. It is what the referee of
//! the protocols needs, and the quickest way to point a client at the world. Its clock stands still.

use std::{net::Ipv4Addr, sync::Arc};

use tokio::net::TcpListener;
use windsock_wire::{MemoryBackend, Wire, serve};
use windsock_world::{MemoryBlobs, Settings};

/// The port that tools for local AWS expect.
const PORT: u16 = 4566;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = match std::env::args().nth(1) {
        Some(text) => text
            .parse()
            .map_err(|_| format!("{text:?} is not a port; give a number such as {PORT}"))?,
        None => PORT,
    };
    let settings = Settings {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        // 2026-11-22T10:00:00Z.
        started_at: 1_795_341_600_000,
        sagemaker_event_copies: 1,
        confirm_emails: true,
        faults: Default::default(),
        enforcement: Default::default(),
    };
    let backend = Arc::new(MemoryBackend::new(settings, MemoryBlobs::shared()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("export AWS_ENDPOINT_URL=http://{}", listener.local_addr()?);
    println!("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1");
    let interrupted = async {
        // Without a signal handler there is only the hard way to stop, which an example survives.
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(listener, Wire::new(backend), interrupted).await?;
    Ok(())
}
