//! Links into the AWS console.

use super::outside::identifier;
use super::places::Place;

fn console(place: &Place) -> String {
    let domain = match place.partition.as_str() {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{}.{domain}", place.region)
}

/// A version in SageMaker's model registry.
pub(super) fn model_package(place: &Place, arn: &str) -> String {
    format!(
        "{}/sagemaker/home?region={}#/model-packages/{}",
        console(place),
        place.region,
        identifier(arn)
    )
}

/// The log of a job. The console wants `/` and `=` encoded twice, with a dollar sign in place of the percent sign.
pub(super) fn log(place: &Place, group: &str, stream_prefix: &str) -> String {
    format!(
        "{}/cloudwatch/home?region={}#logsV2:log-groups/log-group/{}$3FlogStreamNameFilter$3D{stream_prefix}",
        console(place),
        place.region,
        group.replace('/', "$252F"),
    )
}
