//! AWS's order of evaluation: a deny anywhere decides; then somebody has to allow, and the boundary has to let it.
//!
//! Within one account it is enough that the caller's policies or the resource's allow the request; a resource's policy
//! that names only the account leaves it to the caller's. Across accounts both have to. A service on its own account
//! has no policies, so the resource's alone say. A boundary limits what a caller's policies give, and what a
//! resource's policy gives to a role.

use crate::{
    Caller, Context, Decision, Denial, Document, Effect, Kind, NearMiss, StatementId, principal::Named,
    statement::Statement,
};

/// One request: who wants to do what, with what.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub caller: &'a Caller,
    /// e.g. `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for actions that have no resource.
    pub resource: &'a str,
    /// The account that owns the resource, which a bucket's ARN does not say.
    pub resource_account: &'a str,
    pub context: &'a Context,
}

/// The policies that have a say in a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The caller's.
    pub identity: &'a [&'a Document],
    pub boundary: Option<&'a Document>,
    /// The resource's own; for `sts:AssumeRole` the role's trust policy, without which nobody may.
    pub resource: Option<&'a Document>,
}

pub fn evaluate(request: &Request<'_>, policies: &Policies<'_>) -> Decision {
    let asked = Asked {
        request,
        action: request.action.to_ascii_lowercase(),
    };
    explicit_deny(&asked, policies).unwrap_or_else(|| who_allows(&asked, policies))
}

/// A request with its action in lower case, as actions are compared.
struct Asked<'a> {
    request: &'a Request<'a>,
    action: String,
}

impl Asked<'_> {
    /// How a statement speaks of the caller, if it speaks of this action and resource at all. Policies of people and
    /// roles speak of whoever has them.
    fn spoken_of(&self, statement: &Statement) -> Named {
        let context = self.request.context;
        let of_this = statement.actions.include(&self.action, context)
            && statement.resources.include(self.request.resource, context);
        match (&statement.principals, of_this) {
            (_, false) => Named::No,
            (None, true) => Named::Directly,
            (Some(principals), true) => principals.name(self.request.caller),
        }
    }

    /// Statements with this effect whose conditions hold, and how each names the caller.
    fn applying<'d>(
        &'d self,
        document: &'d Document,
        effect: Effect,
    ) -> impl Iterator<Item = (StatementId, Named)> + 'd {
        let statements = document.statements.iter().enumerate();
        statements.filter_map(move |(index, statement)| {
            if statement.effect != effect {
                return None;
            }
            let named = self.spoken_of(statement);
            let applies = named != Named::No && statement.failing(self.request.context).is_none();
            applies.then(|| (document.id(index), named))
        })
    }

    fn applies(&self, document: &Document, effect: Effect) -> Option<StatementId> {
        self.applying(document, effect).next().map(|(id, _)| id)
    }
}

fn explicit_deny(asked: &Asked<'_>, policies: &Policies<'_>) -> Option<Decision> {
    let boundary = policies.boundary.map(|boundary| (boundary, Denial::ExplicitInBoundary));
    let others = policies.identity.iter().copied().chain(policies.resource);
    let all = others
        .map(|document| (document, Denial::Explicit(document.kind())))
        .chain(boundary);
    let mut denying = all.filter_map(|(document, denial)| Some((asked.applies(document, Effect::Deny)?, denial)));
    let (statement, denial) = denying.next()?;
    Some(Decision {
        denial: Some(denial),
        by: vec![statement],
        near_misses: Vec::new(),
    })
}

fn who_allows(asked: &Asked<'_>, policies: &Policies<'_>) -> Decision {
    let caller = asked.request.caller;
    let own = policies
        .identity
        .iter()
        .filter_map(|document| asked.applies(document, Effect::Allow));
    let own: Vec<StatementId> = own.collect();
    let (mut of_resource, mut directly) = (Vec::new(), false);
    for (statement, named) in policies
        .resource
        .into_iter()
        .flat_map(|d| asked.applying(d, Effect::Allow))
    {
        directly |= named == Named::Directly;
        of_resource.push(statement);
    }
    let is_trust = policies.resource.is_some_and(|document| document.kind() == Kind::Trust);
    let resource_kind = if is_trust { Kind::Trust } else { Kind::Resource };
    let same_account = caller.account() == Some(asked.request.resource_account);
    let by_own = !own.is_empty();
    let lacking = match caller {
        Caller::Service(_) => (!directly).then_some(resource_kind),
        // Nobody assumes a role that does not trust them.
        Caller::Identity { .. } if is_trust || !same_account => match (by_own, of_resource.is_empty()) {
            (_, true) => Some(resource_kind),
            (false, false) if !(directly && same_account) => Some(Kind::Identity),
            _ => None,
        },
        Caller::Identity { .. } => (!by_own && !directly).then_some(Kind::Identity),
    };
    if let Some(kind) = lacking {
        return implicit(asked, policies, Denial::Implicit(kind));
    }
    let mut by = own;
    // What a resource's policy gives to a user by name, no boundary takes.
    let limited = caller.is_role() || !directly;
    if let Some(boundary) = policies.boundary.filter(|_| limited) {
        match asked.applies(boundary, Effect::Allow) {
            Some(statement) => by.push(statement),
            None => return implicit(asked, policies, Denial::OutsideBoundary),
        }
    }
    by.extend(of_resource);
    Decision {
        denial: None,
        by,
        near_misses: Vec::new(),
    }
}

fn implicit(asked: &Asked<'_>, policies: &Policies<'_>, denial: Denial) -> Decision {
    let documents: Vec<&Document> = match denial {
        Denial::OutsideBoundary => policies.boundary.into_iter().collect(),
        _ => policies.identity.iter().copied().chain(policies.resource).collect(),
    };
    let near_misses = documents.into_iter().flat_map(|document| near_misses(asked, document));
    Decision {
        denial: Some(denial),
        by: Vec::new(),
        near_misses: near_misses.collect(),
    }
}

/// Statements that speak of the request and would allow it, but for a condition.
fn near_misses(asked: &Asked<'_>, document: &Document) -> Vec<NearMiss> {
    let context: &Context = asked.request.context;
    let statements = document.statements.iter().enumerate();
    let missed = statements.filter_map(|(index, statement)| {
        if statement.effect != Effect::Allow || asked.spoken_of(statement) == Named::No {
            return None;
        }
        let failing = statement.failing(context)?;
        let present = context.values(&failing.key);
        Some(NearMiss {
            statement: document.id(index),
            operator: failing.operator.clone(),
            key: failing.key.clone(),
            wanted: failing.wanted.clone(),
            present: present.map(|values| values.into_iter().map(std::borrow::Cow::into_owned).collect()),
        })
    });
    missed.collect()
}
