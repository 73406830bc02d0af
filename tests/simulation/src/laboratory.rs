//! The jobs as a model: what they find is set by the script, per project; what they leave is what real ones leave.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use serde_json::json;
use windsock_stage::{Bench, Lab};
use windsock_world::{Blobs, Caller, Input, Job, JobOutcome, S3Request};

use crate::door::Door;

/// What a job's failure may say: secrets in it must not reach anybody.
pub const FAILURE: &str = "cannot read password=hunter2-secret with AKIAIOSFODNN7EXAMPLE\r\nBcc: all@corp.example";

#[derive(Default)]
pub struct Laboratory {
    /// By project.
    labs: RefCell<BTreeMap<String, Lab>>,
    pub blobs: Option<Arc<dyn Blobs>>,
}

impl Laboratory {
    pub fn new(blobs: Arc<dyn Blobs>) -> Self {
        Self {
            blobs: Some(blobs),
            ..Self::default()
        }
    }

    pub fn set(&self, project: &str, change: impl FnOnce(&mut Lab)) {
        let mut labs = self.labs.borrow_mut();
        change(labs.entry(project.to_owned()).or_default());
    }

    /// Whatever was broken works again.
    pub fn mend(&self) {
        for lab in self.labs.borrow_mut().values_mut() {
            lab.failing = None;
        }
    }

    /// Stores what the job leaves, as its role.
    pub fn finish(&self, door: &Door, job: &Job, fails: bool) -> JobOutcome {
        let failed = |why: &str| JobOutcome::Failed {
            reason: format!("AlgorithmError: {why}"),
        };
        let Some(blobs) = self.blobs.clone() else {
            return failed("no store");
        };
        let lab = self.labs.borrow().get(project_of(job)).cloned().unwrap_or_default();
        let bench = Bench {
            lab: &lab,
            job,
            blobs: blobs.clone(),
            prefix: "windsock",
        };
        door.note(json!({ "event": "job", "execution": job.execution_arn, "step": job.step, "read": read(job) }));
        let left = match bench.work() {
            Ok(_) if fails => {
                door.reach("job-failed");
                return failed(FAILURE);
            }
            Ok(left) => left,
            Err(error) => return failed(&format!("{error:#}")),
        };
        for left in left {
            let Ok(blob) = blobs.put(&left.bytes) else {
                return failed("no room");
            };
            let request = S3Request::Put {
                bucket: left.bucket,
                key: left.key,
                blob,
                if_none_match: false,
                if_match: None,
                content_type: None,
                content_encoding: None,
                metadata: BTreeMap::new(),
            };
            let caller = Caller {
                arn: job.role_arn.clone(),
            };
            if let Err(error) = door.input(Input::S3 { caller, request }) {
                return failed(&error.to_string());
            }
        }
        JobOutcome::Completed {
            message: None,
            metrics: BTreeMap::new(),
        }
    }
}

/// `arn:aws:iam::<account>:role/windsock-<project>-jobs`.
fn project_of(job: &Job) -> &str {
    let role = job.role_arn.rsplit("role/windsock-").next().unwrap_or_default();
    role.strip_suffix("-jobs").unwrap_or(role)
}

/// The data objects that the job was given: key and ETag of what was there.
fn read(job: &Job) -> Vec<(String, String)> {
    let objects = job
        .inputs
        .iter()
        .filter(|input| input.container_path.ends_with("/objects"));
    let files = objects.flat_map(|input| &input.files);
    files
        .map(|file| {
            let etag = file.blobs.first().map(|blob| blob.md5.clone());
            (file.key.clone(), etag.unwrap_or_default())
        })
        .collect()
}
