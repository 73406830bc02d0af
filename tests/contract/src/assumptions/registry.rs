//! SageMaker's model registry and its models: numbers, states, names.

use aws_sdk_sagemaker::types::{
    InferenceSpecification, ModelApprovalStatus, ModelPackageContainerDefinition, ModelPackageSortBy, SortOrder,
};
use windsock_effects_sagemaker::NewModel;

use crate::{
    assumption::{
        Assumption, Outcome,
        Service::SageMaker,
        Source::{Documented, Undocumented},
        Trouble, expect, refused,
    },
    assumptions::objects::bucket,
    bench::Bench,
    made::Made,
};

pub const ALL: &[Assumption] = &[
    Assumption {
        name: "sagemaker/group-name-in-use",
        service: SageMaker,
        says: "CreateModelPackageGroup with a name in use is refused with ValidationException and the words already exists.",
        source: Undocumented,
        trial: |bench| Box::pin(group_in_use(bench)),
    },
    Assumption {
        name: "sagemaker/versions-count-up",
        service: SageMaker,
        says: "Versions of a group are numbered 1, 2, 3; a deleted version's number is not used again.",
        source: Undocumented,
        trial: |bench| Box::pin(count_up(bench)),
    },
    Assumption {
        name: "sagemaker/version-order",
        service: SageMaker,
        says: "ListModelPackages of a group by CreationTime, Descending, has the newest version first.",
        source: Documented("SageMaker API Reference, ListModelPackages"),
        trial: |bench| Box::pin(version_order(bench)),
    },
    Assumption {
        name: "sagemaker/same-status",
        service: SageMaker,
        says: "UpdateModelPackage to the approval status that a version has already is accepted.",
        source: Undocumented,
        trial: |bench| Box::pin(same_status(bench)),
    },
    Assumption {
        name: "sagemaker/version-missing",
        service: SageMaker,
        says: "DescribeModelPackage of a version that is not there is refused in words that our client knows.",
        source: Undocumented,
        trial: |bench| Box::pin(version_missing(bench)),
    },
    Assumption {
        name: "sagemaker/model-needs-approval",
        service: SageMaker,
        says: "CreateModel from a version that is not Approved is refused.",
        source: Undocumented,
        trial: |bench| Box::pin(needs_approval(bench)),
    },
    Assumption {
        name: "sagemaker/model-name-in-use",
        service: SageMaker,
        says: "CreateModel with a name in use is refused with ValidationException and the words already existing.",
        source: Undocumented,
        trial: |bench| Box::pin(model_in_use(bench)),
    },
];

async fn group(bench: &Bench) -> Result<String, Trouble> {
    let name = bench.name();
    bench.will_make(Made::Group(name.clone()));
    let create = bench
        .sagemaker
        .create_model_package_group()
        .model_package_group_name(&name);
    create.send().await?;
    Ok(name)
}

/// A version of a group, by its ARN; its artefact exists, and holds nothing.
async fn version(bench: &Bench, group: &str) -> Result<String, Trouble> {
    let (bucket, image) = (bucket(bench).await?, bench.image()?);
    let key = "model/model.tar.gz";
    bench.s3.put_object().bucket(bucket).key(key).send().await?;
    let container = ModelPackageContainerDefinition::builder()
        .image(image)
        .model_data_url(format!("s3://{bucket}/{key}"));
    let spec = InferenceSpecification::builder().containers(container.build());
    let spec = spec
        .supported_content_types("text/csv")
        .supported_response_mime_types("text/csv")
        .build();
    let create = bench
        .sagemaker
        .create_model_package()
        .model_package_group_name(group)
        .inference_specification(spec);
    let create = create.model_approval_status(ModelApprovalStatus::PendingManualApproval);
    let answer = create.send().await?;
    let arn = answer.model_package_arn().unwrap_or_default().to_owned();
    bench.will_make(Made::Version(arn.clone()));
    Ok(arn)
}

async fn approve(bench: &Bench, version: &str) -> Result<(), Trouble> {
    let update = bench.sagemaker.update_model_package().model_package_arn(version);
    update
        .model_approval_status(ModelApprovalStatus::Approved)
        .send()
        .await?;
    Ok(())
}

