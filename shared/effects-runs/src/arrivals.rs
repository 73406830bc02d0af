//! What lies under a project's prefix in the data bucket.

use windsock_decisions::{
    layout,
    runs::{Arrivals, Seen},
};
use windsock_effects_s3::Store;
use windsock_events::facts::PipelineKind;

/// The project's arrivals, without the empty objects that consoles make for folders.
pub async fn arrivals(data: &Store, kind: PipelineKind, project: &str) -> anyhow::Result<Arrivals> {
    let listing = data.list(&layout::arrivals(kind, project), layout::OBJECTS_MAX).await?;
    let objects = listing.objects.iter().filter(|object| !object.is_folder_marker());
    let seen = objects.map(|object| Seen {
        arrival: object.arrival(),
        at: object.last_modified,
    });
    Ok(Arrivals {
        seen: seen.collect(),
        more: listing.more,
    })
}
