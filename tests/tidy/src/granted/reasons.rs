//! Why a right is there that no story on the local AWS needs.

use super::Right;

pub struct Reason {
    /// As in [`Right`], or `*` for every policy.
    pub policy: &'static str,
    pub statement: &'static str,
    /// Or `*` for every action of the statement.
    pub action: &'static str,
    pub why: &'static str,
}

impl Reason {
    pub(super) fn is_of(&self, right: &Right) -> bool {
        let is = |wanted: &str, have: &str| wanted == "*" || wanted == have;
        is(self.policy, &right.policy) && is(self.statement, &right.statement) && is(self.action, &right.action)
    }
}

pub const REASONS: &[Reason] = &[
    Reason {
        policy: "windsock-functions",
        statement: "Trace",
        action: "*",
        why: "Lambda sends a function's traces to X-Ray in its role's name; the local AWS has no X-Ray",
    },
    Reason {
        policy: "windsock-data-scientist",
        statement: "ReadJobsLogs",
        action: "*",
        why: "SageMaker's console shows a job's log with these; the local AWS keeps logs in its journal",
    },
    Reason {
        policy: "windsock-data-scientist",
        statement: "QueryLogs",
        action: "*",
        why: "the dashboard's tables ask Logs Insights, which the local AWS has not; tests/flows shows that their columns are logged",
    },
    Reason {
        policy: "windsock-data-scientist",
        statement: "FindThings",
        action: "logs:GetQueryResults",
        why: "the dashboard's tables ask Logs Insights, which the local AWS has not; tests/flows shows that their columns are logged",
    },
    Reason {
        policy: "windsock-data-scientist",
        statement: "FindThings",
        action: "logs:StopQuery",
        why: "a dashboard that is left stops what it asked",
    },
    Reason {
        policy: "windsock-PROJECT-jobs/jobs",
        statement: "ListData",
        action: "s3:ListBucket",
        why: "without it S3 tells of a deleted object as of a forbidden one, and an input that is a prefix cannot be found; the \
              local AWS reads what a manifest names without listing",
    },
    Reason {
        policy: "windsock-PROJECT-jobs/jobs",
        statement: "RegisterVersions",
        action: "sagemaker:AddTags",
        why: "Pipelines tags what its steps create, and whether versions are among it is not documented; a refusal would come \
              after the whole training",
    },
];
