//! The files that are profiled, made from a seed.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use windsock_jobs::common::hash::Random;

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

/// 10 fractions, 4 integers, 5 texts of 2 to as many values as rows, one of them with commas, and a time; 3 % missing in some.
/// Texts stand in quotes, as Arrow writes them.
pub fn narrow(path: &Path, rows: u64) -> Result<PathBuf> {
    let mut file = create(path)?;
    let names =
        "temp,dewp,humid,pressure,precip,f0,f1,f2,f3,f4,wind_dir,visib,row_id,label,station,cond,session,city,flag,ts";
    writeln!(file, "\"{}\"", names.replace(',', "\",\""))?;
    let mut random = Random::new(7);
    let mut line = String::new();
    for row in 0..rows {
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
        let (wind_dir, visib, label) = (random.below(360), random.below(11), usize::from(random.below(5) == 0));
        write!(line, "{wind_dir},{visib},{row},{label},")?;
        let condition = ["clear", "rain", "snow", "fog", "cloud"][random.below(5)];
        write!(line, "\"K{:04}\",\"{condition}\",", random.below(2_000))?;
        let (session, city) = (random.draw() as u32, random.below(300));
        write!(
            line,
            "\"s{session:08x}\",\"City, No {city}\",\"{}\",",
            random.below(2) == 0
        )?;
        let (day, hour, minute) = (row / 86_400 % 28 + 1, row / 3_600 % 24, row / 60 % 60);
        writeln!(line, "\"2013-01-{day:02}T{hour:02}:{minute:02}:{:02}\"", row % 60)?;
        file.write_all(line.as_bytes())?;
    }
    file.flush().with_context(|| format!("write {}", path.display()))?;
    Ok(path.to_path_buf())
}

/// Of each ten columns six are fractions, two integers, one is a text of 60 values and one of any number.
pub fn wide(path: &Path, rows: u64, columns: usize) -> Result<PathBuf> {
    let mut file = create(path)?;
    let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    writeln!(file, "{}", names.join(","))?;
    let mut random = Random::new(11);
    let mut line = String::new();
    for _ in 0..rows {
        line.clear();
        for column in 0..columns {
            if column > 0 {
                line.push(',');
            }
            match column % 10 {
                0..6 => write!(line, "{}.{:03}", random.below(200), random.below(1_000))?,
                6 => write!(line, "{}", random.below(100_000))?,
                7 => write!(line, "{}", random.below(50))?,
                8 => write!(line, "k{:02}", random.below(60))?,
                _ => write!(line, "{:08x}", random.draw() as u32)?,
            }
        }
        line.push('\n');
        file.write_all(line.as_bytes())?;
    }
    file.flush().with_context(|| format!("write {}", path.display()))?;
    Ok(path.to_path_buf())
}
