"""Lets AWS's own clients judge the endpoint: boto3 and the AWS CLI make calls to every service of a running
`windsock up` (or of `cargo run -p windsock-wire --example serve`).

    python tests/referee/wire.py --endpoint http://127.0.0.1:4566

One line per check; the exit status is 1 if any failed. It makes what it needs under names of its own and removes it.
For JSON answers it also compares every member with botocore's model: a misspelt member parses, and is lost.
"""

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")
# Names that a second run may use again, because the first removed them; the time keeps apart what it could not.
NAME = f"referee-{int(time.time())}"
ODD_KEYS = ["a b+c%d.csv", "ünï/日本/🙂", "../up", "a/../b", "q?a=b&c#d", "%2e%2e/x", "'\"<&>"]
PIPELINE = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Parameters": [{"Name": "slot", "Type": "String"}],
    "PipelineExperimentConfig": None,
    "Steps": [{"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": "only described, never run"}}],
}
TEMPLATE = json.dumps({
    "Description": "a queue",
    "Parameters": {"Name": {"Type": "String", "Default": "x"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
})

checks = []


def check(function):
    checks.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_error(code, call, *arguments, **members):
    try:
        call(*arguments, **members)
    except ClientError as error:
        expect(error.response["Error"]["Code"] in code.split("|"), f"{code} expected, not {error}")
        return error
    raise AssertionError(f"{code} expected, but the call succeeded")


class Endpoint:
    """Both clients, bound to one endpoint: nothing here may ever reach AWS itself."""

    def __init__(self, url, key, secret):
        self.url, self.key, self.secret = url, key, secret
        self.session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=REGION)
        self.compared = 0
        self.unknown = []
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, connect_timeout=5)
            client = self.session.client(service, endpoint_url=self.url, config=config)
            client.meta.events.register("after-call.*", self.compare_with_model)
            self.clients[service] = client
        return self.clients[service]

    def compare_with_model(self, http_response, model, **_):
        protocol = model.service_model.metadata["protocol"]
        if protocol in ("json", "rest-json") and http_response.status_code < 300 and model.output_shape:
            if model.has_streaming_output or not http_response.content:
                return
            self.compared += 1
            self.walk(model.name, model.output_shape, json.loads(http_response.content))

    def walk(self, path, shape, value):
        if shape.type_name == "structure" and isinstance(value, dict):
            names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
            for name, inner in value.items():
                if name not in names:
                    self.unknown.append(f"{path}.{name}")
                elif inner is not None:
                    self.walk(f"{path}.{name}", names[name], inner)
        elif shape.type_name == "list" and isinstance(value, list):
            for inner in value:
                self.walk(f"{path}[]", shape.member, inner)
        elif shape.type_name == "map" and isinstance(value, dict):
            for inner in value.values():
                self.walk(f"{path}{{}}", shape.value, inner)

    def cli(self, *arguments, fails=None):
        """Run the AWS CLI. Always with --endpoint-url: version 1 ignores AWS_ENDPOINT_URL for SQS."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
            "PYTHONUTF8": "1",
        }
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        command = [sys.executable, program, "--endpoint-url", self.url, "--output", "json", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        if fails:
            expect(done.returncode != 0 and fails in done.stderr, f"{fails} expected, not {done.stdout}{done.stderr}")
            return None
        expect(done.returncode == 0, f"aws {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        text = done.stdout.strip()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def raw(self, service, body, headers, path="/", key=None):
        """A request made by hand and signed as any client would."""
        request = AWSRequest("POST", self.url + path, data=body, headers=headers)
        SigV4Auth(Credentials(key or self.key, self.secret), service, REGION).add_auth(request)
        request = urllib.request.Request(request.url, data=request.body, headers=dict(request.headers), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@check
def sts_boto3(endpoint):
    who = endpoint.client("sts").get_caller_identity()
    expect(who["Arn"].split(":")[4] == who["Account"], "the ARN names the account")


@check
def sts_cli(endpoint):
    expect(endpoint.cli("sts", "get-caller-identity")["Arn"].startswith("arn:aws"), "an ARN")


@check
def s3_boto3(endpoint):
    s3, bucket = endpoint.client("s3"), NAME
    s3.create_bucket(Bucket=bucket)
    try:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        expect(s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled", "versioning is on")
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
        expect("EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket), "EventBridge")
        how_it_is_kept(s3, bucket)
        put = s3.put_object(Bucket=bucket, Key="a", Body=b"hello", Metadata={"k": "v"}, IfNoneMatch="*")
        expect_error("PreconditionFailed", s3.put_object, Bucket=bucket, Key="a", Body=b"x", IfNoneMatch="*")
        s3.put_object(Bucket=bucket, Key="a", Body=b"hello2", IfMatch=put["ETag"])
        expect_error("PreconditionFailed", s3.put_object, Bucket=bucket, Key="a", Body=b"x", IfMatch=put["ETag"])
        expect(s3.get_object(Bucket=bucket, Key="a", Range="bytes=1-3")["Body"].read() == b"ell", "a range")
        old = s3.get_object(Bucket=bucket, Key="a", VersionId=put["VersionId"])
        expect(old["Body"].read() == b"hello" and old["Metadata"] == {"k": "v"}, "the old version")
        expect_error("NoSuchKey", s3.get_object, Bucket=bucket, Key="none")
        expect_error("404", s3.head_object, Bucket=bucket, Key="none")
        for key in ODD_KEYS:
            s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
            expect(s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode(), key)
        listed = [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": 3}) for item in page.get("Contents", [])]
        expect(listed == sorted(["a", *ODD_KEYS], key=str.encode), f"keys in order, not {listed}")
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": ODD_KEYS[1]})
        large = os.urandom(9 * 1024 * 1024)
        s3.upload_fileobj(io.BytesIO(large), bucket, "large")
        expect("-" in s3.head_object(Bucket=bucket, Key="large")["ETag"], "uploaded in parts")
        back = io.BytesIO()
        s3.download_fileobj(bucket, "large", back)
        expect(back.getvalue() == large, "the large object comes back")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
        with urllib.request.urlopen(url, timeout=10) as answer:
            expect(answer.read() == b"hello2", "a presigned address")
    finally:
        empty(s3, bucket)
        s3.delete_bucket(Bucket=bucket)


def how_it_is_kept(s3, bucket):
    expect_error("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
    tls_only = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(tls_only))
    expect(json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == tls_only, "the policy as it was put")
    s3.delete_bucket_policy(Bucket=bucket)
    block = {name: True for name in (
        "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    expect(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block, "nothing is public")
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    expect(s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == rules, "encrypted")


def empty(s3, bucket):
    versions = s3.list_object_versions(Bucket=bucket)
    every = versions.get("Versions", []) + versions.get("DeleteMarkers", [])
    if every:
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in every]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
        expect(not answer.get("Errors") and len(answer["Deleted"]) == len(objects), "all versions are deleted")


@check
def s3_cli(endpoint):
    bucket = f"{NAME}-cli"
    endpoint.cli("s3", "mb", f"s3://{bucket}")
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large +%ü.bin")
        with open(large, "wb") as file:
            file.write(os.urandom(9 * 1024 * 1024))
        endpoint.cli("s3", "cp", large, f"s3://{bucket}/in/large +%ü.bin", "--no-progress")
        expect("large +%ü.bin" in endpoint.cli("s3", "ls", "--recursive", f"s3://{bucket}"), "listed")
        endpoint.cli("s3", "cp", f"s3://{bucket}/in/large +%ü.bin", f"s3://{bucket}/copy", "--no-progress")
        endpoint.cli("s3", "sync", f"s3://{bucket}", os.path.join(folder, "back"), "--no-progress")
        with open(large, "rb") as one, open(os.path.join(folder, "back", "copy"), "rb") as other:
            expect(one.read() == other.read(), "the copy of the large file comes back")
        put = ["s3api", "put-object", "--bucket", bucket, "--key", "once", "--body", large, "--if-none-match", "*"]
        expect("ETag" in endpoint.cli(*put), "the first conditional put succeeds")
        endpoint.cli(*put, fails="PreconditionFailed")
        got = endpoint.cli("s3api", "get-object", "--bucket", bucket, "--key", "once", os.path.join(folder, "got"))
        expect(got["ContentLength"] == 9 * 1024 * 1024, "all of it")
        keys = endpoint.cli("s3api", "list-objects-v2", "--bucket", bucket)["Contents"]
        expect([item["Key"] for item in keys] == ["copy", "in/large +%ü.bin", "once"], "three objects")
    endpoint.cli("s3", "rb", f"s3://{bucket}", "--force")


@check
def sqs_boto3(endpoint):
    sqs = endpoint.client("sqs")
    url = sqs.create_queue(QueueName=NAME, Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    try:
        expect(url.startswith(endpoint.url), f"{url} is at the endpoint")
        expect(sqs.get_queue_url(QueueName=NAME)["QueueUrl"] == url, "found by name")
        body = "hello <ü> & 🙂"
        sqs.send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
        batch = [{"Id": "1", "MessageBody": "one"}, {"Id": "2", "MessageBody": "two"}]
        expect(len(sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]) == 2, "a batch is sent")
        received = []
        while len(received) < 3:
            page = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            expect(page, "messages are there")
            received += page
        expect(sorted(message["Body"] for message in received) == sorted([body, "one", "two"]), "as they were sent")
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        expect(not sqs.receive_message(QueueUrl=url).get("Messages"), "deleted")
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        expect(arn.endswith(NAME), arn)
    finally:
        sqs.delete_queue(QueueUrl=url)
    error = expect_error(
        "AWS.SimpleQueueService.NonExistentQueue|QueueDoesNotExist", sqs.get_queue_url, QueueName=NAME)
    expect(isinstance(error, sqs.exceptions.QueueDoesNotExist), "the modelled exception")


@check
def sqs_cli(endpoint):
    url = endpoint.cli("sqs", "create-queue", "--queue-name", f"{NAME}-cli")["QueueUrl"]
    endpoint.cli("sqs", "send-message", "--queue-url", url, "--message-body", "hello")
    received = endpoint.cli("sqs", "receive-message", "--queue-url", url)["Messages"]
    expect(received[0]["Body"] == "hello", "received")
    handle = received[0]["ReceiptHandle"]
    endpoint.cli("sqs", "delete-message", "--queue-url", url, "--receipt-handle", handle)
    endpoint.cli("sqs", "delete-queue", "--queue-url", url)


@check
def sns_boto3(endpoint):
    sns = endpoint.client("sns")
    arn = sns.create_topic(Name=NAME)["TopicArn"]
    try:
        subscription = sns.subscribe(
            TopicArn=arn, Protocol="email", Endpoint="ops@example.com", ReturnSubscriptionArn=True,
            Attributes={"FilterPolicy": json.dumps({"to": ["managers"]})})
        expect(subscription["SubscriptionArn"].startswith(arn), "subscribed")
        attribute = {"to": {"DataType": "String", "StringValue": "managers"}}
        published = sns.publish(TopicArn=arn, Subject="hi", Message="a <b> & c\n", MessageAttributes=attribute)
        expect(published["MessageId"], "published")
        expect(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["TopicArn"] == arn, "a map of attributes")
        listed = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        expect([item["Endpoint"] for item in listed] == ["ops@example.com"], "listed")
    finally:
        sns.delete_topic(TopicArn=arn)
    expect_error("NotFound", sns.publish, TopicArn=arn, Message="x")


@check
def sns_cli(endpoint):
    arn = endpoint.cli("sns", "create-topic", "--name", f"{NAME}-cli")["TopicArn"]
    expect(endpoint.cli("sns", "publish", "--topic-arn", arn, "--message", "hello")["MessageId"], "published")
    topics = [topic["TopicArn"] for topic in endpoint.cli("sns", "list-topics")["Topics"]]
    expect(arn in topics, "listed")
    endpoint.cli("sns", "delete-topic", "--topic-arn", arn)


ALARM = {
    "AlarmName": f"{NAME}-drift", "Namespace": f"Referee/{NAME}", "MetricName": "DriftScore", "Statistic": "Maximum",
    "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "ignore", "Dimensions": [{"Name": "Project", "Value": "42"}],
}


@check
def cloudwatch_boto3(endpoint):
    cloudwatch = endpoint.client("cloudwatch")
    datum = {"MetricName": "DriftScore", "Dimensions": ALARM["Dimensions"], "Value": 0.5, "Unit": "None"}
    cloudwatch.put_metric_data(Namespace=ALARM["Namespace"], MetricData=[datum])
    # Large enough that the client packs the body.
    many = [{**datum, "Value": float(number)} for number in range(500)]
    cloudwatch.put_metric_data(Namespace=ALARM["Namespace"], MetricData=many)
    cloudwatch.put_metric_alarm(**ALARM)
    try:
        alarm = cloudwatch.describe_alarms(AlarmNames=[ALARM["AlarmName"]])["MetricAlarms"][0]
        expect(alarm["Threshold"] == 1.0 and alarm["Period"] == 60, "numbers")
        expect(alarm["StateUpdatedTimestamp"].year >= 2013, "a time")
        cloudwatch.set_alarm_state(AlarmName=ALARM["AlarmName"], StateValue="ALARM", StateReason="the referee")
        expect(len(cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]) >= 1, "found by its state")
    finally:
        cloudwatch.delete_alarms(AlarmNames=[ALARM["AlarmName"]])
    expect_error("InvalidParameterValue|InvalidParameterValueException|ValidationError",
                 cloudwatch.put_metric_data, Namespace="Referee", MetricData=[{**datum, "Value": float("nan")}])


@check
def cloudwatch_cli(endpoint):
    endpoint.cli("cloudwatch", "put-metric-data", "--namespace", ALARM["Namespace"], "--metric-name", "DriftScore",
                 "--value", "0.25", "--dimensions", "Project=42")
    endpoint.cli("cloudwatch", "put-metric-alarm", "--cli-input-json", json.dumps(ALARM))
    alarms = endpoint.cli("cloudwatch", "describe-alarms", "--alarm-names", ALARM["AlarmName"])["MetricAlarms"]
    expect(alarms[0]["Dimensions"] == ALARM["Dimensions"], "dimensions")
    endpoint.cli("cloudwatch", "delete-alarms", "--alarm-names", ALARM["AlarmName"])


@check
def cloudwatch_by_hand_in_query_and_json(endpoint):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = ("Action=PutMetricData&Version=2010-08-01&Namespace=Referee&MetricData.member.1.MetricName=DriftScore"
            "&MetricData.member.1.Value=0.5&MetricData.member.1.Timestamp=2026-11-22T10%3A17%3A40Z")
    status, text = endpoint.raw("monitoring", body, form)
    expect(status == 200 and "<PutMetricDataResponse" in text and "<RequestId>" in text, text)
    status, text = endpoint.raw("monitoring", "Action=DescribeAlarms&Version=2010-08-01", form)
    expect(status == 200 and "<MetricAlarms>" in text, text)
    status, text = endpoint.raw("monitoring", "Action=Nothing&Version=2010-08-01", form)
    expect(status == 400 and "<Code>InvalidAction</Code>" in text, text)
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
              "Content-Type": "application/x-amz-json-1.0"}
    status, text = endpoint.raw("monitoring", "{}", target)
    expect(status == 200 and "MetricAlarms" in json.loads(text), text)


@check
def sagemaker_boto3(endpoint):
    sagemaker = endpoint.client("sagemaker")
    role = f"arn:aws:iam::{account(endpoint)}:role/referee"
    created = sagemaker.create_pipeline(
        PipelineName=NAME, PipelineDefinition=json.dumps(PIPELINE), RoleArn=role, ClientRequestToken=f"{NAME:x<32}")
    try:
        described = sagemaker.describe_pipeline(PipelineName=NAME)
        expect(described["PipelineArn"] == created["PipelineArn"], "described")
        expect(json.loads(described["PipelineDefinition"]) == PIPELINE, "the definition as it was given")
        expect(described["CreationTime"].year >= 2013, "a time")
        listed = sagemaker.list_pipelines(PipelineNamePrefix=NAME)["PipelineSummaries"]
        expect([item["PipelineName"] for item in listed] == [NAME], "listed by prefix")
        expect(sagemaker.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"] == [], "never run")
    finally:
        sagemaker.delete_pipeline(PipelineName=NAME, ClientRequestToken=f"{NAME:y<32}")
    expect_error("ResourceNotFound", sagemaker.describe_pipeline, PipelineName=NAME)
    group = f"{NAME}-group"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    expect(sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"] == [], "empty")
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)


@check
def sagemaker_cli(endpoint):
    name = f"{NAME}-cli"
    role = f"arn:aws:iam::{account(endpoint)}:role/referee"
    endpoint.cli("sagemaker", "create-pipeline", "--pipeline-name", name, "--role-arn", role,
                 "--client-request-token", f"{name:x<32}", "--pipeline-definition", json.dumps(PIPELINE))
    expect(endpoint.cli("sagemaker", "describe-pipeline", "--pipeline-name", name)["PipelineName"] == name, "described")
    summaries = endpoint.cli("sagemaker", "list-pipelines")["PipelineSummaries"]
    expect(name in [item["PipelineName"] for item in summaries], "listed")
    endpoint.cli("sagemaker", "delete-pipeline", "--pipeline-name", name, "--client-request-token", f"{name:y<32}")


@check
def events_boto3(endpoint):
    events = endpoint.client("events")
    pattern = {"source": ["referee"], "detail": {"run": [{"prefix": "referee-"}]}}
    events.put_rule(Name=NAME, EventPattern=json.dumps(pattern), State="ENABLED")
    try:
        target = f"arn:aws:sqs:{REGION}:{account(endpoint)}:{NAME}"
        answer = events.put_targets(Rule=NAME, Targets=[{"Id": "1", "Arn": target}])
        expect(answer["FailedEntryCount"] == 0, "a target is added")
        expect(json.loads(events.describe_rule(Name=NAME)["EventPattern"]) == pattern, "the pattern as it was given")
        entry = {"Source": "referee", "DetailType": "Check", "Detail": json.dumps({"run": NAME})}
        put = events.put_events(Entries=[entry])
        expect(put["FailedEntryCount"] == 0 and put["Entries"][0]["EventId"], "an event is taken")
        event = {"id": "1", "source": "referee", "detail-type": "Check", "detail": {"run": NAME}, "account": "1",
                 "time": "2026-11-22T10:00:00Z", "region": REGION, "resources": [], "version": "0"}
        matched = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
        expect(matched["Result"], "the pattern matches")
        expect_error("InvalidEventPatternException", events.put_rule, Name=f"{NAME}-bad", EventPattern="{")
    finally:
        events.remove_targets(Rule=NAME, Ids=["1"])
        events.delete_rule(Name=NAME)


@check
def events_cli(endpoint):
    name = f"{NAME}-cli"
    endpoint.cli("events", "put-rule", "--name", name, "--schedule-expression", "rate(15 minutes)")
    expect(name in [rule["Name"] for rule in endpoint.cli("events", "list-rules")["Rules"]], "listed")
    entries = json.dumps([{"Source": "referee", "DetailType": "Check", "Detail": "{}"}])
    expect(endpoint.cli("events", "put-events", "--entries", entries)["FailedEntryCount"] == 0, "taken")
    endpoint.cli("events", "delete-rule", "--name", name)


@contextlib.contextmanager
def scheduling_role(endpoint):
    """A role that EventBridge Scheduler may take on: it refuses any other."""
    iam, name = endpoint.client("iam"), f"{NAME}-schedule"
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    try:
        yield iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    finally:
        iam.delete_role(RoleName=name)


def schedule(endpoint, role):
    return {
        "ScheduleExpression": "cron(0 6 * * ? *)", "ScheduleExpressionTimezone": "America/New_York",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": f"arn:aws:events:{REGION}:{account(endpoint)}:event-bus/default",
            "RoleArn": role,
            "EventBridgeParameters": {"DetailType": "ScheduleTick", "Source": "referee"},
            "Input": json.dumps({"scheduled": "<aws.scheduler.scheduled-time>"}),
        },
    }


@check
def scheduler_boto3(endpoint):
    scheduler = endpoint.client("scheduler")
    with scheduling_role(endpoint) as role:
        wanted = schedule(endpoint, role)
        scheduler.create_schedule(Name=NAME, **wanted)
        try:
            got = scheduler.get_schedule(Name=NAME)
            expect(got["Target"] == wanted["Target"], f"the target as it was given, not {got['Target']}")
            expect(got["CreationDate"].year >= 2013, "a time")
            listed = scheduler.list_schedules(NamePrefix=NAME)["Schedules"]
            expect([item["Name"] for item in listed] == [NAME], "listed by prefix")
            scheduler.update_schedule(Name=NAME, State="DISABLED", **wanted)
            expect(scheduler.get_schedule(Name=NAME)["State"] == "DISABLED", "updated")
            expect_error("ConflictException", scheduler.create_schedule, Name=NAME, **wanted)
        finally:
            scheduler.delete_schedule(Name=NAME)
    expect_error("ResourceNotFoundException", scheduler.get_schedule, Name=NAME)


@check
def scheduler_cli(endpoint):
    name = f"{NAME}-cli"
    with scheduling_role(endpoint) as role:
        wanted = json.dumps({"Name": name, **schedule(endpoint, role)})
        endpoint.cli("scheduler", "create-schedule", "--cli-input-json", wanted)
        expect(endpoint.cli("scheduler", "get-schedule", "--name", name)["State"] == "ENABLED", "enabled")
        endpoint.cli("scheduler", "delete-schedule", "--name", name)


@check
def cloudformation_boto3(endpoint):
    cloudformation = endpoint.client("cloudformation")
    validated = cloudformation.validate_template(TemplateBody=TEMPLATE)
    expect(validated["Parameters"][0]["ParameterKey"] == "Name", "its parameters")
    expect(isinstance(cloudformation.describe_stacks()["Stacks"], list), "stacks")
    expect_error("ValidationError", cloudformation.describe_stacks, StackName=NAME)
    expect_error("ValidationError", cloudformation.validate_template, TemplateBody="not: a template")


@check
def cloudformation_cli(endpoint):
    validated = endpoint.cli("cloudformation", "validate-template", "--template-body", TEMPLATE)
    expect(validated["Description"] == "a queue", "its description")
    expect("Stacks" in endpoint.cli("cloudformation", "describe-stacks"), "stacks")


@check
def lambda_boto3(endpoint):
    functions = endpoint.client("lambda")
    expect(isinstance(functions.list_functions()["Functions"], list), "functions")
    expect_error("ResourceNotFoundException", functions.get_function, FunctionName=NAME)
    expect_error("ResourceNotFoundException", functions.invoke, FunctionName=NAME, Payload=b"{}")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        on = functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=mapping["State"] == "Enabled")
        expect(on["State"] == mapping["State"], f"{mapping['FunctionArn']} reads its queue as before")
    expect_error("ResourceNotFoundException", functions.update_event_source_mapping, UUID="0" * 36,
                 Enabled=True)


@check
def lambda_cli(endpoint):
    expect("Functions" in endpoint.cli("lambda", "list-functions"), "functions")


@check
def iam_boto3(endpoint):
    iam = endpoint.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))
    try:
        expect(iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"] == trust, "the policy as it was given")
    finally:
        iam.delete_role(RoleName=NAME)


@check
def managed_policies_boto3(endpoint):
    iam = endpoint.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
    arn = iam.create_policy(PolicyName=NAME, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    try:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        expect([(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [("v2", True), ("v1", False)], "newest first")
        version = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
        expect(version["Document"] == document, "the policy as it was given")
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    finally:
        iam.delete_policy(PolicyArn=arn)
    expect_error("NoSuchEntity", iam.get_policy, PolicyArn=arn)


@check
def dashboards_and_trails_boto3(endpoint):
    cloudwatch, trails, s3 = (endpoint.client(service) for service in ("cloudwatch", "cloudtrail", "s3"))
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "# <&>"}}]})
    cloudwatch.put_dashboard(DashboardName=NAME, DashboardBody=body)
    listed = cloudwatch.list_dashboards(DashboardNamePrefix=NAME)["DashboardEntries"]
    expect([(d["DashboardName"], d["Size"]) for d in listed] == [(NAME, len(body))], "the dashboard that was put")
    expect(cloudwatch.get_dashboard(DashboardName=NAME)["DashboardBody"] == body, "the body as it was given")
    cloudwatch.delete_dashboards(DashboardNames=[NAME])
    s3.create_bucket(Bucket=NAME)
    try:
        trails.create_trail(Name=NAME, S3BucketName=NAME, EnableLogFileValidation=True)
        trails.start_logging(Name=NAME)
        expect(trails.get_trail_status(Name=NAME)["IsLogging"], "a trail that logs")
        expect(trails.get_trail(Name=NAME)["Trail"]["LogFileValidationEnabled"], "validation, by the name it is shown under")
        trails.delete_trail(Name=NAME)
        expect_error("TrailNotFoundException", trails.get_trail, Name=NAME)
    finally:
        s3.delete_bucket(Bucket=NAME)


@check
def strangers_are_refused_in_each_protocol(endpoint):
    stranger = Endpoint(endpoint.url, "STRANGER", "guess")
    expect_error("InvalidAccessKeyId", stranger.client("s3").list_buckets)
    expect_error("UnrecognizedClientException", stranger.client("sqs").list_queues)
    expect_error("InvalidClientTokenId", stranger.client("sns").list_topics)
    expect_error("UnrecognizedClientException", stranger.client("cloudwatch").describe_alarms)
    expect_error("UnrecognizedClientException", stranger.client("scheduler").list_schedules)
    wrong = Endpoint(endpoint.url, endpoint.key, "guess")
    expect_error("SignatureDoesNotMatch", wrong.client("s3").list_buckets)


@check
def answers_have_only_members_of_the_model(endpoint):
    expect(endpoint.compared, "no answer was compared; run this with the other checks")
    expect(not endpoint.unknown, f"members that no client reads: {', '.join(sorted(set(endpoint.unknown)))}")


def account(endpoint):
    return endpoint.client("sts").get_caller_identity()["Account"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True, help="for example http://127.0.0.1:4566")
    parser.add_argument("--access-key", default="test")
    parser.add_argument("--secret-key", default="test")
    parser.add_argument("--only", default="", help="run the checks whose name contains this")
    parser.add_argument("--trace", action="store_true", help="print where a check failed")
    options = parser.parse_args()
    # Nothing of the machine's own configuration may point a client elsewhere.
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull,
                      AWS_EC2_METADATA_DISABLED="true", NO_PROXY="127.0.0.1,localhost")
    endpoint = Endpoint(options.endpoint.rstrip("/"), options.access_key, options.secret_key)
    failed, ran = 0, 0
    for function in checks:
        if options.only not in function.__name__:
            continue
        ran += 1
        try:
            function(endpoint)
            print(f"ok      {function.__name__}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED  {function.__name__}: {error}", flush=True)
            if options.trace:
                traceback.print_exc()
    print(f"{failed} of {ran} checks failed" if failed else f"all {ran} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
