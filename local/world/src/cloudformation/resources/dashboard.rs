//! CloudWatch dashboards.

use serde_json::json;

use super::{Kind, Maker, Properties};
use crate::{
    ApiError,
    cloudformation::stack::{Held, Made},
};

pub(super) const DASHBOARD: Kind = Kind {
    name: "AWS::CloudWatch::Dashboard",
    known: &["DashboardName", "DashboardBody"],
    fixed: &["DashboardName"],
    put,
    delete,
};

/// PutDashboard makes and changes alike.
fn put(maker: &mut Maker<'_>, properties: &Properties<'_>, before: Option<&Held>) -> Result<Made, ApiError> {
    let name = match before {
        Some(held) => held.made.physical_id.clone(),
        None => maker.name(properties.text("DashboardName")?),
    };
    let body = properties.required_text("DashboardBody")?;
    let input = json!({ "DashboardName": name, "DashboardBody": body });
    maker.call("cloudwatch", "PutDashboard", &input)?;
    Ok(Made::named(&name))
}

fn delete(maker: &mut Maker<'_>, held: &Held) -> Result<(), ApiError> {
    let input = json!({ "DashboardNames": [held.made.physical_id] });
    maker.call("cloudwatch", "DeleteDashboards", &input).map(|_| ())
}
