//! The tasks that are measured, each in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use rustix::time::{ClockId, clock_gettime};
use windsock_jobs::monitor::laptop::{Question, answer};

pub const BASELINE: &str = "baseline";
pub const ALL: [&str; 4] = ["count", "split", BASELINE, "check"];
/// The same on larger files.
pub const LARGE: [&str; 3] = ["split", BASELINE, "check"];

pub fn described(task: &str) -> &'static str {
    match task {
        "count" => "line ends counted: the physical limit",
        "split" => "split and parsed alone (simd-csv, fast-float2; one thread): the fields, 14 columns as numbers",
        BASELINE => "baseline: all statistics, constraints, sketches, JSON",
        "check" => "check against that baseline, with its files",
        _ => "",
    }
}

/// One task in this process, and its three figures.
pub fn measured(task: &str, data: &Path, folder: &Path) -> Result<()> {
    let started = Instant::now();
    match task {
        "count" => count(data)?,
        "split" => split(data)?,
        "baseline" => ask(data, folder.join("baseline"), None)?,
        "check" => ask(data, folder.join("check"), Some(folder.join("baseline")))?,
        unknown => bail!("There is no task {unknown}"),
    }
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    println!("{cpu} {} {}", started.elapsed().as_secs_f64(), peak_mb());
    Ok(())
}

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1_000.0
}

fn count(data: &Path) -> Result<()> {
    let mut file = File::open(data)?;
    let mut buffer = vec![0; 1 << 18];
    let mut lines = 0;
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..read]).count();
    }
    std::hint::black_box(lines);
    Ok(())
}

/// Fields found and numbers read, and nothing kept of them: what no profile of a CSV file can do without.
fn split(data: &Path) -> Result<()> {
    let mut reader = simd_csv::ReaderBuilder::new()
        .buffer_capacity(1 << 18)
        .from_reader(File::open(data)?);
    let mut record = simd_csv::ByteRecord::new();
    let mut sum = 0.0;
    while reader.read_byte_record(&mut record)? {
        // The first 14 columns are numbers.
        for field in record.iter().take(14) {
            sum += fast_float2::parse::<f64, _>(field).unwrap_or_default();
        }
    }
    std::hint::black_box(sum);
    Ok(())
}

fn ask(data: &Path, output: PathBuf, baseline: Option<PathBuf>) -> Result<()> {
    let question = Question {
        data: vec![data.to_path_buf()],
        output: Some(output),
        baseline,
        ..Question::default()
    };
    std::hint::black_box(answer(&question)?.text);
    Ok(())
}
