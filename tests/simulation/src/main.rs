//! `cargo simulate`: many seeds on all cores, what came of them, and whether broken variants were caught.

mod crew;
mod record;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use windsock_deployment::template;
use windsock_simulation::{Ground, Order, Outcome, mutants::Variant, shrink::shrink, tally::Tally};

use crew::{Goal, cores};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds that failed once run first, always.
const CORPUS: &str = include_str!("../corpus.txt");
/// Seeds that are run twice, to see that they are the same.
const TWICE: u64 = 4;
/// Failures that are made smaller and told.
const TOLD_MAX: usize = 3;

/// Deterministic simulation with faults: the real handlers on a virtual clock.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop after so many minutes, whatever is left.
    #[arg(long)]
    minutes: Option<u64>,
    /// Do not run the broken variants.
    #[arg(long)]
    no_mutants: bool,
    /// Seeds within which a broken variant must be caught.
    #[arg(long, default_value_t = 600)]
    mutant_seeds: u64,
    /// Only this broken variant.
    #[arg(long)]
    mutant: Option<String>,
    /// Keep the figures in this file, and go on where they end.
    #[arg(long)]
    resume: Option<std::path::PathBuf>,
    /// Run this one seed and print its whole journal.
    #[arg(long)]
    replay: Option<u64>,
    /// With --replay: deeds that are left out.
    #[arg(long, value_delimiter = ',')]
    without: Vec<usize>,
    /// With --replay: kinds of faults that are left out.
    #[arg(long, value_delimiter = ',')]
    calm: Vec<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.replay {
        return replay(seed, &arguments);
    }
    let mut complaints = Vec::new();
    if arguments.mutant.is_none() {
        complaints.extend(determinism(arguments.seed)?);
        complaints.extend(simulate(&arguments)?);
    }
    if !arguments.no_mutants {
        complaints.extend(hunt(&arguments)?);
    }
    for complaint in &complaints {
        println!("FAILED: {complaint}");
    }
    println!(
        "{} passed, {} failed",
        3_usize.saturating_sub(complaints.len()),
        complaints.len()
    );
    Ok(if complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn replay(seed: u64, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let ground = Ground::new(template::PLATFORM)?;
    let order = Order {
        seed,
        without: arguments.without.clone(),
        calm: arguments.calm.clone(),
        keep_all: true,
        stops_after: None,
    };
    let outcome = ground.run(&order)?;
    for line in &outcome.told {
        println!("{line}");
    }
    println!("{}", told(&outcome));
    for violation in &outcome.violations {
        println!("{}: {} (at {})", violation.rule, violation.what, violation.at);
    }
    Ok(if outcome.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn told(outcome: &Outcome) -> String {
    format!(
        "seed {}: {} calls, {} arrivals, {} runs, {} champions, {} incidents, {} letters, trace {:016x}",
        outcome.seed,
        outcome.calls,
        outcome.arrivals,
        outcome.starts,
        outcome.promotions,
        outcome.incidents,
        outcome.letters,
        outcome.trace
    )
}

/// The same seed twice is the same to the last byte of its journal.
fn determinism(seed: u64) -> anyhow::Result<Vec<String>> {
    let ground = Ground::new(template::PLATFORM)?;
    let mut complaints = Vec::new();
    for seed in seed..seed + TWICE {
        let order = Order {
            seed,
            keep_all: true,
            ..Order::default()
        };
        let (one, other) = (ground.run(&order)?, Ground::new(template::PLATFORM)?.run(&order)?);
        if one.trace != other.trace {
            complaints.push(format!(
                "seed {seed} gives {:016x} and then {:016x}; they part at\n  {}\n  {}",
                one.trace,
                other.trace,
                one.told
                    .iter()
                    .zip(&other.told)
                    .find(|(a, b)| a != b)
                    .map_or("", |(a, _)| a),
                one.told
                    .iter()
                    .zip(&other.told)
                    .find(|(a, b)| a != b)
                    .map_or("", |(_, b)| b),
            ));
        }
    }
    println!(
        "the same seed gives the same trace: {TWICE} seeds, {} differ",
        complaints.len()
    );
    Ok(complaints)
}

fn corpus() -> Vec<u64> {
    let lines = CORPUS.lines().filter_map(|line| line.split_whitespace().next());
    lines.filter_map(|word| word.parse().ok()).collect()
}

fn simulate(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let began = Instant::now();
    let until = arguments
        .minutes
        .map(|minutes| began + Duration::from_secs(minutes * 60));
    let mut record = record::Record::open(arguments.resume.as_deref(), arguments.seed)?;
    let first = record.next_seed();
    let seeds: Vec<u64> = corpus().into_iter().chain(first..first + arguments.seeds).collect();
    let mut tally = Tally::default();
    crew::run(&seeds, until, cores(), |outcome| {
        record.note(&outcome)?;
        tally.add(outcome);
        if tally.seeds % 100 == 0 {
            eprintln!(
                "{} seeds, {} failed, {:.0} s",
                tally.seeds,
                tally.failed.len(),
                began.elapsed().as_secs_f64()
            );
        }
        // A handful of failures says enough.
        Ok(if tally.failed.len() >= 2 * TOLD_MAX {
            Goal::Reached
        } else {
            Goal::Ahead
        })
    })?;
    println!("{}", tally.figures(began.elapsed()));
    println!("reached:\n{}", tally.reach());
    let mut complaints = if arguments.seeds >= 100 {
        tally.complaints()
    } else {
        Vec::new()
    };
    let failed = std::mem::take(&mut tally.failed);
    if !failed.is_empty() {
        let seeds: Vec<u64> = failed.iter().map(|outcome| outcome.seed).collect();
        complaints.push(format!("seeds {seeds:?}"));
    }
    let ground = Ground::new(template::PLATFORM)?;
    for outcome in failed.into_iter().take(TOLD_MAX) {
        for violation in outcome.violations.iter().take(3) {
            println!("seed {}: {}: {}", outcome.seed, violation.rule, violation.what);
        }
        println!("{}", shrink(&ground, outcome)?.story());
    }
    Ok(complaints)
}

/// Every broken variant must be caught; an uncaught one says that the simulator cannot see something.
fn hunt(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let wanted = |variant: &Variant| arguments.mutant.as_ref().is_none_or(|name| *name == variant.name());
    let variants: Vec<Variant> = Variant::all().into_iter().filter(wanted).collect();
    let caught = crew::hunt(
        &variants,
        arguments.seed..arguments.seed + arguments.mutant_seeds,
        cores(),
    )?;
    let mut complaints = Vec::new();
    println!("broken variants:");
    for (variant, caught) in variants.iter().zip(caught) {
        match caught {
            Some((seeds, rule)) => println!("  {:<26} caught by `{rule}` within {seeds} seeds", variant.name()),
            None => complaints.push(format!("the variant {} was not caught", variant.name())),
        }
    }
    if variants.len() <= 1 && arguments.mutant.is_none() {
        println!("  (built without the feature `mutants`: only the template's variant was there)");
    }
    Ok(complaints)
}
