//! The load scene: a minute's burst over many projects, a tenth of its events twice, at two calls a second for each of
//! SageMaker's operations, and one call in fifty answered with a server error. The product, and beside it what people
//! write first, on the same work.

mod figures;
mod ground;
mod table;

use std::time::Instant;

use anyhow::Context;
use windsock_host::Host;
use windsock_world::Millis;

use crate::{check, coverage::Coverage, work::Work};
use figures::Figures;
use ground::Ground;

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
/// After the last arrival is learned, so that what comes late is seen: a turn of the sweep, and letters put off.
const AFTERWARDS: Millis = 20 * MINUTE;
/// Neither design is waited for any longer than this.
const PATIENCE: Millis = 120 * MINUTE;

#[derive(Debug, Clone)]
pub struct Scene {
    pub work: Work,
    /// The projects' settle time, in seconds.
    pub settle_s: i64,
    /// Calls a second of each of SageMaker's operations.
    pub calls_per_second: u32,
    /// Of a thousand events, and of a thousand calls.
    pub events_copied: u32,
    pub server_errors: u32,
    /// World time after which the naive design is stopped; nobody waits for its end.
    pub naive_for: Millis,
    pub naive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    Product,
    Naive,
}

/// Both designs, one after the other, and the table; an error when the product breaks a promise.
pub fn run(scene: &Scene) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    let product = runtime.block_on(measure(scene, Design::Product))?;
    let mut columns = vec![&product];
    let naive = match scene.naive {
        true => Some(runtime.block_on(measure(scene, Design::Naive))?),
        false => None,
    };
    columns.extend(&naive);
    println!("{}", table::render(scene, &columns));
    let broken = product.broken_limits();
    anyhow::ensure!(
        broken.is_empty(),
        "the product broke {} limits:\n  {}",
        broken.len(),
        broken.join("\n  ")
    );
    println!("Every limit holds for the product.");
    Ok(())
}

async fn measure(scene: &Scene, design: Design) -> anyhow::Result<Figures> {
    let began = Instant::now();
    let ground = Ground::prepare(scene, design).await?;
    eprintln!(
        "{design:?}: {} projects are deployed after {:.0} s",
        scene.work.projects,
        began.elapsed().as_secs_f64()
    );
    let loaded = Instant::now();
    let first = ground.host.journal().len();
    let begins_at = ground.host.now() + SECOND;
    ground.load(scene, begins_at).await?;
    let limit = match design {
        Design::Product => PATIENCE,
        Design::Naive => scene.naive_for,
    };
    let complete = wait(scene, &ground.host, begins_at, begins_at + limit).await?;
    let ended_at = ground.host.now();
    let took = loaded.elapsed();
    if complete {
        ground.host.advance(AFTERWARDS).await;
    }
    let state = ground.close().await;
    let checked = check::check(state.path(), &scene.work.projects())?;
    let mut figures = Figures::read(state.path(), first, checked)?;
    figures.design = Some(design);
    figures.complete = complete;
    figures.took = took;
    figures.lasted = ended_at - begins_at;
    Ok(figures)
}

/// Until everything that arrived is learned, or until `limit`.
async fn wait(scene: &Scene, host: &Host, begins_at: Millis, limit: Millis) -> anyhow::Result<bool> {
    let (mut coverage, mut seen, mut told_at) = (Coverage::default(), 0, begins_at);
    while host.now() < limit {
        let entries = host.journal_from(seen);
        seen += entries.len();
        entries.iter().for_each(|entry| coverage.take(entry));
        host.world(|world| coverage.read(world));
        if coverage.is_complete(scene.work.arrivals as usize) {
            return Ok(true);
        }
        anyhow::ensure!(!host.is_broken(), "the local AWS can no longer write its state");
        let now = host.now();
        if now >= told_at {
            told_at = now + MINUTE;
            let learned = coverage.learned().filter(|(_, runs)| *runs > 0).count();
            eprintln!(
                "  after {:>4} s of the world's time: {} arrivals, {} in manifests, {learned} learned, {} runs, {} of them in flight",
                (now - begins_at) / SECOND,
                coverage.arrivals.len(),
                coverage.frozen.len(),
                coverage.runs.len(),
                coverage.in_flight(),
            );
        }
        host.reach(now + SECOND).await;
    }
    Ok(false)
}
