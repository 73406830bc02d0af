//! Scores one object: its records in mini-batches, and one answer to each of them.

use super::{
    client::Server,
    records,
    request::{Settings, Split},
};
use crate::jobs::{Ended, algorithm_error, client_error};

/// The output for an object's bytes.
pub(super) async fn object(server: &Server, settings: &Settings, bytes: &[u8]) -> Ended<Vec<u8>> {
    if settings.split == Split::None {
        return whole(server, settings, bytes).await;
    }
    let text = std::str::from_utf8(bytes).map_err(|error| client_error(format!("not UTF-8: {error}")))?;
    let inputs = records::lines(text);
    let mut output = Vec::new();
    for batch in batches(settings, &inputs)? {
        let answers = answers(server, settings, &batch).await?;
        for (input, answer) in batch.inputs.iter().zip(&answers) {
            let record = records::output(settings, input, answer).map_err(client_error)?;
            output.extend_from_slice(record.as_bytes());
            if settings.assemble_lines {
                output.push(b'\n');
            }
        }
    }
    Ok(output)
}

/// Without a split the object is one record, whatever it holds.
async fn whole(server: &Server, settings: &Settings, bytes: &[u8]) -> Ended<Vec<u8>> {
    if bytes.len() > settings.payload_bytes_max {
        return Err(too_large(settings, bytes.len()));
    }
    let plain = !settings.join_input && settings.input_filter.is_everything() && settings.output_filter.is_everything();
    if plain {
        let answer = server
            .invoke(settings, bytes)
            .await
            .map_err(|error| algorithm_error(format!("{error:#}")))?;
        return Ok(answer.to_vec());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| client_error(format!("not UTF-8: {error}")))?;
    let sent = records::filtered(text, &settings.input_filter, settings.input_form).map_err(client_error)?;
    let answer = server
        .invoke(settings, sent.as_bytes())
        .await
        .map_err(|error| algorithm_error(format!("{error:#}")))?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(records::output(settings, text, &answer)
        .map_err(client_error)?
        .into_bytes())
}

/// Records that go to the model in one request.
struct Batch<'a> {
    inputs: Vec<&'a str>,
    payload: String,
}

fn batches<'a>(settings: &Settings, inputs: &[&'a str]) -> Ended<Vec<Batch<'a>>> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for &input in inputs {
        let sent = records::filtered(input, &settings.input_filter, settings.input_form).map_err(client_error)?;
        if sent.len() + 1 > settings.payload_bytes_max {
            return Err(too_large(settings, sent.len()));
        }
        match batches.last_mut() {
            Some(batch)
                if settings.multi_record && batch.payload.len() + sent.len() + 2 <= settings.payload_bytes_max =>
            {
                batch.inputs.push(input);
                batch.payload.push('\n');
                batch.payload.push_str(&sent);
            }
            _ => batches.push(Batch {
                inputs: vec![input],
                payload: sent,
            }),
        }
    }
    Ok(batches)
}

/// Exactly one answer to each record, or none of them can be trusted.
async fn answers(server: &Server, settings: &Settings, batch: &Batch<'_>) -> Ended<Vec<String>> {
    let mut payload = batch.payload.clone();
    payload.push('\n');
    let body = server.invoke(settings, payload.as_bytes()).await;
    let body = body.map_err(|error| algorithm_error(format!("{error:#}")))?;
    let body =
        std::str::from_utf8(&body).map_err(|error| algorithm_error(format!("the answer is not UTF-8: {error}")))?;
    let answers: Vec<String> = records::lines(body).into_iter().map(str::to_owned).collect();
    if answers.len() != batch.inputs.len() {
        return Err(algorithm_error(format!(
            "the model's server answered {} records to {}; each record needs exactly one answer",
            answers.len(),
            batch.inputs.len()
        )));
    }
    Ok(answers)
}

fn too_large(settings: &Settings, bytes: usize) -> windsock_world::JobOutcome {
    let most = settings.payload_bytes_max / (1024 * 1024);
    client_error(format!(
        "a record of {bytes} bytes does not fit into MaxPayloadInMB of {most}"
    ))
}
