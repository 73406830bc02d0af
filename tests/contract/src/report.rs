//! Trying everything out, and the table at the end.

use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::{
    assumption::{Assumption, Outcome, Service, Source, Trouble},
    assumptions,
    bench::Bench,
    deviations,
};

const SERVICES: [Service; 6] = [
    Service::S3,
    Service::Sqs,
    Service::Sns,
    Service::EventBridge,
    Service::CloudWatch,
    Service::SageMaker,
];

#[derive(Debug)]
struct Row {
    assumption: Assumption,
    outcome: Outcome,
    took: Duration,
}

#[derive(Debug)]
pub struct Report(Vec<Row>);

impl Report {
    /// Services side by side; one service's assumptions one after the other, because rate limits are low.
    pub async fn of(bench: &Bench, only: &str) -> Self {
        let services = SERVICES.iter().map(|service| one_service(bench, *service, only));
        Self(join_all(services).await.into_iter().flatten().collect())
    }

    pub fn all_hold(&self, engine: Option<&str>) -> bool {
        self.0.iter().all(|row| row.is_in_order(engine))
    }

    /// Every assumption with its result; in brief only those that want a look.
    pub fn details(&self, engine: Option<&str>, brief: bool) -> String {
        let rows = self.0.iter();
        let wanted = rows.filter(|row| !brief || matches!(row.outcome, Err(Trouble::DoesNotHold(_))));
        let told: Vec<String> = wanted.map(|row| row.told(engine)).collect();
        told.join("\n")
    }

    /// How many of each service's came out how.
    pub fn table(&self, engine: Option<&str>) -> String {
        let columns = RESULTS.map(|result| format!("{result:>17}")).concat();
        let mut lines = vec![format!("{:12}{columns}", "")];
        for service in SERVICES {
            let count = |result| {
                let rows = self.0.iter().filter(|row| row.assumption.service == service);
                rows.filter(|row| row.result(engine) == result).count()
            };
            let counts = RESULTS.map(count);
            if counts.iter().sum::<usize>() > 0 {
                let counts = counts.map(|count| format!("{count:>17}")).concat();
                lines.push(format!("{:12}{counts}", format!("{service:?}")));
            }
        }
        lines.join("\n")
    }
}

const HOLDS: &str = "holds";
const DOES_NOT_HOLD: &str = "DOES NOT HOLD";
const DEVIATES: &str = "known deviation";
const NOT_OFFERED: &str = "not offered here";
const NEEDS: &str = "not asked";
const RESULTS: [&str; 5] = [HOLDS, DOES_NOT_HOLD, DEVIATES, NOT_OFFERED, NEEDS];

impl Row {
    fn result(&self, engine: Option<&str>) -> &'static str {
        match &self.outcome {
            Ok(_) => HOLDS,
            Err(Trouble::DoesNotHold(_)) if deviations::find(engine, self.assumption.name).is_some() => DEVIATES,
            Err(Trouble::DoesNotHold(_)) => DOES_NOT_HOLD,
            Err(Trouble::NotOffered(_)) => NOT_OFFERED,
            Err(Trouble::Needs(_)) => NEEDS,
        }
    }

    /// A deviation that is gone must leave the list, or the list says nothing.
    fn is_in_order(&self, engine: Option<&str>) -> bool {
        let known = deviations::find(engine, self.assumption.name).is_some();
        match self.outcome {
            Ok(_) => !known,
            Err(Trouble::DoesNotHold(_)) => known,
            Err(_) => true,
        }
    }

    fn told(&self, engine: Option<&str>) -> String {
        let Assumption { name, says, source, .. } = self.assumption;
        let remark = match &self.outcome {
            Ok(seen) => seen.clone(),
            Err(Trouble::DoesNotHold(reason) | Trouble::NotOffered(reason)) => reason.clone(),
            Err(Trouble::Needs(what)) => format!("needs {what}"),
        };
        let remark = match deviations::find(engine, name) {
            Some(known) if self.outcome.is_ok() => {
                format!("{remark} (a known deviation that is gone: {})", known.reason)
            }
            Some(known) => format!("{remark} ({})", known.reason),
            None => remark,
        };
        let source = match source {
            Source::Documented(page) => page,
            Source::Undocumented => "not documented",
        };
        let took = self.took.as_secs_f64();
        let seen = if remark.is_empty() {
            String::new()
        } else {
            format!("\n    seen: {remark}")
        };
        format!(
            "{:17} {name} ({took:.1} s)\n    {says} [{source}]{seen}",
            self.result(engine)
        )
    }
}

async fn one_service(bench: &Bench, service: Service, only: &str) -> Vec<Row> {
    let assumptions = assumptions::all().filter(|one| one.service == service && one.name.contains(only));
    let assumptions: Vec<Assumption> = assumptions.collect();
    let mut rows = Vec::new();
    if assumptions.is_empty() {
        return rows;
    }
    let there = assumptions::is_there(bench, service).await;
    for assumption in assumptions {
        let began = Instant::now();
        let outcome = match &there {
            Ok(()) => (assumption.trial)(bench).await,
            Err(trouble) => Err(trouble.clone()),
        };
        rows.push(Row {
            assumption,
            outcome,
            took: began.elapsed(),
        });
    }
    rows
}
