//! Seeds on all cores: each thread has a world of its own and takes the next seed when it is done with one.

use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Instant,
};

use windsock_deployment::template;
use windsock_simulation::{Ground, Order, Outcome, mutants::Variant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Ahead,
    Reached,
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs the seeds until all are done, the time is over, or `each` says that it is enough.
pub fn run(
    seeds: &[u64],
    until: Option<Instant>,
    threads: usize,
    mut each: impl FnMut(Outcome) -> anyhow::Result<Goal>,
) -> anyhow::Result<()> {
    let (next, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, enough) = (send.clone(), &next, &enough);
            scope.spawn(move || {
                let ground = match Ground::new(template::PLATFORM) {
                    Ok(ground) => ground,
                    Err(error) => return drop(send.send(Err(error))),
                };
                while !enough.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until) {
                    let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        return;
                    };
                    let order = Order {
                        seed: *seed,
                        ..Order::default()
                    };
                    if send.send(ground.run(&order)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for outcome in receive {
            match outcome.and_then(&mut each) {
                Ok(Goal::Ahead) => {}
                Ok(Goal::Reached) => enough.store(true, Ordering::Relaxed),
                Err(error) => {
                    enough.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    })
}

/// For each variant the number of seeds that it took to catch it, and the rule that did.
pub fn hunt(variants: &[Variant], seeds: Range<u64>, threads: usize) -> anyhow::Result<Vec<Option<(u64, String)>>> {
    let next = AtomicUsize::new(0);
    let caught = Mutex::new(vec![None; variants.len()]);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (next, caught, seeds) = (&next, &caught, seeds.clone());
                scope.spawn(move || -> anyhow::Result<()> {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(variant) = variants.get(place) else {
                            return Ok(());
                        };
                        let found = hunt_one(variant, seeds.clone());
                        caught.lock().unwrap_or_else(PoisonError::into_inner)[place] = found?;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(caught.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn hunt_one(variant: &Variant, seeds: Range<u64>) -> anyhow::Result<Option<(u64, String)>> {
    let ground = Ground::new(&variant.template()?)?;
    let first = seeds.start;
    variant.begin();
    for seed in seeds {
        // A variant that breaks the stage itself is caught too.
        let caught = match ground.run(&Order {
            seed,
            ..Order::default()
        }) {
            Ok(outcome) => outcome.violations.first().map(|violation| violation.rule.to_owned()),
            Err(error) => Some(format!("the stage: {error:#}")),
        };
        if let Some(rule) = caught {
            variant.end();
            return Ok(Some((seed - first + 1, rule)));
        }
    }
    variant.end();
    Ok(None)
}
