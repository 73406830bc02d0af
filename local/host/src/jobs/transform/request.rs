//! What a transform job asks for: the request's own words first, then the server's, then SageMaker's defaults.

use std::{io::Read, time::Duration};

use serde_json::Value;

use super::filter::Filter;
use crate::jobs::{Ended, client_error};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    None,
    Line,
}

/// What the records are, which decides how they are filtered and joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
    /// Bytes that can be passed on, but neither filtered nor joined.
    Other,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) content_type: Option<String>,
    pub(super) accept: Option<String>,
    pub(super) split: Split,
    pub(super) assemble_lines: bool,
    pub(super) gzip: bool,
    /// Several records to a request, or one.
    pub(super) multi_record: bool,
    pub(super) payload_bytes_max: usize,
    pub(super) input_filter: Filter,
    pub(super) output_filter: Filter,
    pub(super) join_input: bool,
    pub(super) input_form: Form,
    pub(super) output_form: Form,
    pub(super) timeout: Duration,
    pub(super) retries_max: u64,
}

impl Settings {
    pub(super) fn read(request: &Value, told: &Value) -> Ended<Self> {
        let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str);
        let content_type = text("/TransformInput/ContentType").map(str::to_owned);
        let accept = text("/TransformOutput/Accept").map(str::to_owned);
        let split = match text("/TransformInput/SplitType").unwrap_or("None") {
            "None" => Split::None,
            "Line" => Split::Line,
            other => return Err(unknown("SplitType", other, "None or Line")),
        };
        let assemble_lines = match text("/TransformOutput/AssembleWith").unwrap_or("None") {
            "None" => false,
            "Line" => true,
            other => return Err(unknown("AssembleWith", other, "None or Line")),
        };
        let gzip = match text("/TransformInput/CompressionType").unwrap_or("None") {
            "None" => false,
            "Gzip" => true,
            other => return Err(unknown("CompressionType", other, "None or Gzip")),
        };
        let strategy = text("/BatchStrategy")
            .or(told["BatchStrategy"].as_str())
            .unwrap_or("MultiRecord");
        let multi_record = match strategy {
            "MultiRecord" | "MULTI_RECORD" => true,
            "SingleRecord" | "SINGLE_RECORD" => false,
            other => return Err(unknown("BatchStrategy", other, "MultiRecord or SingleRecord")),
        };
        let megabytes = request["MaxPayloadInMB"]
            .as_u64()
            .or(told["MaxPayloadInMB"].as_u64())
            .unwrap_or(6);
        // 0 means chunks without a limit; a whole object is then the natural chunk.
        let megabytes = if megabytes == 0 { u64::from(u16::MAX) } else { megabytes };
        let filter = |pointer: &str| Filter::parse(text(pointer).unwrap_or("$")).map_err(client_error);
        let settings = Self {
            input_form: form(content_type.as_deref()),
            output_form: form(accept.as_deref().or(content_type.as_deref())),
            content_type,
            accept,
            split,
            assemble_lines,
            gzip,
            multi_record,
            payload_bytes_max: usize::try_from(megabytes * 1024 * 1024).unwrap_or(usize::MAX),
            input_filter: filter("/DataProcessing/InputFilter")?,
            output_filter: filter("/DataProcessing/OutputFilter")?,
            join_input: text("/DataProcessing/JoinSource") == Some("Input"),
            timeout: Duration::from_secs(
                request
                    .pointer("/ModelClientConfig/InvocationsTimeoutInSeconds")
                    .and_then(Value::as_u64)
                    .unwrap_or(600),
            ),
            retries_max: request
                .pointer("/ModelClientConfig/InvocationsMaxRetries")
                .and_then(Value::as_u64)
                .unwrap_or(0),
        };
        settings.check()?;
        Ok(settings)
    }

    /// What SageMaker also refuses.
    fn check(&self) -> Ended<()> {
        let filters = !self.input_filter.is_everything() || !self.output_filter.is_everything();
        if (filters || self.join_input) && (self.input_form == Form::Other || self.output_form == Form::Other) {
            return Err(client_error(
                "filters and joins need text/csv or JSON as ContentType and Accept",
            ));
        }
        if self.join_input && self.input_form != self.output_form {
            return Err(client_error("to join, ContentType and Accept must be the same"));
        }
        if self.join_input && (self.split == Split::Line) != self.assemble_lines {
            return Err(client_error("to join, SplitType and AssembleWith must be the same"));
        }
        Ok(())
    }

    pub(super) fn decompress(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        if !self.gzip {
            return Ok(bytes);
        }
        let mut unzipped = Vec::new();
        let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(super::MODEL_BYTES_MAX);
        reader
            .read_to_end(&mut unzipped)
            .map_err(|error| format!("not gzip: {error}"))?;
        Ok(unzipped)
    }
}

/// The settings that the caller gave, as the server's environment has them.
pub(super) fn environment(request: &Value) -> Vec<(&'static str, String)> {
    let mut environment = Vec::new();
    if let Some(megabytes) = request["MaxPayloadInMB"].as_u64() {
        environment.push(("SAGEMAKER_MAX_PAYLOAD_IN_MB", megabytes.to_string()));
    }
    if let Some(strategy) = request["BatchStrategy"].as_str() {
        let strategy = if strategy == "SingleRecord" {
            "SINGLE_RECORD"
        } else {
            "MULTI_RECORD"
        };
        environment.push(("SAGEMAKER_BATCH_STRATEGY", strategy.to_string()));
    }
    if let Some(at_once) = request["MaxConcurrentTransforms"].as_u64() {
        environment.push(("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", at_once.to_string()));
    }
    environment
}

fn form(content_type: Option<&str>) -> Form {
    let content_type = content_type.unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Form::Csv,
        "application/json" | "application/jsonlines" => Form::Json,
        _ => Form::Other,
    }
}

fn unknown(member: &str, value: &str, right: &str) -> windsock_world::JobOutcome {
    client_error(format!(
        "{member} `{value}` is not known to the local AWS; right would be {right}"
    ))
}
