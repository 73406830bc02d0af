//! What a manager sees: every alarm, what the loop stands at, and nothing that is not there. A graph of a metric that nobody
//! publishes stays empty, and says so to nobody.

pub mod lines;

use serde_json::Value;
use windsock_decisions::layout::{APPROVALS_WAITING, DRIFT_SCORE, NAMESPACE, OLDEST_ARRIVAL_AGE};

use self::lines::{LOGGED, PLAN, Query};
use super::{Broken, PLATFORM, Rule, View};
use crate::platform::many;

pub(super) const RULES: &[Rule] = &[THERE, READABLE];

const THERE: Rule = Rule {
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
        // A metric that nobody is shown.
        Broken {
            template: PLATFORM,
            sound: "[\"Windsock\", \"ApprovalsWaiting\", ",
            broken: "[\"AWS/Lambda\", \"Errors\", ",
        },
        // A column that nobody logs, lines that nobody logs, and lines that nobody is shown.
        Broken {
            template: PLATFORM,
            sound: "since, metrics, gain, ",
            broken: "since, metric, gain, ",
        },
        Broken {
            template: PLATFORM,
            sound: "filter event = \\\"report\\\"",
            broken: "filter event = \\\"reports\\\"",
        },
        Broken {
            template: PLATFORM,
            sound: "SOURCE '${NotifyLogs}' | filter event = \\\"letter\\\" | stats count(*) as letters by kind, audience",
            broken: "SOURCE '${SweepLogs}' | filter event = \\\"plan\\\" | stats count(*) as letters by action",
        },
    ],
};

const READABLE: Rule = Rule {
    name: "a widget says what it shows, in which unit, and what it means when it is empty; none lies on another",
    check: widgets_can_be_read,
    broken: &[
        Broken {
            template: PLATFORM,
            sound: "          \"title\": \"Approvals waiting\",\n",
            broken: "",
        },
        Broken {
            template: PLATFORM,
            sound: " (empty: there is no project yet)",
            broken: "",
        },
        Broken {
            template: PLATFORM,
            sound: "{\"min\": 0, \"label\": \"hours\", \"showUnits\": false}",
            broken: "{\"min\": 0}",
        },
        Broken {
            template: PLATFORM,
            sound: "\"x\": 8, \"y\": 35,",
            broken: "\"x\": 8, \"y\": 34,",
        },
    ],
};

/// Metrics that functions publish, by their one dimension.
const PUBLISHED: [(&str, &str); 5] = [
    ("Project", "Reports"),
    ("Project", "RowsScored"),
    ("Project", DRIFT_SCORE),
    ("Platform", APPROVALS_WAITING),
    ("Platform", OLDEST_ARRIVAL_AGE),
];

/// Those of them that a manager asks for first.
const SHOWN: [&str; 3] = [DRIFT_SCORE, APPROVALS_WAITING, OLDEST_ARRIVAL_AGE];

/// Every dashboard's name, and its widgets; none where it is no JSON.
fn dashboards(view: &View) -> Vec<(String, Option<Vec<Value>>)> {
    let widgets = |body: Value| {
        serde_json::from_str::<Value>(body.as_str()?)
            .ok()
            .map(|body| many(&body["widgets"]))
    };
    view.of_kind("AWS::CloudWatch::Dashboard")
        .map(|(id, dashboard)| (id.clone(), widgets(view.property(dashboard, "DashboardBody"))))
        .collect()
}

fn dashboard_shows_what_is_there(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, widgets) in dashboards(view) {
        let Some(widgets) = widgets else {
            wrong.push(format!("{id} is not JSON"));
            continue;
        };
        let widgets: Vec<Value> = widgets.iter().map(|widget| widget["properties"].clone()).collect();
        let queries: Vec<Query> = widgets
            .iter()
            .filter_map(|it| it["query"].as_str())
            .map(Query::read)
            .collect();
        for query in &queries {
            wrong.extend(query.in_vain().iter().map(|what| format!("{id} asks {what}")));
        }
        wrong.extend(hidden_lines(&queries).map(|line| format!("{id} does not show {line}")));
        wrong.extend(hidden_metrics(&widgets).map(|name| format!("{id} does not show {name}")));
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

/// What is logged for a person to read is read.
fn hidden_lines(queries: &[Query]) -> impl Iterator<Item = String> {
    let lines = LOGGED.iter().filter(|line| line.event != PLAN);
    lines
        .filter(|line| !queries.iter().any(|query| query.asks(line)))
        .map(|line| format!("the lines `{}` of {}", line.event, line.function))
}

/// Our metrics, by dimension and name.
fn ours(widgets: &[Value]) -> impl Iterator<Item = (String, String)> {
    let metrics = widgets.iter().flat_map(|widget| many(&widget["metrics"]));
    metrics.filter_map(|metric| named(&metric).or_else(|| searched(&metric)))
}

fn hidden_metrics(widgets: &[Value]) -> impl Iterator<Item = &'static str> {
    SHOWN
        .into_iter()
        .filter(|wanted| !ours(widgets).any(|(_, name)| name == *wanted))
}

fn unknown_metrics(widgets: &[Value]) -> impl Iterator<Item = String> {
    let published = |(dimension, name): &(String, String)| PUBLISHED.contains(&(dimension.as_str(), name.as_str()));
    ours(widgets)
        .filter(move |metric| !published(metric))
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

fn widgets_can_be_read(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, widgets) in dashboards(view) {
        let widgets = widgets.unwrap_or_default();
        for (number, widget) in widgets.iter().enumerate() {
            wrong.extend(unreadable(widget).map(|what| format!("{id}: widget {number} {what}")));
            let under = widgets.iter().skip(number + 1).position(|other| overlap(widget, other));
            wrong.extend(under.map(|after| format!("{id}: widget {number} lies on {}", number + 1 + after)));
        }
    }
    wrong
}

fn unreadable(widget: &Value) -> Option<&'static str> {
    let properties = &widget["properties"];
    let title = properties["title"].as_str().unwrap_or_default();
    let kind = widget["type"].as_str().unwrap_or_default();
    if kind == "text" {
        return None;
    }
    if title.is_empty() {
        return Some("has no title");
    }
    if kind == "log" && !title.contains("(empty: ") {
        return Some("does not say what an empty table means");
    }
    let is_graph = properties["view"] == "timeSeries";
    (is_graph && properties["yAxis"]["left"]["label"].as_str().is_none()).then_some("has no unit")
}

fn overlap(one: &Value, other: &Value) -> bool {
    let meets = |from: &str, length: &str| {
        let number = |widget: &Value, of: &str| widget[of].as_u64().unwrap_or(0);
        number(one, from) < number(other, from) + number(other, length)
            && number(other, from) < number(one, from) + number(one, length)
    };
    meets("x", "width") && meets("y", "height")
}
