//! Our roles, what they do with the data bucket, and whether a policy denies it in so many words. Pure.

use windsock_policy::{Caller, Context, Decision, Denial, Document, Policies, Request, evaluate};

/// Who is meant when we say "our roles".
#[derive(Debug, Clone)]
pub(super) struct Ours {
    pub bucket: String,
    pub partition: String,
    pub account: String,
    pub role_path: String,
    pub name_prefix: String,
    pub projects: Vec<String>,
}

/// What one role does with the data bucket.
pub(super) struct Need {
    pub role: String,
    pub action: &'static str,
    resource: String,
    prefix: Option<String>,
}

impl Ours {
    pub fn role(&self, name: &str) -> String {
        let (partition, account, path) = (&self.partition, &self.account, &self.role_path);
        format!("arn:{partition}:iam::{account}:role{path}{}-{name}", self.name_prefix)
    }

    pub fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.bucket)
    }

    /// As template.yaml and templates/ml-project.yaml allow it.
    pub fn needs(&self) -> Vec<Need> {
        let bucket = self.bucket_arn();
        let list = |role: &str, prefix: &str| Need {
            role: self.role(role),
            action: "s3:ListBucket",
            resource: bucket.clone(),
            prefix: Some(prefix.to_owned()),
        };
        let on = |role: &str, action, key: &str| Need {
            role: self.role(role),
            action,
            resource: format!("{bucket}/{key}"),
            prefix: None,
        };
        let mut needs = vec![
            list("start-training", "training/"),
            list("start-inference", "inference/"),
            list("respond-to-drift", "training/"),
            list("sweep", "training/"),
            list("sweep", "inference/"),
            list("data-scientist", "training/"),
            on("data-scientist", "s3:PutObject", "training/any/any"),
            on("data-scientist", "s3:PutObject", "inference/any/any"),
        ];
        for project in &self.projects {
            let jobs = format!("{project}-jobs");
            needs.push(list(&jobs, &format!("training/{project}/")));
            needs.push(on(&jobs, "s3:GetObject", &format!("training/{project}/any")));
            needs.push(on(&jobs, "s3:GetObject", &format!("inference/{project}/any")));
        }
        needs
    }

    /// A role as an exception names it: those of jobs all at once, for projects come and go.
    pub fn excepted(&self, role: &str) -> String {
        if role.ends_with("-jobs") {
            self.role("*-jobs")
        } else {
            role.to_owned()
        }
    }

    pub fn denies(&self, document: &Document, need: &Need, more: &[(&'static str, &'static str)]) -> bool {
        let mut context = Context::default()
            .with("aws:SecureTransport", "true")
            .with("aws:PrincipalArn", need.role.clone())
            .with("aws:PrincipalAccount", self.account.clone())
            .with("aws:PrincipalType", "AssumedRole")
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:ViaAWSService", "false")
            .with("aws:ResourceAccount", self.account.clone())
            .with("s3:TlsVersion", "1.3")
            .with("s3:signatureversion", "AWS4-HMAC-SHA256")
            .with("s3:authType", "REST-HEADER");
        if let Some(prefix) = &need.prefix {
            context.set("s3:prefix", prefix.clone());
        }
        for (key, value) in more {
            context.set(*key, *value);
        }
        let name = need.role.rsplit('/').next().unwrap_or(&need.role);
        let session = format!("arn:{}:sts::{}:assumed-role/{name}/any", self.partition, self.account);
        self.decide(document, &need.role, session, need.action, &need.resource, &context)
    }

    /// Whether somebody of the account gets in without TLS.
    pub fn refuses_plain_http(&self, document: &Document) -> bool {
        let root = format!("arn:{}:iam::{}:root", self.partition, self.account);
        let context = Context::default()
            .with("aws:SecureTransport", "false")
            .with("aws:PrincipalArn", root.clone())
            .with("aws:PrincipalAccount", self.account.clone());
        let object = format!("{}/training/any/any", self.bucket_arn());
        let asked = [
            ("s3:GetObject", object.clone()),
            ("s3:PutObject", object),
            ("s3:ListBucket", self.bucket_arn()),
        ];
        let denied = |(action, resource): &(&str, String)| {
            self.decide(document, &root, root.clone(), action, resource, &context)
        };
        asked.iter().all(denied)
    }

    /// Whether the policy denies it in so many words.
    fn decide(
        &self,
        document: &Document,
        arn: &str,
        session: String,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> bool {
        let caller = Caller::Identity {
            arn: arn.to_owned(),
            session,
            account: self.account.clone(),
        };
        let request = Request {
            caller: &caller,
            action,
            resource,
            resource_account: &self.account,
            context,
        };
        let policies = Policies {
            resource: Some(document),
            ..Policies::default()
        };
        let Decision { denial, .. } = evaluate(&request, &policies);
        matches!(denial, Some(Denial::Explicit(_)))
    }
}
