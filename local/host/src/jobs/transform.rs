//! Batch transform jobs: starts the model's server and sends it every record of every input object.
//!
//! An object's answers are stored as `<name>.out` once all of them are there; an object that fails leaves nothing,
//! and the job fails, but the other objects' outputs stay.

use std::{fs, io::Read, net::Ipv4Addr, time::Duration};

use anyhow::Context;
use windsock_world::{JobOutcome, work::JobFile};

use super::{
    Ended, algorithm_error, client_error,
    containers::{Container, JobDir, blocking, stopped},
    internal_error,
};
use crate::process::{Process, exit_code};

mod client;
mod filter;
mod records;
mod request;
mod score;

use client::Server;
use request::Settings;

/// How long a server may take until it answers /ping. SageMaker waits minutes for a download that is local here.
const READY_MAX: Duration = Duration::from_secs(240);
const PING_EVERY: Duration = Duration::from_millis(50);
/// A server has nothing to finish when the last answer is in.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// The most that a model may unpack to, so that a bomb does not fill the disk.
const MODEL_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

pub(super) async fn run(container: Container) -> Ended<JobOutcome> {
    let dir = container.prepare().await?;
    unpack_model(&container, &dir).await?;
    let port = free_port().map_err(|error| internal_error(&error))?;
    let mut environment = vec![
        ("SAGEMAKER_BATCH", "true".to_string()),
        ("SAGEMAKER_BIND_TO_PORT", port.to_string()),
    ];
    environment.extend(request::environment(&container.job.request));
    let mut process = container.start(&dir, &environment)?;

    let mut stop = container.stop.clone();
    let server = Server::new(port);
    let ended = tokio::select! {
        ended = transform_all(&container, &server) => ended,
        status = process.wait() => Err(match status {
            Ok(status) => died(&dir, exit_code(status)),
            Err(error) => internal_error(&error.into()),
        }),
        () = stopped(&mut stop) => Err(JobOutcome::Stopped),
    };
    end(&mut process).await;
    ended?;
    container.clean_up(&dir);
    Ok(JobOutcome::Completed {
        message: None,
        metrics: std::collections::BTreeMap::new(),
    })
}

async fn end(process: &mut Process) {
    if process.is_alive() {
        // Its exit code says nothing about the job.
        let _ = process.stop(STOP_GRACE).await;
    }
}

fn died(dir: &JobDir, code: i32) -> JobOutcome {
    let told = dir
        .failure()
        .unwrap_or_else(|| "the model's server ended before the job did; see job logs".into());
    algorithm_error(format!("{told}, exit code: {code}"))
}

async fn transform_all(container: &Container, server: &Server) -> Ended<()> {
    wait_until_ready(server).await?;
    let told = server.execution_parameters().await;
    let settings = Settings::read(&container.job.request, &told)?;
    let mut failure = None;
    for file in container.job.inputs.iter().flat_map(|input| &input.files) {
        if let Err(failed) = transform(container, server, &settings, file).await {
            failure.get_or_insert(failed);
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Scores one object and stores its answers.
async fn transform(container: &Container, server: &Server, settings: &Settings, file: &JobFile) -> Ended<()> {
    let Some(output) = container.job.outputs.first() else {
        return Err(client_error("the transform job has no TransformOutput"));
    };
    if file.relative.ends_with('/') {
        return Ok(());
    }
    let bytes = settings.decompress(container.object(file)?);
    let scored = match bytes {
        Ok(bytes) => score::object(server, settings, &bytes).await,
        Err(error) => Err(client_error(error)),
    };
    let scored = scored.map_err(|failed| naming(failed, file))?;
    let key = format!("{}/{}.out", output.prefix.trim_end_matches('/'), file.relative);
    let (container, bucket) = (container.clone(), output.bucket.clone());
    blocking(move || {
        let (outside, role) = (&container.place.outside, &container.job.role_arn);
        outside
            .put(role, &bucket, &key, &scored)
            .map_err(|error| client_error(format!("failed to store s3://{bucket}/{key} as {role}: {error}")))
    })
    .await
}

/// Says which object a failure is about.
fn naming(failed: JobOutcome, file: &JobFile) -> JobOutcome {
    match failed {
        JobOutcome::Failed { reason } => {
            let object = format!("s3://{}/{}", file.bucket, file.key);
            let (kind, sentence) = reason.split_once(": ").unwrap_or(("AlgorithmError", &reason));
            JobOutcome::Failed {
                reason: format!("{kind}: {object}: {sentence}"),
            }
        }
        other => other,
    }
}

async fn wait_until_ready(server: &Server) -> Ended<()> {
    let ready = async {
        while !server.ping().await {
            tokio::time::sleep(PING_EVERY).await;
        }
    };
    tokio::time::timeout(READY_MAX, ready).await.map_err(|_| {
        algorithm_error(format!(
            "the model's server did not answer GET /ping with 200 within {} s",
            READY_MAX.as_secs()
        ))
    })
}

/// model.tar.gz becomes /opt/ml/model. Only folders and regular files are taken out of it.
async fn unpack_model(container: &Container, dir: &JobDir) -> Ended<()> {
    // A model without data is all in its image.
    let Some(model) = &container.job.model else {
        return Ok(());
    };
    let bytes = container.object(&model.data)?;
    let place = dir.path("/opt/ml/model")?;
    let name = format!("s3://{}/{}", model.data.bucket, model.data.key);
    blocking(move || {
        unpack(&bytes, &place).map_err(|error| client_error(format!("the model {name} cannot be unpacked: {error:#}")))
    })
    .await
}

fn unpack(bytes: &[u8], place: &std::path::Path) -> anyhow::Result<()> {
    let unzipped = flate2::read::MultiGzDecoder::new(bytes).take(MODEL_BYTES_MAX);
    let mut tar = tar::Archive::new(unzipped);
    fs::create_dir_all(place)?;
    for entry in tar.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let path = entry.path()?.into_owned();
        if !(kind.is_file() || kind.is_dir()) {
            anyhow::bail!("{} is neither a file nor a folder", path.display());
        }
        if !entry
            .unpack_in(place)
            .with_context(|| format!("unpack {}", path.display()))?
        {
            anyhow::bail!("{} leads out of the model's folder", path.display());
        }
    }
    Ok(())
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(path: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        // Written by hand: the library would refuse to pack such a path.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(1);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, &b"x"[..]).unwrap();
        tar.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn a_model_is_unpacked_below_its_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("model");
        unpack(&packed("sub/model.json"), &place).unwrap();
        assert_eq!(fs::read(place.join("sub/model.json")).unwrap(), b"x");
        let refused = unpack(&packed("../outside"), &place).unwrap_err();
        assert!(refused.to_string().contains("leads out of"), "{refused:#}");
        assert!(!folder.path().join("outside").exists());
        assert!(unpack(b"not a tar", &place).is_err());
    }
}
