//! Makes a failure smaller: leaves out deeds and kinds of faults as long as the same rule still breaks.

use crate::{Ground, Order, Outcome, mix};

/// Runs that one failure may cost.
const TRIES_MAX: u32 = 150;

pub struct Shrunk {
    pub order: Order,
    pub outcome: Outcome,
    pub tries: u32,
}

pub fn shrink(ground: &Ground, failed: Outcome) -> anyhow::Result<Shrunk> {
    let Some(rule) = failed.violations.first().map(|violation| violation.rule) else {
        anyhow::bail!("seed {} did not fail", failed.seed);
    };
    let mut best = Shrunk {
        order: Order {
            seed: failed.seed,
            ..Order::default()
        },
        outcome: failed,
        tries: 0,
    };
    for kind in mix::KINDS {
        let mut order = best.order.clone();
        order.calm.push(kind.to_owned());
        try_one(ground, &mut best, order, rule)?;
    }
    // Halves first, then quarters, down to single deeds.
    let deeds = best.outcome.script.len();
    let mut size = deeds.div_ceil(2);
    while size > 0 && best.tries < TRIES_MAX {
        for from in (0..deeds).step_by(size) {
            let mut order = best.order.clone();
            let gone = (from..(from + size).min(deeds)).filter(|place| !best.order.without.contains(place));
            order.without.extend(gone);
            if order.without.len() > best.order.without.len() {
                try_one(ground, &mut best, order, rule)?;
            }
        }
        size = if size == 1 { 0 } else { size / 2 };
    }
    best.order.without.sort_unstable();
    Ok(best)
}

fn try_one(ground: &Ground, best: &mut Shrunk, order: Order, rule: &str) -> anyhow::Result<()> {
    if best.tries >= TRIES_MAX {
        return Ok(());
    }
    best.tries += 1;
    let outcome = ground.run(&order)?;
    if outcome
        .violations
        .first()
        .is_some_and(|violation| violation.rule == rule)
    {
        best.order = order;
        best.outcome = outcome;
    }
    Ok(())
}

impl Shrunk {
    /// The failure as a story, and how to see it again.
    pub fn story(&self) -> String {
        let mut told = vec![format!(
            "seed {}, made smaller in {} tries:",
            self.order.seed, self.tries
        )];
        for (place, (at, deed)) in self.outcome.script.iter().enumerate() {
            if !self.order.without.contains(&place) {
                told.push(format!("  after {:>5} s: {deed:?}", at / 1000));
            }
        }
        told.push(format!("  faults: {:?}", self.outcome.mix));
        told.extend(self.outcome.violations.iter().take(5).map(|broken| {
            format!(
                "  {} is broken after {:.0} s: {}",
                broken.rule,
                seconds(broken.at),
                broken.what
            )
        }));
        told.push(format!("  again: {}", self.order.command()));
        told.join("\n")
    }
}

#[expect(clippy::cast_precision_loss, reason = "a seed lasts hours")]
fn seconds(at: i64) -> f64 {
    (at - crate::clock::EPOCH) as f64 / 1000.0
}

impl Order {
    /// What a person types to see this run again.
    pub fn command(&self) -> String {
        let mut command = format!("cargo simulate -- --replay {}", self.seed);
        if !self.without.is_empty() {
            let places: Vec<String> = self.without.iter().map(usize::to_string).collect();
            command.push_str(&format!(" --without {}", places.join(",")));
        }
        if !self.calm.is_empty() {
            command.push_str(&format!(" --calm {}", self.calm.join(",")));
        }
        command
    }
}
