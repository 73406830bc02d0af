//! The transport under the functions' SDK clients: every call takes its time and meets its fate.
//!
//! A request that has left is served whatever becomes of its sender: it runs in a task of its own. So a sandbox that
//! dies while it waits may have had its effect, or may have it later.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::Response,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use fastrand::Rng;
use serde_json::json;
use tokio::{sync::Notify, time::sleep};
use windsock_wire::Wire;
use windsock_world::{ApiError, Millis};

use crate::{
    clock::{MINUTE, SECOND, millis},
    door::{Door, FATE, Fate},
    mix::CallFaults,
    request::Asked,
};

/// What one sandbox's calls share.
pub struct Line {
    pub door: Arc<Door>,
    pub wire: Wire,
    pub faults: CallFaults,
    /// Nothing goes wrong any more.
    pub calm: Arc<AtomicBool>,
    pub calls: Arc<AtomicU64>,
    pub rng: Mutex<Rng>,
    pub plan: Mutex<Plan>,
    /// Told when the process dies at a call.
    pub crashed: Notify,
}

/// What is to happen to the sandbox during this invocation, by the number of the call.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub invocation: String,
    pub calls: u32,
    pub crash_before: Option<u32>,
    pub crash_after: Option<u32>,
    /// Frozen at this call for so long.
    pub freeze: Option<(u32, Millis)>,
    pub frozen_until: Option<Millis>,
}

#[derive(Clone)]
pub struct Connector(pub Arc<Line>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Throttled,
    Refused,
    FailedAfter,
    Unsent,
    AnswerLost,
    Slow,
    Conflict,
    Limited,
}

impl Line {
    fn rng<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, asked: &Asked) -> Option<Trouble> {
        if asked.service == "sns" && self.door.is_mail_down() {
            return Some(if self.rng(Rng::bool) {
                Trouble::Refused
            } else {
                Trouble::Throttled
            });
        }
        if self.calm.load(Ordering::Relaxed) {
            return None;
        }
        let faults = &self.faults;
        let conflict = if asked.can_conflict() { faults.conflict } else { 0 };
        let limited = if asked.operation == "StartPipelineExecution" {
            faults.limited
        } else {
            0
        };
        let kinds = [
            (Trouble::Throttled, faults.throttled),
            (Trouble::Refused, faults.refused),
            (Trouble::FailedAfter, faults.failed_after),
            (Trouble::Unsent, faults.unsent),
            (Trouble::AnswerLost, faults.answer_lost),
            (Trouble::Slow, faults.slow),
            (Trouble::Conflict, conflict),
            (Trouble::Limited, limited),
        ];
        let mut drawn = self.rng(|rng| rng.u32(..1000));
        for (kind, share) in kinds {
            if drawn < share {
                return Some(kind);
            }
            drawn -= share;
        }
        None
    }

    /// Mostly milliseconds.
    fn latency(&self) -> Millis {
        self.rng(|rng| {
            if rng.u32(..50) == 0 {
                rng.i64(50..2 * SECOND)
            } else {
                rng.i64(2..30)
            }
        })
    }

    async fn answer(self: Arc<Self>, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let request = read(request).await?;
        let asked = Asked::of(&request);
        let number = {
            let mut plan = self.plan();
            plan.calls += 1;
            plan.calls
        };
        self.meet_the_plan(number).await;
        let trouble = self.trouble(&asked);
        if let Some(trouble) = trouble {
            self.door.fault(
                trouble.name(),
                json!({ "service": asked.service, "operation": asked.operation, "invocation": self.plan().invocation }),
            );
        }
        if trouble == Some(Trouble::Unsent) {
            return Err(broken("the connection was reset before the request was sent"));
        }
        let response = self.serve(request, &asked, trouble).await?;
        if self.plan().crash_after == Some(number) {
            self.crash().await;
        }
        if matches!(trouble, Some(Trouble::AnswerLost)) {
            return Err(broken("the connection was reset before the answer came"));
        }
        Response::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
    }

    async fn meet_the_plan(&self, number: u32) {
        let (crash, freeze) = {
            let plan = self.plan();
            (
                plan.crash_before == Some(number),
                plan.freeze.filter(|(at, _)| *at == number),
            )
        };
        if let Some((_, span)) = freeze {
            self.plan().frozen_until = Some(self.door.clock.now() + span);
            // From here on nobody polls this sandbox: its own timers stand still too.
            tokio::task::yield_now().await;
        }
        if crash {
            self.crash().await;
        }
    }

    async fn serve(
        &self,
        request: http::Request<Bytes>,
        asked: &Asked,
        trouble: Option<Trouble>,
    ) -> Result<http::Response<Bytes>, ConnectorError> {
        let (there, back) = (self.latency(), self.latency());
        let there = if trouble == Some(Trouble::Slow) {
            self.rng(|rng| rng.i64(16 * SECOND..3 * MINUTE))
        } else {
            there
        };
        let fate = trouble.and_then(|trouble| trouble.fate(asked));
        let wire = self.wire.clone();
        let served = tokio::spawn(async move {
            sleep(millis(there)).await;
            FATE.scope(fate.into(), wire.handle(request)).await
        });
        let response = served.await.map_err(|error| broken(&error.to_string()))?;
        sleep(millis(back)).await;
        Ok(response)
    }

    /// Nobody hears of this call any more: the runner ends the whole sandbox.
    async fn crash(&self) {
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }
}

impl Trouble {
    fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::FailedAfter => "failed-after",
            Self::Unsent => "unsent",
            Self::AnswerLost => "answer-lost",
            Self::Slow => "slow",
            Self::Conflict => "conflict",
            Self::Limited => "limited",
        }
    }

    fn fate(self, asked: &Asked) -> Option<Fate> {
        match self {
            Self::Throttled => Some(Fate::Refused(asked.throttled())),
            Self::Refused => Some(Fate::Refused(asked.internal())),
            Self::FailedAfter => Some(Fate::Failed(asked.internal())),
            Self::Conflict => Some(Fate::Refused(asked.conflict())),
            Self::Limited => Some(Fate::Refused(ApiError::new(
                400,
                "ResourceLimitExceeded",
                "The account-level service limit is 20 Instances; no more can be started now",
            ))),
            Self::Unsent | Self::AnswerLost | Self::Slow => None,
        }
    }
}

async fn read(request: HttpRequest) -> Result<http::Request<Bytes>, ConnectorError> {
    let other = |error: aws_smithy_runtime_api::http::HttpError| ConnectorError::other(error.into(), None);
    let (parts, body) = request.try_into_http1x().map_err(other)?.into_parts();
    let body = ByteStream::new(body).collect().await;
    let body = body.map_err(|error| ConnectorError::other(error.into(), None))?;
    Ok(http::Request::from_parts(parts, body.into_bytes()))
}

fn broken(how: &str) -> ConnectorError {
    ConnectorError::io(how.to_owned().into())
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.0.clone().answer(request))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
