//! Versions of the registry: pending ones want a person, rejected ones are told.

use serde_json::Value;
use windsock_decisions::{
    Reason, layout,
    letters::{ApprovalWanted, Rejected},
    notify::About,
    pipelines::SLOT_PROPERTY,
    state::Evaluation,
};
use windsock_events::{ModelPackage, status::Approval};

use crate::{
    Aws,
    observe::{champion, read},
};

pub async fn changed(
    aws: &Aws,
    project: &str,
    version: &ModelPackage,
    event: &Value,
) -> anyhow::Result<Result<Vec<About>, Reason>> {
    // Every stamp on a version is an event too; only its creation and a decision are news.
    let decided =
        version.updated_fields.is_empty() || version.updated_fields.iter().any(|f| f == "ModelApprovalStatus");
    if !decided {
        return Ok(Err(Reason::NotOurs));
    }
    let champion = champion(aws, project).await?.and_then(|record| record.champion);
    match version.approval_status {
        Approval::PendingManualApproval => {
            if champion
                .as_ref()
                .is_some_and(|champion| champion.version == version.version)
            {
                return Ok(Err(Reason::AlreadyChampion));
            }
            let evaluation = match slot(project, event) {
                Some(slot) => read::<Evaluation>(aws, &layout::evaluation(project, &slot)).await?,
                None => None,
            };
            let (version, arn) = (version.version, version.arn.clone());
            Ok(Ok(vec![About::ApprovalWanted(ApprovalWanted {
                version,
                arn,
                evaluation,
                champion,
            })]))
        }
        Approval::Rejected => {
            let (version, arn) = (version.version, version.arn.clone());
            Ok(Ok(vec![About::Rejected(Rejected { version, arn, champion })]))
        }
        // An approval becomes a letter when it becomes a promotion.
        _ => Ok(Err(Reason::NotOurs)),
    }
}

/// The slot of the run that made the version: from its metadata, or from where its artefact lies.
fn slot(project: &str, event: &Value) -> Option<String> {
    let detail = &event["detail"];
    let stamped = detail["CustomerMetadataProperties"][SLOT_PROPERTY]
        .as_str()
        .map(str::to_owned);
    let artefact = || {
        let uri = detail["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].as_str()?;
        let (_, rest) = uri.split_once(&format!("/jobs/{project}/"))?;
        rest.split('/').next().map(str::to_owned)
    };
    let slot = stamped.or_else(artefact)?;
    (slot.len() == 64 && slot.bytes().all(|b| b.is_ascii_hexdigit())).then_some(slot)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_slot_comes_from_the_metadata_or_from_the_artefact() {
        let id = "ab".repeat(32);
        let stamped = json!({ "detail": { "CustomerMetadataProperties": { "windsock-slot": id } } });
        assert_eq!(slot("flight-delay", &stamped), Some(id.clone()));
        let uri = format!("s3://work/jobs/flight-delay/{id}/train/pipelines-x-Train-y/output/model.tar.gz");
        let artefact = json!({ "detail": { "InferenceSpecification": { "Containers": [{ "ModelDataUrl": uri }] } } });
        assert_eq!(slot("flight-delay", &artefact), Some(id));
        let foreign = json!({ "detail": { "CustomerMetadataProperties": { "windsock-slot": "../../x" } } });
        assert_eq!(slot("flight-delay", &foreign), None);
        assert_eq!(slot("flight-delay", &json!({})), None);
    }
}
