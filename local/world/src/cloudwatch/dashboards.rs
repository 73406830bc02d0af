//! Dashboards: kept and given back. Nobody draws them here; that a body is what CloudWatch can read is checked.

use serde_json::{Value, json};

use super::{invalid, missing};
use crate::{
    ApiError, Millis, World,
    input::{Members, seconds},
};

const WIDGETS_MAX: usize = 500;

#[derive(Debug, Clone)]
pub(super) struct Dashboard {
    body: String,
    modified_at: Millis,
}

impl World {
    pub(super) fn put_dashboard(&mut self, members: Members) -> Result<Value, ApiError> {
        let members = members.only(&["DashboardName", "DashboardBody", "Tags"])?;
        let name = members.text("DashboardName")?.ok_or_else(|| missing("DashboardName"))?;
        let body = members.text("DashboardBody")?.ok_or_else(|| missing("DashboardBody"))?;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 255 || !name.chars().all(legal) {
            return Err(invalid(format!("DashboardName {name} must be 1 to 255 of A-Za-z0-9-_")));
        }
        check(body).map_err(|why| ApiError::new(400, "InvalidParameterInput", why))?;
        let dashboard = Dashboard {
            body: body.to_owned(),
            modified_at: self.now,
        };
        self.cloudwatch.dashboards.insert(name.to_owned(), dashboard);
        Ok(json!({ "DashboardValidationMessages": [] }))
    }

    pub(super) fn get_dashboard(&self, members: Members) -> Result<Value, ApiError> {
        let name = members.text("DashboardName")?.ok_or_else(|| missing("DashboardName"))?;
        let dashboard = self
            .cloudwatch
            .dashboards
            .get(name)
            .ok_or_else(|| no_such_dashboard(name))?;
        Ok(json!({
            "DashboardArn": self.dashboard_arn(name),
            "DashboardBody": dashboard.body,
            "DashboardName": name,
        }))
    }

    pub(super) fn list_dashboards(&self, members: Members) -> Result<Value, ApiError> {
        let prefix = members.text("DashboardNamePrefix")?.unwrap_or_default();
        let dashboards = self
            .cloudwatch
            .dashboards
            .iter()
            .filter(|(name, _)| name.starts_with(prefix));
        let shown = |(name, dashboard): (&String, &Dashboard)| {
            json!({
                "DashboardName": name,
                "DashboardArn": self.dashboard_arn(name),
                "LastModified": seconds(dashboard.modified_at),
                "Size": dashboard.body.len(),
            })
        };
        Ok(json!({ "DashboardEntries": dashboards.map(shown).collect::<Vec<_>>() }))
    }

    /// All of them or none.
    pub(super) fn delete_dashboards(&mut self, members: Members) -> Result<Value, ApiError> {
        let names = members.texts("DashboardNames")?;
        if let Some(gone) = names
            .iter()
            .find(|name| !self.cloudwatch.dashboards.contains_key(*name))
        {
            return Err(no_such_dashboard(gone));
        }
        self.cloudwatch.dashboards.retain(|name, _| !names.contains(name));
        Ok(json!({}))
    }

    /// Dashboards are the account's, not the region's.
    fn dashboard_arn(&self, name: &str) -> String {
        format!("arn:aws:cloudwatch::{}:dashboard/{name}", self.account())
    }
}

/// A body is JSON with widgets, each of a kind and a place on a grid of 24 columns.
fn check(body: &str) -> Result<(), String> {
    let body: Value =
        serde_json::from_str(body).map_err(|error| format!("The field DashboardBody must be JSON: {error}"))?;
    let widgets = body["widgets"]
        .as_array()
        .ok_or("The field \"widgets\" must be an array")?;
    if widgets.len() > WIDGETS_MAX {
        return Err(format!(
            "A dashboard has at most {WIDGETS_MAX} widgets, not {}",
            widgets.len()
        ));
    }
    for (number, widget) in widgets.iter().enumerate() {
        let kind = widget["type"].as_str().unwrap_or_default();
        if !["text", "metric", "log", "alarm", "explorer", "custom"].contains(&kind) {
            return Err(format!(
                "/widgets/{number}/type is no kind of widget: {}",
                widget["type"]
            ));
        }
        let (x, width) = (widget["x"].as_u64().unwrap_or(0), widget["width"].as_u64().unwrap_or(6));
        if !(1..=24).contains(&width) || x + width > 24 {
            return Err(format!("/widgets/{number} does not fit into 24 columns"));
        }
        if !widget["properties"].is_object() {
            return Err(format!("/widgets/{number}/properties must be an object"));
        }
    }
    Ok(())
}

fn no_such_dashboard(name: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFound", format!("Dashboard {name} does not exist"))
}
