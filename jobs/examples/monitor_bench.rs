//! What the monitor costs, side by side in one run: `cargo run --release -p windsock-jobs --example monitor_bench`.
//!
//! Makes a file of 20 mixed columns (or takes the one that the first argument names), and measures each task in a
//! process of its own: CPU seconds of all threads, wall seconds, peak memory. The machine's load is printed beside, for
//! wall seconds mean nothing on a busy one.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rustix::time::{ClockId, clock_gettime};
use windsock_jobs::common::hash::Random;
use windsock_jobs::monitor::laptop::{Question, answer};

const ROWS: u64 = 1_000_000;
const RUNS: usize = 3;
const TASKS: [(&str, &str); 4] = [
    ("count", "line ends counted"),
    ("split", "split and parsed alone (simd-csv, fast-float2; one thread)"),
    ("baseline", "full baseline: all statistics, constraints, sketches, JSON"),
    ("check", "check against that baseline, with its files"),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [task, data, folder] => measured(task, Path::new(data), Path::new(folder)),
        [data] => compared(Path::new(data)),
        [] => {
            let data = std::env::temp_dir().join("windsock-monitor-bench.csv");
            generate(&data)?;
            compared(&data)
        }
        _ => bail!("Usage: monitor_bench [CSV]"),
    }
}

fn compared(data: &Path) -> Result<()> {
    let folder = std::env::temp_dir().join("windsock-monitor-bench");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let bytes = std::fs::metadata(data)
        .with_context(|| format!("look at {}", data.display()))?
        .len();
    println!(
        "{} MB; best of {RUNS} runs; load before {}",
        bytes / 1_000_000,
        load.trim()
    );
    println!("{:>8} {:>8} {:>8}", "CPU s", "wall s", "peak MB");
    for (task, what) in TASKS {
        let mut best: Option<[f64; 3]> = None;
        for _ in 0..RUNS {
            let output = Command::new(std::env::current_exe()?)
                .arg(task)
                .arg(data)
                .arg(&folder)
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [cpu, wall, peak] = figures[..] else {
                bail!("{task}: {}", String::from_utf8_lossy(&output.stderr));
            };
            if best.is_none_or(|best| cpu < best[0]) {
                best = Some([cpu, wall, peak]);
            }
        }
        let [cpu, wall, peak] = best.context("no run")?;
        println!("{cpu:>8.2} {wall:>8.2} {peak:>8.0}  {what}");
    }
    Ok(())
}

/// One task in this process, and its three figures.
fn measured(task: &str, data: &Path, folder: &Path) -> Result<()> {
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

/// 10 fractions, 4 integers, 5 texts of 2 to a million values, one of them with commas in quotes, and a time; 3 % missing.
fn generate(path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| format!("create {}", path.display()))?);
    let names =
        "temp,dewp,humid,pressure,precip,f0,f1,f2,f3,f4,wind_dir,visib,row_id,label,station,cond,session,city,flag,ts";
    writeln!(file, "{names}")?;
    let mut random = Random::new(7);
    let mut line = String::new();
    for row in 0..ROWS {
        line.clear();
        for (spread, places) in [(50.0, 2), (40.0, 2), (100.0, 1), (60.0, 1), (5.0, 2)] {
            let value = (random.below(1_000_000) as f64 / 1e6) * spread;
            match random.below(33) {
                0 => line.push(','),
                _ => write!(line, "{value:.places$},")?,
            }
        }
        for _ in 0..5 {
            let uniform = (random.below(1_000_000) + 1) as f64 / 1e6;
            write!(line, "{:.6},", -uniform.ln())?;
        }
        write!(
            line,
            "{},{},{row},{},",
            random.below(360),
            random.below(11),
            usize::from(random.below(5) == 0)
        )?;
        write!(
            line,
            "K{:04},{},",
            random.below(2_000),
            ["clear", "rain", "snow", "fog", "cloud"][random.below(5)]
        )?;
        write!(
            line,
            "s{:08x},\"City, No {}\",{},",
            random.draw() as u32,
            random.below(300),
            random.below(2) == 0
        )?;
        writeln!(
            line,
            "2013-01-{:02}T{:02}:{:02}:{:02}",
            row / 86_400 % 28 + 1,
            row / 3_600 % 24,
            row / 60 % 60,
            row % 60
        )?;
        file.write_all(line.as_bytes())?;
    }
    file.flush().with_context(|| format!("write {}", path.display()))
}
