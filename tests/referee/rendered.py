"""The two pipelines of a project, built with the SageMaker Python SDK: what pipelines.py compares our definitions with.

Written in the SDK's own words from what the pipelines are for.
"""

import json

# First, because it silences what the SDK says while it is imported.
from sdk import CONTAINER, GROUP, JOBS_IMAGE, JOBS_ROLE, MANIFEST, NO_CACHE, SLOT
from sdk import analyzer_environment, frozen, given, job_retries, jobs, output_of, step_retry, written

from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.model_monitor import DatasetFormat
from sagemaker.processing import Processor
from sagemaker.transformer import Transformer
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep


class Renderer:
    """One project's steps. Everything that a step could leave to a default is said."""

    def __init__(self, session, project):
        self.session, self.project = session, project

    def processing(self, name, inputs, outputs, image=JOBS_IMAGE, environment=None, files=None, after=None):
        project = self.project
        processor = Processor(
            role=JOBS_ROLE,
            image_uri=image,
            instance_count=1,
            instance_type=project.instance,
            volume_kms_key=project.kms,
            output_kms_key=project.kms,
            max_runtime_in_seconds=project.max_runtime_s,
            env=environment,
            tags=project.tag_list,
            network_config=project.network,
            sagemaker_session=self.session,
        )
        arguments = processor.run(inputs=inputs, outputs=outputs, arguments=[name.lower()])
        extras = {"property_files": files, "depends_on": after, "cache_config": NO_CACHE}
        return ProcessingStep(name, step_args=arguments, retry_policies=job_retries(), **extras)

    def pipeline(self, kind, steps):
        pipeline = Pipeline(
            f"windsock-flight-delay-{kind}",
            parameters=[SLOT, MANIFEST],
            pipeline_experiment_config=None,
            steps=steps,
            sagemaker_session=self.session,
        )
        return json.loads(pipeline.definition())

    def training(self):
        outputs = ["train", "validation", "holdout", "features", "report"]
        preprocess = self.processing(
            "Preprocess",
            [given("manifest", MANIFEST), frozen("training", "objects", "objects.manifest")],
            [written(name, f"preprocess/{name}") for name in outputs],
        )
        dataset = "baseline_dataset_input"
        baseline = self.processing(
            "Baseline",
            [given(dataset, output_of(preprocess, "features"))],
            [written("monitoring_output", "baseline", at=f"{CONTAINER}/output")],
            environment=analyzer_environment(f"{CONTAINER}/input/{dataset}"),
        )
        train = self.train(preprocess)
        model = train.properties.ModelArtifacts.S3ModelArtifacts
        report = PropertyFile("EvaluationReport", "evaluation", "evaluation.json")
        evaluate = self.processing(
            "Evaluate",
            [
                given("manifest", MANIFEST),
                given("challenger", model),
                frozen("training", "champion", "champion.manifest"),
                given("holdout", output_of(preprocess, "holdout")),
                given("report", output_of(preprocess, "report")),
            ],
            [written("evaluation", "evaluate", at=f"{CONTAINER}/output")],
            image=self.project.image,
            files=[report],
            after=[baseline],
        )
        told = lambda path: JsonGet(step_name="Evaluate", property_file=report, json_path=path)
        accepted = ConditionStep(
            "Accepted",
            conditions=[ConditionGreaterThanOrEqualTo(told("accepted"), 1.0)],
            if_steps=[self.register(model, baseline, evaluate, told("approval_status"))],
        )
        return self.pipeline("training", [preprocess, baseline, train, evaluate, accepted])

    def train(self, preprocess):
        project = self.project
        own_trainer = project.image == JOBS_IMAGE
        shown = [(part, metric) for metric in project.metrics_shown for part in ("train", "validation")]
        number = r"([-+]?[0-9]*\.?[0-9]+)"
        estimator = Estimator(
            image_uri=project.image,
            role=JOBS_ROLE,
            instance_count=1,
            instance_type=project.instance,
            volume_kms_key=project.kms,
            output_kms_key=project.kms,
            max_run=project.max_runtime_s,
            output_path=jobs("train"),
            subnets=project.subnets,
            security_group_ids=project.security_groups,
            enable_network_isolation=project.isolated,
            hyperparameters={**project.hyperparameters, "objective_metric": project.metric},
            metric_definitions=[
                {"Name": f"{part}:{metric}", "Regex": f"{part}-{metric}={number}"} for part, metric in shown
            ]
            if own_trainer
            else None,
            tags=project.tag_list,
            disable_profiler=True,
            debugger_hook_config=False,
            sagemaker_session=self.session,
        )

        def channel(output, content):
            more = {"compression": "None", "record_wrapping": "None", "input_mode": "File"}
            return TrainingInput(output_of(preprocess, output), content_type=content, **more)

        channels = {
            "train": channel("train", "text/csv"),
            "validation": channel("validation", "text/csv"),
            "schema": channel("report", "application/json"),
        }
        arguments = estimator.fit(channels)
        return TrainingStep("Train", step_args=arguments, cache_config=NO_CACHE, retry_policies=job_retries())

    def register(self, artifact, baseline, evaluate, approval):
        project = self.project
        source = lambda step, output, file: MetricsSource(
            "application/json", Join(on="/", values=[output_of(step, output), file])
        )
        statistics, constraints = (source(baseline, "monitoring_output", f"{it}.json") for it in ("statistics", "constraints"))
        model = Model(image_uri=project.image, model_data=artifact, role=JOBS_ROLE, sagemaker_session=self.session)
        arguments = model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=[project.instance],
            transform_instances=[project.instance],
            model_package_group_name=GROUP,
            model_metrics=ModelMetrics(
                model_statistics=source(evaluate, "evaluation", "evaluation.json"),
                model_data_statistics=statistics,
                model_data_constraints=constraints,
            ),
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=statistics, model_data_constraints=constraints
            ),
            approval_status=approval,
            description="Trained by Windsock for the project flight-delay",
            customer_metadata_properties={"windsock-slot": SLOT, "windsock-project": "flight-delay"},
            domain="MACHINE_LEARNING",
            task="REGRESSION" if project.metric in ("rmse", "mae") else "CLASSIFICATION",
            skip_model_validation="None",
        )
        return ModelStep("Register", step_args=arguments, retry_policies=[step_retry()])

    def inference(self):
        report = PropertyFile("PreparedReport", "report", "prepared.json")
        prepare = self.processing(
            "Prepare",
            [
                given("manifest", MANIFEST),
                frozen("inference", "objects", "objects.manifest"),
                frozen("inference", "champion", "champion.manifest"),
            ],
            [written(name, f"prepare/{name}") for name in ("input", "features", "report")],
            files=[report],
        )
        transform = self.transform(prepare, report)
        monitor = self.quality_check(prepare, transform) if self.project.analyzer else self.monitor(prepare, transform)
        return self.pipeline("inference", [prepare, transform, monitor])

    def transform(self, prepare, report):
        project = self.project
        transformer = Transformer(
            model_name=JsonGet(step_name="Prepare", property_file=report, json_path="model_name"),
            instance_count=1,
            instance_type=project.instance,
            strategy="MultiRecord",
            assemble_with="Line",
            accept="text/csv",
            max_concurrent_transforms=1,
            max_payload=6,
            output_path=jobs("predictions"),
            output_kms_key=project.kms,
            volume_kms_key=project.kms,
            tags=project.tag_list,
            sagemaker_session=self.session,
        )
        arguments = transformer.transform(
            output_of(prepare, "input"),
            data_type="S3Prefix",
            content_type="text/csv",
            compression_type="None",
            split_type="Line",
            input_filter=f"$[{project.excluded}:]" if project.excluded else "$",
            output_filter="$",
            join_source="Input",
        )
        return TransformStep("Transform", step_args=arguments, cache_config=NO_CACHE, retry_policies=job_retries())

    def monitor(self, prepare, transform):
        at = f"{CONTAINER}/baseline"
        environment = {
            **analyzer_environment(f"{CONTAINER}/input/data"),
            "baseline_statistics": f"{at}/baseline/statistics.json",
            "baseline_constraints": f"{at}/baseline/constraints.json",
            "WINDSOCK_MONITOR": json.dumps(self.project.monitor),
        }
        return self.processing(
            "Monitor",
            [given("data", output_of(prepare, "features")), frozen("inference", "baseline", "champion.manifest", at)],
            [written("monitoring_output", "monitor", at=f"{CONTAINER}/output")],
            environment=environment,
            after=[transform],
        )

    def quality_check(self, prepare, transform):
        project = self.project
        job = CheckJobConfig(
            role=JOBS_ROLE,
            instance_type=project.instance,
            volume_kms_key=project.kms,
            output_kms_key=project.kms,
            max_runtime_in_seconds=project.max_runtime_s,
            tags=project.tag_list,
            network_config=project.network,
            sagemaker_session=self.session,
        )
        dataset, form = output_of(prepare, "features"), DatasetFormat.csv(header=True)
        config = DataQualityCheckConfig(dataset, form, output_s3_uri=jobs("monitor"))
        return QualityCheckStep(
            "Monitor",
            quality_check_config=config,
            check_job_config=job,
            skip_check=False,
            fail_on_violation=False,
            register_new_baseline=False,
            model_package_group_name=GROUP,
            cache_config=NO_CACHE,
            depends_on=[transform],
        )
