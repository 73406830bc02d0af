//! Carries out the script's deeds, as the people would: through AWS's own calls, which nothing disturbs.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use serde_json::{Value, json};
use tokio::time::sleep;
use windsock_decisions::{Project, layout};
use windsock_deployment::{Deployed, apply};
use windsock_events::facts::PipelineKind;
use windsock_stage::Lab;
use windsock_world::{ApiError, Caller, Input, Millis, Output, S3Request};

use crate::{
    clock::{SECOND, millis},
    projects,
    run::Runner,
    script::Deed,
};

/// Who acts: the operator owns the account; the others have the platform's roles for them, and what those may do.
pub fn arn_of(who: &str) -> String {
    match who {
        "operator" => "arn:aws:iam::111122223333:user/operator".to_owned(),
        _ => format!("arn:aws:iam::111122223333:role/windsock-{who}"),
    }
}

pub struct People {
    pub runner: Rc<Runner>,
    pub deployed: Deployed,
    /// Names and the text of their project.yaml.
    pub projects: RefCell<Vec<(String, String)>>,
    uploads: RefCell<u64>,
}

impl People {
    pub fn new(runner: Rc<Runner>, deployed: Deployed, projects: Vec<(String, String)>) -> Self {
        Self {
            runner,
            deployed,
            projects: RefCell::new(projects),
            uploads: RefCell::new(0),
        }
    }

    fn project(&self, number: usize) -> String {
        self.projects.borrow()[number].0.clone()
    }

    /// Apply one project as it is written now.
    pub async fn apply(&self, number: usize) -> anyhow::Result<()> {
        let yaml = self.projects.borrow()[number].1.clone();
        let project = Project::from_yaml(&yaml).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        apply::apply(&self.deployed, &project, &yaml).await.map(drop)
    }

    fn call(&self, who: &str, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.runner.door.call(who, service, operation, input)
    }

    /// What cannot be done now is not done: a person shrugs.
    pub async fn perform(&self, deed: Deed) {
        self.runner
            .door
            .note(json!({ "event": deed.name(), "deed": format!("{deed:?}") }));
        let done = match deed {
            Deed::Upload {
                kind,
                project,
                name,
                size,
            } => self.upload(&self.key(kind, project, &name), size),
            Deed::Burst { kind, project, files } => self.burst(kind, project, files).await,
            Deed::UploadInParts { kind, project, name } => self.upload_in_parts(&self.key(kind, project, &name)),
            Deed::Delete { kind, project } => self.delete(kind, project),
            Deed::Stray { key } => self.upload(&key, 10),
            Deed::Approve { project } => self.judge(project, 0, true, "Approved"),
            Deed::Reject { project } => self.judge(project, 0, true, "Rejected"),
            Deed::Flip { project } => self.flip(project).await,
            Deed::ApproveOld { project, back } => self.judge(project, back, false, "Approved"),
            Deed::RejectChampion { project } => self.reject_champion(project),
            Deed::DeleteVersion { project, back } => self.delete_version(project, back),
            Deed::Drift { project, score } => self.lab(project, |lab| lab.drift_score = score),
            Deed::FewRows { project, few } => self.lab(project, |lab| lab.rows = if few { 12 } else { 5000 }),
            Deed::Challengers { project, win } => self.lab(project, |lab| lab.challenger_wins = win),
            Deed::Broken { project, step } => self.lab(project, |lab| {
                lab.failing = step.map(|step| (step, crate::laboratory::FAILURE))
            }),
            Deed::StartByHand { project, kind } => self.start_by_hand(project, kind),
            Deed::StopRun { project, kind } => self.stop_run(project, kind),
            Deed::RemakePipeline { project, kind, after } => self.remake(project, kind, after).await,
            Deed::ReplayDeadLetters => self.replay(),
            Deed::Poison { kind } => self.poison(kind),
            Deed::Redeploy => {
                self.runner.sandboxes.redeploy();
                Ok(())
            }
            Deed::ChangeProject { project, variant } => self.change(project, variant).await,
            Deed::Stall { function, span } => self.stall(function, span).await,
            Deed::MailDown { span } => self.mail_down(span).await,
        };
        if let Err(error) = done {
            self.runner
                .door
                .note(json!({ "event": "shrug", "why": error.to_string() }));
        }
    }

    fn key(&self, kind: PipelineKind, project: usize, name: &str) -> String {
        format!("{}{name}", layout::arrivals(kind, &self.project(project)))
    }

    fn s3(&self, request: S3Request) -> Result<Output, ApiError> {
        let caller = Caller {
            arn: arn_of("data-scientist"),
        };
        self.runner.door.input(Input::S3 { caller, request })
    }

    fn body(&self, size: u32) -> Vec<u8> {
        let mut uploads = self.uploads.borrow_mut();
        *uploads += 1;
        if size == 0 {
            return Vec::new();
        }
        format!("pressure,wind\n{},{size}\n", *uploads).into_bytes()
    }

