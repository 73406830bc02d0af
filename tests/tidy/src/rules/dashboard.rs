//! What a manager sees: every alarm, and nothing that is not there. A graph of a metric that nobody publishes stays empty, and
//! says so to nobody.

use serde_json::Value;
use windsock_decisions::layout::{APPROVALS_WAITING, DRIFT_SCORE, NAMESPACE, OLDEST_ARRIVAL_AGE};

use super::{Broken, PLATFORM, Rule, View};
use crate::platform::many;

pub(super) const RULES: &[Rule] = &[Rule {
    name: "the dashboard shows every alarm, and nothing that is not there",
    check: dashboard_shows_what_is_there,
    broken: &[
        Broken {
            template: PLATFORM,
            sound: "            \"${SweepErrorsAlarm.Arn}\",\n",
            broken: "",
        },
        Broken {
            template: PLATFORM,
            sound: "\"OldestArrivalAge\", \"Platform\"",
            broken: "\"OldestArrivalAge\", \"Project\"",
        },
        Broken {
            template: PLATFORM,
            sound: "SOURCE '${PromoteModelLogs}'",
            broken: "SOURCE '/aws/lambda/promote-model'",
        },
        Broken {
            template: PLATFORM,
            sound: "{Windsock,Project} MetricName=\\\"DriftScore\\\"",
            broken: "{Windsock,Project} MetricName=\\\"DriftScores\\\"",
        },
    ],
}];

/// Metrics that functions publish, by their one dimension.
const PUBLISHED: [(&str, &str); 5] = [
    ("Project", "Reports"),
    ("Project", "RowsScored"),
    ("Project", DRIFT_SCORE),
    ("Platform", APPROVALS_WAITING),
    ("Platform", OLDEST_ARRIVAL_AGE),
];

fn dashboard_shows_what_is_there(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, dashboard) in view.of_kind("AWS::CloudWatch::Dashboard") {
        let body = view.property(dashboard, "DashboardBody");
        let Ok(body) = serde_json::from_str::<Value>(body.as_str().unwrap_or_default()) else {
            wrong.push(format!("{id} is not JSON"));
            continue;
        };
        let widgets: Vec<Value> = many(&body["widgets"])
            .iter()
            .map(|widget| widget["properties"].clone())
            .collect();
        wrong.extend(hidden_alarms(view, &widgets).map(|alarm| format!("{id} does not show {alarm}")));
        wrong.extend(unknown_logs(view, &widgets).map(|group| format!("{id} reads {group}, which is not there")));
        wrong.extend(unknown_metrics(&widgets).map(|name| format!("{id} shows {name}, which nobody publishes")));
    }
    wrong
}

fn hidden_alarms(view: &View, widgets: &[Value]) -> impl Iterator<Item = String> {
    let shown: Vec<Value> = widgets.iter().flat_map(|widget| many(&widget["alarms"])).collect();
    let alarms = view
        .of_kind("AWS::CloudWatch::Alarm")
        .map(|(alarm, _)| format!("{alarm}.Arn"));
    alarms.filter(move |alarm| !shown.contains(&alarm.as_str().into()))
}

/// `SOURCE '<log group>' | ...`
fn unknown_logs(view: &View, widgets: &[Value]) -> impl Iterator<Item = String> {
    let groups = widgets
        .iter()
        .filter_map(|widget| widget["query"].as_str()?.split('\'').nth(1));
    let is_there = |group: &str| {
        view.resource(group)
            .is_some_and(|group| group.kind == "AWS::Logs::LogGroup")
    };
    groups.filter(move |group| !is_there(group)).map(str::to_owned)
}

fn unknown_metrics(widgets: &[Value]) -> impl Iterator<Item = String> {
    let metrics = widgets.iter().flat_map(|widget| many(&widget["metrics"]));
    let ours = metrics.filter_map(|metric| named(&metric).or_else(|| searched(&metric)));
    let published = |(dimension, name): &(String, String)| PUBLISHED.contains(&(dimension.as_str(), name.as_str()));
    ours.filter(move |metric| !published(metric))
        .map(|(dimension, name)| format!("{name} of a {dimension}"))
}

/// `["Windsock", name, dimension, value, ...]`: dimension and name.
fn named(metric: &Value) -> Option<(String, String)> {
    let text = |place: usize| metric[place].as_str().map(str::to_owned);
    (metric[0] == NAMESPACE).then(|| text(2).zip(text(1))).flatten()
}

/// `SEARCH('{Windsock,dimension} MetricName="name"', ...)`
fn searched(metric: &Value) -> Option<(String, String)> {
    let expression = metric[0]["expression"].as_str()?;
    let (dimension, rest) = expression.split_once("'{Windsock,")?.1.split_once('}')?;
    Some((dimension.to_owned(), rest.split('"').nth(1)?.to_owned()))
}
