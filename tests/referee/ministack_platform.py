"""Somebody else's AWS takes our platform: the translated template.yaml becomes a whole stack on ministack, and an upload
there starts our own start-training through its S3, EventBridge and SQS.

The upload is of no project, so start-training writes down that it was rejected, and why: that record in S3 is the proof
that the real program ran, with the wiring of the template and nothing else. That this proves anything is shown by templates
broken on purpose, each in one place of that wiring: there the record must not come, or the stack must not.

Usage: python tests/referee/ministack_platform.py <folder of the built programs> <what translated.py prints of template.yaml>
"""

import copy
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from run_ministack import running

REGION, ACCOUNT, STACK = "us-east-1", "000000000000", "windsock"
CODE = "windsock-code"
# Real time on busy cores; the queue gathers for a second, and a cold start of a debug build is slow.
HAPPENS_WITHIN_S = 120
# As many times longer than it took in the well platform is long enough to say that it does not happen.
PATIENCE = 3


class Broken(Exception):
    """The platform does not do what it is for."""


def other_prefix(resources):
    """A rule that waits for objects which nobody puts."""
    pattern = resources["TrainingDataArrivedRule"]["Properties"]["EventPattern"]
    text = json.dumps(pattern)
    assert "training/" in text, pattern
    resources["TrainingDataArrivedRule"]["Properties"]["EventPattern"] = json.loads(text.replace("training/", "trainings/"))


def no_events(resources):
    """A bucket that tells nobody of its objects."""
    del resources["DataBucket"]["Properties"]["NotificationConfiguration"]


def no_mapping(resources):
    """A queue that no function reads."""
    mapped = [name for name, it in resources.items() if it["Type"] == "AWS::Lambda::EventSourceMapping"]
    for name in mapped:
        resources.pop(name)


def no_environment(resources):
    """A function that is not told which buckets are ours."""
    del resources["StartTrainingFunction"]["Properties"]["Environment"]


FAULTS = [other_prefix, no_events, no_mapping, no_environment]


class Clients:
    """botocore's own, bound to one endpoint: nothing here may ever reach AWS itself."""

    def __init__(self, endpoint):
        self.endpoint, self.session = endpoint, botocore.session.Session()

    def __getattr__(self, service):
        return self.session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )


def archive(program):
    """What `cargo lambda build` and an upload make of a program."""
    with tempfile.TemporaryDirectory() as folder:
        bootstrap = pathlib.Path(folder) / "bootstrap"
        shutil.copy(program, bootstrap)
        subprocess.run(["strip", bootstrap], check=True)
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            packed.writestr(entry, bootstrap.read_bytes(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
        return body.getvalue()


def uploaded(aws, programs, template):
    """The template with every function's code in S3, as an upload leaves it; SageMaker's resources are a project's."""
    s3 = aws.s3
    s3.create_bucket(Bucket=CODE)
    resources = template["Resources"]
    assert not [name for name, it in resources.items() if it["Type"].startswith("AWS::SageMaker::")]
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            program = resource["Properties"]["Code"]["S3Key"]
            s3.put_object(Bucket=CODE, Key=f"{program}.zip", Body=archive(programs / program))
            resource["Properties"]["Code"] = {"S3Bucket": CODE, "S3Key": f"{program}.zip"}
    s3.put_object(Bucket=CODE, Key="template.json", Body=json.dumps(template))
    return f"{aws.endpoint}/{CODE}/template.json"


def created(aws, url):
    client = aws.cloudformation
    client.create_stack(StackName=STACK, TemplateURL=url, Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = waited("the stack", lambda: ended(client))
    if stack["StackStatus"] != "CREATE_COMPLETE":
        events = client.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [f"{it['LogicalResourceId']}: {it.get('ResourceStatusReason')}" for it in events if "FAILED" in it["ResourceStatus"]]
        raise Broken(f"the stack is {stack['StackStatus']}: {failed}")
    return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}


def ended(client):
    stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
    return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack


def waited(what, look, within=HAPPENS_WITHIN_S):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise Broken(f"{what} is not there after {within:.0f} s")


def rejection(aws, outputs):
    """The record of our own function, once it is there."""
    listed = aws.s3.list_objects_v2(Bucket=outputs["WorkBucketName"], Prefix="state/rejections/").get("Contents", [])
    if not listed:
        return None
    body = aws.s3.get_object(Bucket=outputs["WorkBucketName"], Key=listed[0]["Key"])["Body"].read()
    return json.loads(body)


def story(endpoint, programs, template, within=HAPPENS_WITHIN_S):
    """What start-training said of an upload of no project, and how long that took."""
    aws = Clients(endpoint)
    outputs = created(aws, uploaded(aws, programs, copy.deepcopy(template)))
    begun = time.monotonic()
    aws.s3.put_object(Bucket=outputs["DataBucketName"], Key="training/nobody/2020.csv", Body=b"a,b\n1,2\n")
    record = waited("start-training's rejection", lambda: rejection(aws, outputs), within)
    assert "training/nobody/2020.csv" in json.dumps(record), record
    return record, time.monotonic() - begun


def must_break(programs, template, fault, within):
    broken = copy.deepcopy(template)
    fault(broken["Resources"])
    try:
        with running() as endpoint:
            record, _ = story(endpoint, programs, broken, within)
    except (Broken, ClientError) as error:
        print(f"ministack: {fault.__doc__} {error}")
    else:
        sys.exit(f"ministack: {fault.__doc__} Nobody noticed: {record}")


def main():
    programs = pathlib.Path(sys.argv[1]).absolute()
    template = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    with running() as endpoint:
        record, took = story(endpoint, programs, template)
    resources = len(template["Resources"])
    print(f"ministack: CREATE_COMPLETE with {resources} resources; an upload started start-training, which said: {record}")
    for fault in FAULTS:
        must_break(programs, template, fault, within=max(10, PATIENCE * took))


if __name__ == "__main__":
    main()