async fn group_in_use(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let again = bench
        .sagemaker
        .create_model_package_group()
        .model_package_group_name(&group)
        .send()
        .await;
    let refusal = refused(again, &["ValidationException"])?;
    let says = refusal.message.to_lowercase().contains("already exists");
    expect(says, || refusal.remark())?;
    Ok(refusal.remark())
}

fn number(arn: &str) -> u32 {
    arn.rsplit('/')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

async fn count_up(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let (first, second) = (version(bench, &group).await?, version(bench, &group).await?);
    bench
        .sagemaker
        .delete_model_package()
        .model_package_name(&second)
        .send()
        .await?;
    let third = version(bench, &group).await?;
    let numbers = [number(&first), number(&second), number(&third)];
    expect(numbers == [1, 2, 3], || format!("{numbers:?}"))?;
    Ok(String::new())
}

async fn version_order(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let versions = [version(bench, &group).await?, version(bench, &group).await?];
    let list = bench.sagemaker.list_model_packages().model_package_group_name(&group);
    let list = list
        .sort_by(ModelPackageSortBy::CreationTime)
        .sort_order(SortOrder::Descending);
    let answer = list.send().await?;
    let summaries = answer.model_package_summary_list();
    let seen: Vec<u32> = summaries
        .iter()
        .filter_map(|one| one.model_package_arn())
        .map(number)
        .collect();
    let wanted: Vec<u32> = versions.iter().rev().map(|arn| number(arn)).collect();
    expect(seen == wanted, || format!("{seen:?}, not {wanted:?}"))?;
    Ok(String::new())
}

async fn same_status(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let version = version(bench, &group).await?;
    for _ in 0..2 {
        approve(bench, &version).await?;
    }
    let described = bench
        .sagemaker
        .describe_model_package()
        .model_package_name(&version)
        .send()
        .await?;
    let status = described.model_approval_status().cloned();
    expect(status == Some(ModelApprovalStatus::Approved), || format!("{status:?}"))?;
    Ok(String::new())
}

async fn version_missing(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let version = version(bench, &group).await?;
    bench
        .sagemaker
        .delete_model_package()
        .model_package_name(&version)
        .send()
        .await?;
    let describe = bench
        .sagemaker
        .describe_model_package()
        .model_package_name(&version)
        .send()
        .await;
    let refusal = refused(describe, &["ValidationException", "ResourceNotFound"])?;
    expect(bench.ours.describe_version(&version).await?.is_none(), || {
        "our client finds it".into()
    })?;
    Ok(refusal.remark())
}

fn model(bench: &Bench, version: &str) -> Result<NewModel, Trouble> {
    let name = bench.name();
    bench.will_make(Made::Model(name.clone()));
    Ok(NewModel {
        name,
        version_arn: version.to_owned(),
        role_arn: bench.role()?.to_owned(),
        network_isolation: true,
        vpc: None,
    })
}

async fn create(bench: &Bench, model: &NewModel) -> Result<crate::assumption::Refusal, Trouble> {
    let container = aws_sdk_sagemaker::types::ContainerDefinition::builder().model_package_name(&model.version_arn);
    let create = bench
        .sagemaker
        .create_model()
        .model_name(&model.name)
        .execution_role_arn(&model.role_arn);
    refused(
        create.primary_container(container.build()).send().await,
        &["ValidationException"],
    )
}

async fn needs_approval(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let model = model(bench, &version(bench, &group).await?)?;
    Ok(create(bench, &model).await?.remark())
}

async fn model_in_use(bench: &Bench) -> Outcome {
    let group = group(bench).await?;
    let version = version(bench, &group).await?;
    approve(bench, &version).await?;
    let model = model(bench, &version)?;
    bench.ours.create_model(&model).await?;
    let refusal = create(bench, &model).await?;
    // Our client takes it for done.
    bench.ours.create_model(&model).await?;
    expect(refusal.message.to_lowercase().contains("already existing"), || {
        refusal.remark()
    })?;
    Ok(refusal.remark())
}
