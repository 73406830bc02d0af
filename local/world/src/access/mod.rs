//! Who may do what: every call, every delivery and everything that SageMaker does in a role's name is decided here.
//!
//! What a call needs is in the services' tables (`permissions.rs` beside each), what the policies say of it in
//! `windsock-policy`. A refusal is worded as AWS words it; the journal also says which statement would allow it.

mod actor;
mod refusals;
mod table;
#[cfg(test)]
mod tests;
mod used;

use std::{cell::RefCell, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use windsock_policy::{Context, Decision, Denial, Document, Policies, Request, evaluate};

pub(crate) use actor::Actor;
pub(crate) use table::{Keys, Need, Row, anything, key_of, nothing, pass_role, row};
pub use used::StatementUse;

use crate::{ApiError, Caller, Entry, Output, Record, S3Request, World};

/// Whether policies are enforced. A world keeps to what it was made with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// Everybody may do everything, as in a world without policies.
    #[default]
    Off,
    On,
}

/// What was decided so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    used: RefCell<used::Used>,
    /// Refusals that the journal has not got yet: deciding changes nothing, so it cannot write there itself.
    refused: RefCell<Vec<Entry>>,
}

/// Why somebody may not do something.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The caller as AWS names it: a role by its session.
    who: String,
    action: String,
    resource: String,
    denial: Denial,
}

impl World {
    pub(crate) fn enforces(&self) -> bool {
        self.settings.enforcement == Enforcement::On
    }

    /// A call of any service, in the caller's name.
    pub(crate) fn authorize(
        &self,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<(), ApiError> {
        if !self.enforces() || is_root(caller) {
            return Ok(());
        }
        // An operation that there is not is refused by its service.
        let needs = table::needs(self, service, operation, input).unwrap_or_default();
        self.authorize_all(&Actor::identity(caller), needs)
            .map_err(|refusal| refusal.of(service))
    }

    /// A request about objects of S3.
    pub(crate) fn authorize_s3(&self, caller: &Caller, request: &S3Request) -> Result<(), ApiError> {
        if !self.enforces() || is_root(caller) {
            return Ok(());
        }
        let needs = crate::s3::object_needs(&self.s3, request);
        self.authorize_all(&Actor::identity(caller), needs)
            .map_err(|refusal| refusal.of("s3"))
    }

    /// Whether an object exists is told only to those who may list its bucket.
    pub(crate) fn hide_absence(
        &self,
        caller: &Caller,
        bucket: Option<&str>,
        answer: Result<Output, ApiError>,
    ) -> Result<Output, ApiError> {
        let absent = answer.as_ref().is_err_and(|error| error.code == "NoSuchKey");
        let Some(bucket) = bucket.filter(|_| absent && self.enforces() && !is_root(caller)) else {
            return answer;
        };
        let need = crate::s3::listing("s3:ListBucket", bucket, "");
        self.authorize_all(&Actor::identity(caller), vec![need])
            .map_err(|refusal| refusal.of("s3"))?;
        answer
    }

    /// What a service or a role does by itself: a delivery, a job.
    pub(crate) fn may(&self, actor: &Actor, need: Need) -> Result<(), Refusal> {
        self.may_all(actor, vec![need])
    }

    /// The same for many things at once.
    pub(crate) fn may_all(&self, actor: &Actor, needs: Vec<Need>) -> Result<(), Refusal> {
        if !self.enforces() {
            return Ok(());
        }
        self.authorize_all(actor, needs)
    }

    /// What a role does by a call of a service, such as a step of a pipeline.
    pub(crate) fn authorize_role(
        &self,
        role: &str,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<(), ApiError> {
        let caller = Caller { arn: role.to_owned() };
        self.authorize(&caller, service, operation, input)
    }

    /// Whether a service may take on a role, on behalf of a resource.
    pub(crate) fn may_take_on(&self, service: &'static str, source: &str, role: &str) -> Result<(), Refusal> {
        self.may(&Actor::service(service, source), Need::new("sts:AssumeRole", role))
    }

    fn authorize_all(&self, actor: &Actor, needs: Vec<Need>) -> Result<(), Refusal> {
        let (identity, boundary) = match actor {
            Actor::Identity { arn } => self.iam.policies_of(arn),
            Actor::Service { .. } => (Vec::new(), None),
        };
        let identity: Vec<&Document> = identity.iter().map(AsRef::as_ref).collect();
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_deref(),
            resource: None,
        };
        let caller = actor.caller(self.account());
        let mut needs = needs.into_iter();
        needs.try_for_each(|need| self.decide(actor, &caller, policies, need))
    }

    fn decide(
        &self,
        actor: &Actor,
        caller: &windsock_policy::Caller,
        policies: Policies<'_>,
        mut need: Need,
    ) -> Result<(), Refusal> {
        let context = self.context(actor, &mut need);
        let resource = self.policy_on(&need);
        let request = Request {
            caller,
            action: &need.action,
            resource: &need.resource,
            resource_account: self.account(),
            context: &context,
        };
        let policies = Policies {
            resource: resource.as_deref(),
            ..policies
        };
        let decision = evaluate(&request, &policies);
        self.access.used.borrow_mut().note(&decision, &need.action);
        let Some(denial) = decision.denial else {
            return Ok(());
        };
        self.note_refusal(actor, &request, &decision);
        Err(Refusal {
            who: actor.told(),
            action: need.action.into_owned(),
            resource: need.resource,
            denial,
        })
    }

    fn note_refusal(&self, actor: &Actor, request: &Request<'_>, decision: &Decision) {
        let reason = decision.denial.map(|denial| denial.because(request.action));
        let record = Record::Denied {
            caller: actor.told(),
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            reason: reason.unwrap_or_default(),
            by: decision.by.iter().map(ToString::to_string).collect(),
            would_allow: decision.would_allow(request),
            near_misses: decision.near_misses.iter().map(ToString::to_string).collect(),
        };
        let entry = Entry { at: self.now, record };
        self.access.refused.borrow_mut().push(entry);
    }

    /// The resource's own policy; for taking on a role, the role's.
    fn policy_on(&self, need: &Need) -> Option<Arc<Document>> {
        let arn = need.resource.as_str();
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, _region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        match service {
            "s3" => self.s3.policy(resource.split('/').next().unwrap_or(resource)),
            "sqs" => self.sqs.policy(resource),
            "sns" => self.sns.policy(arn),
            "lambda" => self.lambda.policy(resource.strip_prefix("function:")?),
            "iam" if need.action == "sts:AssumeRole" => self.iam.trust_of(arn).cloned(),
            _ => None,
        }
    }

    fn context(&self, actor: &Actor, need: &mut Need) -> Context {
        let mut context = Context::at(self.now);
        // First, because a key is found where it stands first.
        for (key, values) in need.keys.drain(..) {
            context.set_all(key, values);
        }
        context.set("aws:SecureTransport", "true");
        context.set("aws:RequestedRegion", self.region().to_owned());
        context.set("aws:ResourceAccount", self.account().to_owned());
        context.set("aws:ViaAWSService", "false");
        actor.tell(self.account(), &mut context);
        for (key, value) in self.sagemaker.tags_of(&need.resource) {
            context.set(format!("aws:ResourceTag/{key}"), value.to_owned());
        }
        context
    }

    /// Refusals that the journal has not got yet.
    pub(crate) fn take_refusals(&self) -> Vec<Entry> {
        self.access.refused.take()
    }
}

/// The account itself, which no policy of its own limits.
fn is_root(caller: &Caller) -> bool {
    caller.arn.ends_with(":root")
}
