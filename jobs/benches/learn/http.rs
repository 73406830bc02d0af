//! Serve as a process of its own, asked by two callers at once, as batch transform does on two cores.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::ours::requests;
use super::peak_mb;

const CALLERS: usize = 2;
/// The kernel's clock ticks a second, in which /proc tells CPU time.
const TICKS: f64 = 100.0;

pub fn run(folder: &Path, kind: &str) -> Result<Value> {
    let mut server = Command::new(std::env::current_exe()?)
        .arg("serve")
        .arg(folder)
        .env("SAGEMAKER_BIND_TO_PORT", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let said = server.stderr.take().context("read what the server says")?;
    let figures = listening(said).and_then(|address| asked(&server, &address, folder, kind));
    server.kill()?;
    server.wait()?;
    figures
}

/// The server says where it listens; what it says later is read away, so that it never waits for a reader.
fn listening(said: ChildStderr) -> Result<String> {
    let mut lines = BufReader::new(said).lines();
    let address = lines.find_map(|line| line.ok()?.rsplit_once("Listening on ").map(|(_, at)| at.to_owned()));
    std::thread::spawn(move || lines.for_each(drop));
    address.context("the server did not say where it listens")
}

fn asked(server: &Child, address: &str, folder: &Path, kind: &str) -> Result<Value> {
    let body = std::fs::read(folder.join(format!("request.{kind}")))?;
    let requests = requests(&body);
    let mut first = TcpStream::connect(address)?;
    let content = if kind == "csv" {
        "text/csv"
    } else {
        "application/jsonlines"
    };
    // The model is read and the first pages are touched before the clock starts.
    let line = body
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(body.len(), |at| at + 1);
    ask(&mut first, content, &body[..line])?;
    let process = server.id().to_string();
    let (started, before, next) = (Instant::now(), cpu(&process)?, AtomicUsize::new(0));
    let call = || -> Result<usize> {
        let (mut stream, mut rows) = (TcpStream::connect(address)?, 0);
        while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
            rows += ask(&mut stream, content, request)?;
        }
        Ok(rows)
    };
    let rows = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        let rows = callers
            .into_iter()
            .map(|caller| caller.join().unwrap_or_else(|_| bail!("a caller panicked")));
        rows.sum::<Result<usize>>()
    })?;
    let wall = started.elapsed().as_secs_f64();
    Ok(json!({"rows": rows, "wall": wall, "cpu": cpu(&process)? - before, "peak_mb": peak_mb(&process)}))
}

/// Posts one mini-batch and counts the lines of its answer.
fn ask(stream: &mut TcpStream, content: &str, body: &[u8]) -> Result<usize> {
    let length = body.len();
    let head = format!(
        "POST /invocations HTTP/1.1\r\nHost: jobs\r\nContent-Type: {content}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(&*stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    if !line.contains(" 200 ") {
        bail!("/invocations answered {line}");
    }
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    Ok(answer.iter().filter(|byte| **byte == b'\n').count())
}

/// User and system seconds of a process so far.
fn cpu(process: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold anything, so count behind it: fields 14 and 15 are the ticks.
    let (_, fields) = stat.rsplit_once(") ").context("read /proc/PID/stat")?;
    let ticks = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS)
}
