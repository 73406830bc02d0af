"""botocore's service models judge what was asked of AWS: each request must be one that its service knows, with all that is
required and within every length, range, pattern and enum.

Usage, from the repository's root: python tests/referee/asked.py FILE-OR-FOLDER...
A `windsock-*.jsonl` holds every request, as a local AWS writes them into the folder that WINDSOCK_RECORDS names; an
`inputs.log`, in a state directory, the calls that changed the world, but S3's objects in our own words, which nobody can judge.
"""

import collections
import json
import pathlib
import re
import sys

import s3_requests
from shapes import Against, service

# Of these the protocol has texts only, so 1 and "1" are the same.
IN_TEXTS = {"s3", "sns", "cloudformation", "iam", "sts"}
# Where an operation of S3 is not called as the right to it is.
CALLED = {"ListBucket": "ListObjectsV2"}
# CloudFormation's documentation has this limit, and its model has not. The platform's template is longer, and reaches AWS
# through S3, as `sam deploy` does it; the local AWS takes it as it is.
TEMPLATE_BYTES_MAX = 51_200
PLATFORM = "windsock"
# A repeated fault is shown this often, and then counted.
SHOWN = 3


class Judge:
    def __init__(self):
        self.seen = collections.Counter()
        self.faults = collections.defaultdict(list)
        self.unjudged = collections.Counter()
        self.against = {texts: Against(texts=texts) for texts in (False, True)}

    def judge(self, name, operation, members, where, unknown=()):
        self.seen[name, operation] += 1
        for fault in [*unknown, *self.wrong(name, operation, members)]:
            # One fault in many requests differs in its places and values alone.
            self.faults[re.sub(r"\[\d+\]|'.*?'|\d+", "*", fault)].append(f"{where}: {name} {fault}")

    def wrong(self, name, operation, members):
        model = service(name)
        if operation not in model.operation_names:
            return [f"has no operation {operation}"]
        shape = model.operation_model(operation).input_shape
        if shape is None:
            return [f"{operation} takes no members"] if members else []
        if len(members.get("TemplateBody", "").encode()) > TEMPLATE_BYTES_MAX and members.get("StackName") != PLATFORM:
            return [f"{operation}.TemplateBody has more than {TEMPLATE_BYTES_MAX} bytes"]
        return self.against[name in IN_TEXTS].faults(shape, members, operation)

    def line(self, line, where):
        if "method" in line:
            operation, members, unknown = s3_requests.read(line)
            if operation is None:
                self.faults[unknown[0]].append(f"{where}: {unknown[0]}")
            else:
                self.judge("s3", operation, members, where, unknown)
            return
        members = line["input"]
        if (line["service"], line["operation"]) == ("lambda", "Invoke"):
            # Its bytes are JSON, and are kept as what they say.
            members = {**members, "Payload": json.dumps(members.get("Payload"))}
        self.judge(line["service"], line["operation"], members, where)

    def logged(self, line, where):
        """A line of inputs.log."""
        what = line["input"]
        if isinstance(what, dict) and "Call" in what:
            self.line(what["Call"], where)
        elif isinstance(what, dict) and "S3" in what:
            self.unjudged["writes to S3 in our own words"] += 1

    def file(self, path):
        read = self.logged if path.name == "inputs.log" else self.line
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.endswith("\n"):
                    read(json.loads(line), f"{path}:{number}")
                else:
                    self.unjudged["last lines that a kill cut off"] += 1


def files_in(place):
    place = pathlib.Path(place)
    if place.is_file():
        return [place]
    return sorted(path for name in ("windsock-*.jsonl", "inputs.log") for path in place.rglob(name))


def wanted():
    """The operations that the platform's template grants somebody."""
    rights = re.findall(r"\b([a-z0-9]+):([A-Z]\w+)", pathlib.Path("template.yaml").read_text(encoding="utf-8"))
    services = {"s3", "sagemaker", "sqs", "sns", "events", "cloudwatch", "scheduler", "lambda", "cloudformation"}
    calls = {(name, CALLED.get(right, right)) for name, right in rights if name in services}
    return {(name, operation) for name, operation in calls if operation in service(name).operation_names}


