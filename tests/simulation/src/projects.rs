//! The projects of a seed: names that could be taken for each other, and settings that differ.

/// `a` begins `ab` and `a-b`.
pub const NAMES: [&str; 3] = ["a", "ab", "a-b"];

pub fn yaml(name: &str, variant: usize) -> String {
    let training = match variant % 4 {
        0 => "on: [arrival, drift]\n  settle: 1m\n  cooldown: 15m\n  per_day: 12\n  retries: 3",
        1 => {
            "on: [arrival, drift, schedule]\n  schedule: \"cron(30 * * * ? *)\"\n  settle: 2m\n  cooldown: 1h\n  per_day: 6\n  retries: 2"
        }
        2 => {
            "on: [drift, schedule]\n  schedule: \"rate(2 hours)\"\n  settle: 1m\n  cooldown: 10m\n  per_day: 20\n  retries: 2\n  window: new"
        }
        _ => "on: [arrival]\n  settle: 5m\n  cooldown: 30m\n  per_day: 8\n  retries: 1\n  window: 2d",
    };
    let approval = if variant % 8 == 7 {
        "{ automatic: { auc: \">= 0.80\" } }"
    } else {
        "manual"
    };
    let inference = match variant % 3 {
        0 => "on_arrival: true\n  on_promotion: true\n  per_day: 40",
        1 => "on_arrival: true\n  on_promotion: false\n  per_day: 24",
        _ => "on_arrival: false\n  on_promotion: true\n  schedule: \"cron(10 * * * ? *)\"\n  per_day: 30",
    };
    format!(
        "project: {name}
data:
  format: csv
  label: late
training:
  {training}
  objective: {{ metric: auc, direction: maximize, must_beat_champion_by: 0.01 }}
approval: {approval}
inference:
  {inference}
monitor: {{ threshold: 0.1, min_rows: 300 }}
drift: {{ cooldown: 2h }}
letters:
  managers: [managers-{name}@example.com]
  approvers: [approvers-{name}@example.com]
  engineers: [engineers-{name}@example.com]
  digest: weekly
"
    )
}

#[cfg(test)]
mod tests {
    use windsock_decisions::Project;

    #[test]
    fn every_variant_is_well_described() {
        for variant in 0..24 {
            if let Err(problems) = Project::from_yaml(&super::yaml("a-b", variant)) {
                panic!("variant {variant}: {problems:?}");
            }
        }
    }
}
