//! Whoever an alarm wakes finds what to do: docs/operate.md has a heading for each, docs/deploy.md its price.

use regex::Regex;
use windsock_cloudformation::Template;
use windsock_tidy::{
    rules::{self, Account, PLATFORM, PROJECT, View},
    tree,
};

/// Names of a template's alarms, as an account sees them. A project is called `project` here.
fn alarms(text: &str) -> Vec<String> {
    let template = Template::parse(text).unwrap().expanded().unwrap();
    let view = View::of(&template, Account::Demanding).unwrap();
    let named = view.of_kind("AWS::CloudWatch::Alarm").map(|(id, resource)| {
        let name = view.property(resource, "AlarmName");
        name.as_str()
            .unwrap_or_else(|| panic!("{id} has no name"))
            .to_lowercase()
    });
    named.collect()
}

#[test]
fn every_alarm_has_a_heading_in_the_runbook() {
    let runbook = tree::read("docs/operate.md").unwrap();
    let headings: Vec<String> = runbook
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(str::to_lowercase)
        .collect();
    let mut known = Vec::new();
    for (path, text) in rules::templates().unwrap() {
        for alarm in alarms(&text) {
            let named = format!("`{alarm}`");
            assert!(
                headings.iter().any(|heading| heading.contains(&named)),
                "docs/operate.md has no heading for {named}, an alarm of {path}"
            );
            known.push(named);
        }
    }
    assert!(known.len() > 10, "{known:?}");
    let name = Regex::new(r"`windsock-[a-z-]+`").unwrap();
    for heading in &headings {
        for named in name.find_iter(heading) {
            assert!(
                known.iter().any(|it| it == named.as_str()),
                "no template has the alarm of `{heading}`"
            );
        }
    }
}

/// Alarms are most of what an idle platform costs, so the table counts them.
#[test]
fn the_price_table_counts_the_alarms() {
    let page = tree::read("docs/deploy.md").unwrap();
    let row = Regex::new(r"(?m)^\| .*alarms? \| (\d+) alarms? \| .* \| (\d+\.\d\d) \| \d+\.\d\d \|$").unwrap();
    let rows: Vec<(usize, f64)> = row
        .captures_iter(&page)
        .map(|found| (found[1].parse().unwrap(), found[2].parse().unwrap()))
        .collect();
    let counted = [PLATFORM, PROJECT].map(|path| alarms(&tree::read(path).unwrap()).len());
    let expected = counted.map(|count| (count, count as f64 / 10.0));
    assert_eq!(rows, expected, "of the platform, and of a project");
}

/// What is promised of an idle platform and of an idle project, in dollars a month.
const MOST: [f64; 2] = [3.0, 0.5];

#[test]
fn the_price_tables_add_up_to_less_than_is_promised() {
    let page = tree::read("docs/deploy.md").unwrap();
    let mut rest = page.as_str();
    for most in MOST {
        let table = rest
            .split_once("| what | how much | price | a month | free |")
            .expect("a price table")
            .1;
        let (rows, after) = table.split_once("| **together** |").expect("a sum");
        for (column, what) in [(4, "a month"), (5, "free")] {
            let sum: f64 = rows
                .lines()
                .skip(2)
                .filter_map(|row| row.split('|').nth(column)?.trim().parse::<f64>().ok())
                .sum();
            let said = after.split('|').nth(column - 2).unwrap().trim().trim_matches('*');
            assert_eq!(format!("{sum:.2}"), said, "the column `{what}`");
            assert!(sum < most, "{sum} is not below {most}");
        }
        rest = after;
    }
}
