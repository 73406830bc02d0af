//! `cargo simulate`: many seeds, and what came of them.

use std::time::Instant;

use clap::Parser;
use windsock_simulation::{Ground, Order};

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long)]
    whole: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let ground = Ground::new(windsock_deployment::template::PLATFORM)?;
    eprintln!("ground in {:.2} s", began.elapsed().as_secs_f64());
    let mut calls = 0;
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        let order = Order {
            seed,
            keep_all: arguments.whole,
            ..Order::default()
        };
        let one = Instant::now();
        let outcome = ground.run(&order)?;
        calls += outcome.calls;
        println!(
            "seed {seed}: {:.2} s, {} calls, {} arrivals, {} starts, {} promotions, {} incidents, {} letters, trace {:x}",
            one.elapsed().as_secs_f64(),
            outcome.calls,
            outcome.arrivals,
            outcome.starts,
            outcome.promotions,
            outcome.incidents,
            outcome.letters,
            outcome.trace
        );
        for violation in outcome.violations.iter().take(4) {
            println!("   {}: {} (at {})", violation.rule, violation.what, violation.at);
        }
        if arguments.whole {
            for line in &outcome.told {
                println!("{line}");
            }
        }
    }
    println!("{:.0} calls/s", calls as f64 / began.elapsed().as_secs_f64());
    Ok(())
}
