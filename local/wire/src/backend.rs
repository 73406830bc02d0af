//! What the wire stands on: a world, or something that keeps one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use windsock_world::{ApiError, Blobs, Caller, Input, InvocationOutcome, Millis, Output, Settings, World};

use crate::Records;

/// The world as the wire sees it. The host adds time, logging and processes; tests lock a world in memory.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Apply one input at the backend's own time.
    fn apply(&self, input: Input) -> Result<Output, ApiError>;

    /// The identity behind an access key id, and its secret.
    fn identity(&self, access_key_id: &str) -> Option<(Caller, String)>;

    fn blobs(&self) -> Arc<dyn Blobs>;

    fn settings(&self) -> Settings;

    fn now(&self) -> Millis;

    /// Called when a request begins; what it returns is dropped when the answer is there. A clock that stands while
    /// nothing happens runs meanwhile.
    fn serving(&self) -> Box<dyn Send> {
        Box::new(())
    }

    /// Called with every request to S3 as it came: `apply` learns of it in the world's own words only.
    fn asked_of_s3(&self, _request: &Request<Bytes>) {}

    /// Wait until a synchronous invocation has ended. Only a backend that runs functions can answer.
    async fn wait_invocation(&self, id: &str) -> Result<InvocationOutcome, ApiError> {
        let message = format!("invocation {id} cannot be waited for: this endpoint runs no functions");
        Err(ApiError::new(501, "NotImplementedException", message))
    }
}

/// A world in memory whose clock stands still unless somebody moves it through [`MemoryBackend::world`].
pub struct MemoryBackend {
    world: Mutex<World>,
    blobs: Arc<dyn Blobs>,
    records: Records,
}

impl MemoryBackend {
    pub fn new(settings: Settings, blobs: Arc<dyn Blobs>) -> Self {
        Self::recorded(settings, blobs, Records::default())
    }

    /// The same, with everything that it is asked written down.
    pub fn recorded(settings: Settings, blobs: Arc<dyn Blobs>, records: Records) -> Self {
        Self {
            world: Mutex::new(World::new(settings, blobs.clone())),
            blobs,
            records,
        }
    }

    /// The world itself. A panic of another test thread leaves it readable: it is a model, not an invariant at risk.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MemoryBackend {
    fn drop(&mut self) {
        if let Err(error) = self.records.statements(&self.world()) {
            tracing::error!("The statements of the policies are not written down: {error:#}");
        }
    }
}

#[async_trait]
impl Backend for MemoryBackend {
    fn asked_of_s3(&self, request: &Request<Bytes>) {
        self.records.s3(request);
    }

    fn apply(&self, input: Input) -> Result<Output, ApiError> {
        self.records.call(&input);
        let mut world = self.world();
        let now = world.now();
        world.apply(now, input)
    }

    fn identity(&self, access_key_id: &str) -> Option<(Caller, String)> {
        self.world().identity(access_key_id)
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        self.blobs.clone()
    }

    fn settings(&self) -> Settings {
        self.world().settings().clone()
    }

    fn now(&self) -> Millis {
        self.world().now()
    }
}
