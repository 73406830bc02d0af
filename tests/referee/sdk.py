"""The SageMaker Python SDK, taught the words that all our steps share: a project, its places in S3, retries, and a session
that can render and do nothing else. rendered.py builds the steps of them.
"""

import dataclasses
import json
import logging
import os
import socket
import unittest.mock
import warnings

# Nothing of the caller's AWS.
for variable in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[variable]
os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
# "Popping out 'ProcessingJobName'", for every step.
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

import boto3
from sagemaker.network import NetworkConfig
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig

REGION = "us-east-1"
JOBS_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/windsock-jobs:0.1.0"
JOBS_ROLE = "arn:aws:iam::111122223333:role/windsock-flight-delay-jobs"
GROUP = "windsock-flight-delay"
WORK = "s3://windsock-work-111122223333-us-east-1"
CONTAINER = "/opt/ml/processing"
SLOT = ParameterString("slot")
MANIFEST = ParameterString("manifest")
MONITOR = {"method": "robust", "threshold": 0.1, "min_rows": 1000, "columns": {}, "engine": "windsock"}
NO_CACHE = CacheConfig(enable_caching=False, expire_after="P1D")


@dataclasses.dataclass
class Project:
    """What project.yaml may say about a definition, with its defaults."""

    excluded: int = 0
    image: str = JOBS_IMAGE
    metric: str = "auc"
    hyperparameters: dict = dataclasses.field(default_factory=dict)
    metrics_shown: tuple = ("auc", "logloss", "accuracy")
    monitor: dict = dataclasses.field(default_factory=lambda: MONITOR)
    analyzer: bool = False
    instance: str = "ml.m5.large"
    max_runtime_s: int = 3600
    subnets: list | None = None
    security_groups: list | None = None
    kms: str | None = None
    isolated: bool = True
    tags: dict = dataclasses.field(default_factory=dict)

    @property
    def tag_list(self):
        return [{"Key": key, "Value": value} for key, value in self.tags.items()] or None

    @property
    def network(self):
        return NetworkConfig(self.isolated, self.security_groups, self.subnets)


def offline_session():
    """A session that renders and cannot do anything else, and the list of what asked for a connection all the same."""
    asked = []

    def refuse(place, *_):
        asked.append(place)
        raise OSError(f"a pipeline is rendered without a connection to {place}")

    for function in ("getaddrinfo", "create_connection"):
        unittest.mock.patch.object(socket, function, refuse).start()
    unittest.mock.patch.object(socket.socket, "connect", lambda _socket, place: refuse(place)).start()
    # The SDK tells AWS what it is used for.
    unittest.mock.patch("sagemaker.telemetry.telemetry_logging._send_telemetry_request").start()
    # Parts of the SDK make clients of their own, which would look for credentials on the network.
    boto3.setup_default_session(region_name=REGION, aws_access_key_id="nobody", aws_secret_access_key="nobody")
    # Given a configuration, it reads none of this machine's; but it would check the given one again for every default.
    configuration = {"SchemaVersion": "1.0"}
    session = PipelineSession(boto3.DEFAULT_SESSION, default_bucket="unused", sagemaker_config=configuration)
    session.sagemaker_config = {}
    return session, asked


def job_retries():
    job = SageMakerJobExceptionTypeEnum
    return [
        step_retry(),
        SageMakerJobStepRetryPolicy([job.RESOURCE_LIMIT], interval_seconds=60, expire_after_mins=120),
        SageMakerJobStepRetryPolicy([job.INTERNAL_ERROR, job.CAPACITY_ERROR], interval_seconds=30, max_attempts=5),
    ]


def step_retry():
    types = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
    return StepRetryPolicy(types, interval_seconds=10, max_attempts=6)


def of_slot(before, *after):
    return Join(on="/", values=[f"{WORK}/{before}", SLOT, *after])


def jobs(below):
    return of_slot("jobs/flight-delay", below)


def output_of(step, name):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def given(name, source, data_type="S3Prefix", at=None):
    path = at or f"{CONTAINER}/input/{name}"
    return ProcessingInput(source, path, name, s3_data_type=data_type, s3_input_mode="File")


def frozen(kind, name, file, at=None):
    """A list that the function wrote before it started the run."""
    return given(name, of_slot(f"state/flight-delay/runs/{kind}", file), "ManifestFile", at)


def written(name, below, at=None):
    return ProcessingOutput(at or f"{CONTAINER}/output/{name}", jobs(below), name)


def analyzer_environment(dataset):
    return {
        "dataset_format": json.dumps({"csv": {"header": True}}),
        "dataset_source": dataset,
        "output_path": f"{CONTAINER}/output",
        "publish_cloudwatch_metrics": "Disabled",
    }