    fn blob(&self, size: u32) -> Result<windsock_world::BlobRef, ApiError> {
        let blobs = self.runner.laboratory.blobs.as_ref();
        let stored = blobs.map(|blobs| blobs.put(&self.body(size)));
        match stored {
            Some(Ok(blob)) => Ok(blob),
            _ => Err(ApiError::new(500, "InternalError", "no store")),
        }
    }

    fn upload(&self, key: &str, size: u32) -> Result<(), ApiError> {
        let request = S3Request::Put {
            bucket: self.deployed.data_bucket.clone(),
            key: key.to_owned(),
            blob: self.blob(size)?,
            if_none_match: false,
            if_match: None,
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
        };
        self.s3(request).map(drop)
    }

    async fn burst(&self, kind: PipelineKind, project: usize, files: u32) -> Result<(), ApiError> {
        for file in 0..files {
            let uploaded = *self.uploads.borrow();
            self.upload(&self.key(kind, project, &format!("burst/{uploaded}-{file}.csv")), 50)?;
            sleep(millis(300)).await;
        }
        Ok(())
    }

    fn upload_in_parts(&self, key: &str) -> Result<(), ApiError> {
        let create = S3Request::CreateMultipart {
            bucket: self.deployed.data_bucket.clone(),
            key: key.to_owned(),
            content_type: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
        };
        let Output::UploadId(upload_id) = self.s3(create)? else {
            return Ok(());
        };
        let part = S3Request::UploadPart {
            upload_id: upload_id.clone(),
            part: 1,
            blob: self.blob(70)?,
        };
        let Output::PartEtag(etag) = self.s3(part)? else {
            return Ok(());
        };
        let complete = S3Request::CompleteMultipart {
            upload_id,
            parts: vec![(1, etag)],
            if_none_match: false,
            if_match: None,
        };
        self.s3(complete).map(drop)
    }

    fn delete(&self, kind: PipelineKind, project: usize) -> Result<(), ApiError> {
        let bucket = self.deployed.data_bucket.clone();
        let prefix = layout::arrivals(kind, &self.project(project));
        let list = S3Request::List {
            bucket: bucket.clone(),
            prefix,
            delimiter: None,
            after: None,
            max_keys: 5,
        };
        let Output::Listing { objects, .. } = self.s3(list)? else {
            return Ok(());
        };
        let Some(last) = objects.last() else { return Ok(()) };
        self.s3(S3Request::Delete {
            bucket,
            key: last.key.clone(),
            version_id: None,
        })
        .map(drop)
    }

    fn lab(&self, project: usize, change: impl FnOnce(&mut Lab)) -> Result<(), ApiError> {
        self.runner.laboratory.set(&self.project(project), change);
        Ok(())
    }

    async fn change(&self, project: usize, variant: usize) -> Result<(), ApiError> {
        let name = self.project(project);
        self.projects.borrow_mut()[project].1 = projects::yaml(&name, variant);
        self.reapply(project).await
    }

    pub async fn reapply(&self, project: usize) -> Result<(), ApiError> {
        let applied = self.apply(project).await;
        applied.map_err(|error| ApiError::new(400, "Apply", format!("{error:#}")))
    }

    async fn flip(&self, project: usize) -> Result<(), ApiError> {
        for status in ["Approved", "Rejected", "Approved"] {
            self.judge(project, 0, false, status)?;
            sleep(millis(400)).await;
        }
        Ok(())
    }

    async fn stall(&self, function: &str, span: Millis) -> Result<(), ApiError> {
        let name = format!("windsock-{function}");
        self.call(
            "operator",
            "lambda",
            "PutFunctionConcurrency",
            json!({ "FunctionName": name, "ReservedConcurrentExecutions": 0 }),
        )?;
        sleep(millis(span)).await;
        self.call(
            "operator",
            "lambda",
            "DeleteFunctionConcurrency",
            json!({ "FunctionName": name }),
        )
        .map(drop)
    }

    /// Every publish is refused, or never answered.
    async fn mail_down(&self, span: Millis) -> Result<(), ApiError> {
        self.runner.door.mail_is_down(true);
        sleep(millis(span)).await;
        self.runner.door.mail_is_down(false);
        Ok(())
    }

    async fn remake(&self, project: usize, kind: PipelineKind, after: Millis) -> Result<(), ApiError> {
        let name = layout::pipeline_name(&self.deployed.name_prefix, &self.project(project), kind);
        self.call(
            "operator",
            "sagemaker",
            "DeletePipeline",
            json!({ "PipelineName": name, "ClientRequestToken": self.token() }),
        )?;
        sleep(millis(after.max(SECOND))).await;
        self.reapply(project).await
    }
}