VERSION = "arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-x/1"
START = {"PipelineName": "windsock-x-training", "ClientRequestToken": "0" * 64}
S3 = {"service": "s3", "method": "PUT", "path": "/bucket/key", "query": "x-id=PutObject", "headers": {"if-none-match": "*"}}
RIGHT = [
    {"service": "sagemaker", "operation": "StartPipelineExecution", "input": START},
    {"service": "sns", "operation": "Publish", "input": {"Message": "x", "MessageAttributes": {}}},
    S3,
]
# The same with one thing wrong each.
PLANTED = {
    "an unknown operation": {"service": "sagemaker", "operation": "StartPipeline", "input": START},
    "an unknown member": {**RIGHT[0], "input": {**START, "Slot": "x"}},
    "a missing member": {**RIGHT[0], "input": {"ClientRequestToken": "0" * 64}},
    "too short a text": {**RIGHT[0], "input": {**START, "ClientRequestToken": "0" * 31}},
    "against the pattern": {**RIGHT[0], "input": {**START, "PipelineExecutionDisplayName": "a_b"}},
    "out of range": {**RIGHT[0], "input": {**START, "ParallelismConfiguration": {"MaxParallelExecutionSteps": 0}}},
    "a number for a text": {**RIGHT[0], "input": {**START, "PipelineParameters": [{"Name": "a", "Value": 1}]}},
    "no value of the enum": {
        "service": "sagemaker",
        "operation": "UpdateModelPackage",
        "input": {"ModelPackageArn": VERSION, "ModelApprovalStatus": "Yes"},
    },
    "too long a template": {
        "service": "cloudformation",
        "operation": "CreateStack",
        "input": {"StackName": "windsock-project-x", "TemplateBody": "#" * (TEMPLATE_BYTES_MAX + 1)},
    },
    "an unknown parameter": {**S3, "query": "x-id=PutObject&prefix=a"},
    "an unknown header": {**S3, "headers": {"x-amz-if-absent": "*"}},
    "a condition that the operation has not": {**S3, "method": "DELETE", "query": "", "headers": {"if-none-match": "*"}},
    "another operation than the client says": {**S3, "query": "x-id=GetObject"},
    "an unknown method": {**S3, "method": "PATCH", "query": ""},
}


def self_check():
    """A check that finds nothing must be able to find something, and not everything."""
    for line in RIGHT:
        judge = Judge()
        judge.line(line, "right")
        yield from (f"planted as right and refused: {line}" for _ in judge.faults)
    for what, line in PLANTED.items():
        judge = Judge()
        judge.line(line, "planted")
        if not judge.faults:
            yield f"planted and not found: {what}"


def main():
    judge, faults = Judge(), list(self_check())
    files = [file for place in sys.argv[1:] for file in files_in(place)]
    if not files:
        sys.exit(f"no windsock-*.jsonl and no inputs.log in {' '.join(sys.argv[1:]) or 'nothing'}")
    for file in files:
        judge.file(file)
    for found in judge.faults.values():
        faults += found[:SHOWN] + ([f"... and {len(found) - SHOWN} times more"] if len(found) > SHOWN else [])
    by_service = collections.defaultdict(dict)
    for (name, operation), times in sorted(judge.seen.items()):
        by_service[name][operation] = times
    for name, operations in by_service.items():
        told = ", ".join(f"{operation} {times}" for operation, times in operations.items())
        print(f"{name}: {sum(operations.values())} requests of {len(operations)} operations: {told}")
    never = sorted(f"{name}:{operation}" for name, operation in wanted() - judge.seen.keys())
    print(f"granted in template.yaml, and never asked here: {', '.join(never) or 'nothing'}")
    for what, times in judge.unjudged.items():
        print(f"not checked: {times} {what}")
    for what in sorted(set().union(*(against.unchecked for against in judge.against.values()))):
        print(f"not checked: {what}")
    print("\n".join(faults) or f"{judge.seen.total()} requests are what AWS knows; {len(PLANTED)} planted faults were found")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
