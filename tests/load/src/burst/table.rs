//! The table: one row a figure, one column a design.

use std::collections::BTreeSet;

use super::{
    Design, SECOND, Scene,
    figures::{Calls, Figures},
};

type Row = (String, Vec<String>);

pub(super) fn render(scene: &Scene, designs: &[&Figures]) -> String {
    let mut rows = vec![row("", designs, |one| match one.design {
        Some(Design::Naive) => "start per event".to_owned(),
        _ => "Windsock".to_owned(),
    })];
    rows.push(row("---", designs, |_| "---:".to_owned()));
    rows.extend(outcome(designs));
    rows.extend(calls(designs));
    rows.extend(latencies(designs));
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = heading(scene);
    for (name, values) in rows {
        text.push_str(&format!("| {name:width$} |"));
        for value in values {
            text.push_str(&format!(" {value:>24} |"));
        }
        text.push('\n');
    }
    text
}

fn heading(scene: &Scene) -> String {
    let work = scene.work;
    format!(
        "{} arrivals in {} s over {} projects (the first takes a fifth), {} % of the events copied, {} calls a second of each \
         SageMaker operation, {} % server errors, settle time {} s, seed {}; {} build\n\n",
        work.arrivals,
        work.within / SECOND,
        work.projects,
        f64::from(scene.events_copied) / 10.0,
        scene.calls_per_second,
        f64::from(scene.server_errors) / 10.0,
        scene.settle_s,
        work.seed,
        if cfg!(debug_assertions) { "debug" } else { "release" },
    )
}

fn row(name: &str, designs: &[&Figures], value: impl Fn(&Figures) -> String) -> Row {
    (name.to_owned(), designs.iter().map(|one| value(one)).collect())
}

fn outcome(designs: &[&Figures]) -> Vec<Row> {
    let seconds = |millis: i64| format!("{} s", millis / SECOND);
    vec![
        row("arrivals", designs, |one| one.arrivals.to_string()),
        row("world time in which they arrived", designs, |one| {
            seconds(one.arrived_within)
        }),
        row("learned by no run that succeeded", designs, |one| {
            one.not_learned.to_string()
        }),
        row("learned by more than one", designs, |one| one.learned_twice.to_string()),
        row("world time until all were learned", designs, |one| match one.complete {
            true => seconds(one.lasted),
            false => format!("stopped after {}", seconds(one.lasted)),
        }),
        row("longest that an arrival was not handled", designs, |one| {
            seconds(one.unhandled_max)
        }),
        row("from arrival to manifest, p50 / max", designs, |one| {
            format!(
                "{} / {}",
                seconds(part(&one.froze_after, 50)),
                seconds(part(&one.froze_after, 100))
            )
        }),
        row("runs, most of one project", designs, |one| {
            format!("{}, {}", one.runs, one.runs_max)
        }),
        row("runs that began beside another", designs, |one| {
            one.overlaps.to_string()
        }),
        row("runs that failed", designs, |one| one.failed_runs.to_string()),
        row("letters, most about one project", designs, |one| {
            format!("{}, {}", one.letters, one.letters_max)
        }),
        row("dead letters", designs, |one| {
            one.dead.values().sum::<usize>().to_string()
        }),
        row("invariants of the simulator broken", designs, |one| {
            one.failings.len().to_string()
        }),
        row("real time", designs, |one| format!("{:.0} s", one.took.as_secs_f64())),
    ]
}

fn calls(designs: &[&Figures]) -> Vec<Row> {
    let told = |calls: Calls| format!("{} ({} / {})", calls.all, calls.throttled, calls.failed);
    let mut rows = vec![
        row("**calls (throttled / server errors)**", designs, |one| {
            told(one.all_calls())
        }),
        row("SageMaker", designs, |one| told(one.sagemaker())),
    ];
    let operations: BTreeSet<_> = designs.iter().flat_map(|one| one.calls.keys()).collect();
    for key in operations {
        let name = format!("{} {}", key.0, key.1);
        rows.push(row(&name, designs, |one| {
            told(one.calls.get(key).copied().unwrap_or_default())
        }));
    }
    rows.push(row("refused again after a refusal", designs, |one| {
        one.wasted.to_string()
    }));
    rows.push(row("messages that went back to their queue", designs, |one| {
        one.returned.to_string()
    }));
    rows
}

fn latencies(designs: &[&Figures]) -> Vec<Row> {
    let mut rows = vec![row("**invocations: count, not returned, p50 / p99**", designs, |_| {
        String::new()
    })];
    let functions: BTreeSet<_> = designs.iter().flat_map(|one| one.functions.keys()).collect();
    for function in functions {
        let name = function.trim_start_matches("windsock-");
        rows.push(row(name, designs, |one| match one.functions.get(function) {
            Some(latencies) => {
                let mut took = latencies.took.clone();
                took.sort_unstable();
                let (half, most) = (part(&took, 50), part(&took, 99));
                format!("{}, {}, {half} / {most} ms", took.len(), latencies.not_returned)
            }
            None => "-".to_owned(),
        }));
    }
    rows
}

/// The value below which `per_cent` of the sorted ones lie; nothing for none.
fn part(sorted: &[i64], per_cent: usize) -> i64 {
    let last = sorted.len().saturating_sub(1);
    let index = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
    sorted.get(index.min(last)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let sorted: Vec<i64> = (1..=200).collect();
        assert_eq!([50, 99, 100].map(|per_cent| part(&sorted, per_cent)), [100, 198, 200]);
        assert_eq!(part(&[], 50), 0);
        assert_eq!(part(&[7], 99), 7);
    }
}
