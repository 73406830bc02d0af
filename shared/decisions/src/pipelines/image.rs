//! Which image a step runs: the built-in jobs, the project's own, or Amazon's analyzer.

use super::Platform;
use crate::Project;

/// What trains, evaluates and serves the model. A project's own image does all three, because nobody else can read
/// its artefact.
pub fn model_image<'a>(project: &'a Project, platform: &'a Platform) -> &'a str {
    match project.training.image.as_str() {
        "windsock" => &platform.jobs_image,
        own => own,
    }
}

/// The registry accounts of Amazon's Model Monitor analyzer.
const ANALYZER_ACCOUNTS: [(&str, &str); 28] = [
    ("af-south-1", "875698925577"),
    ("ap-east-1", "001633400207"),
    ("ap-northeast-1", "574779866223"),
    ("ap-northeast-2", "709848358524"),
    ("ap-northeast-3", "990339680094"),
    ("ap-south-1", "126357580389"),
    ("ap-southeast-1", "245545462676"),
    ("ap-southeast-2", "563025443158"),
    ("ap-southeast-3", "669540362728"),
    ("ca-central-1", "536280801234"),
    ("cn-north-1", "453000072557"),
    ("cn-northwest-1", "453252182341"),
    ("eu-central-1", "048819808253"),
    ("eu-central-2", "590183933784"),
    ("eu-north-1", "895015795356"),
    ("eu-south-1", "933208885752"),
    ("eu-south-2", "437450045455"),
    ("eu-west-1", "468650794304"),
    ("eu-west-2", "749857270468"),
    ("eu-west-3", "680080141114"),
    ("il-central-1", "843974653677"),
    ("me-central-1", "588750061953"),
    ("me-south-1", "607024016150"),
    ("sa-east-1", "539772159869"),
    ("us-east-1", "156813124566"),
    ("us-east-2", "777275614652"),
    ("us-west-1", "890145073186"),
    ("us-west-2", "159807026194"),
];

/// Amazon's analyzer in a region, for `monitor.engine: sagemaker`; none where it is not offered, and then the
/// definition keeps our own engine.
pub fn analyzer_image(region: &str) -> Option<String> {
    let (_, account) = ANALYZER_ACCOUNTS.iter().find(|(known, _)| *known == region)?;
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Some(format!(
        "{account}.dkr.ecr.{region}.{domain}/sagemaker-model-monitor-analyzer"
    ))
}
