"""The SageMaker Python SDK judges our pipeline definitions: it builds the same pipelines of the same projects (rendered.py),
and what it renders must equal shared/decisions/tests/golden, as JSON values, steps by their names.

Usage, from the repository's root, in an environment of its own (sagemaker.txt), offline: python tests/referee/pipelines.py
"""

import copy
import json
import pathlib
import re
import sys

from rendered import Renderer
from sagemaker.image_uris import config_for_framework
from sdk import MONITOR, Project, offline_session

GOLDEN = pathlib.Path("shared/decisions/tests/golden")
IMAGES = pathlib.Path("shared/decisions/src/pipelines/image.rs")
# The same as in shared/decisions/src/pipelines/tests.rs.
EVERYTHING = Project(
    excluded=2,
    image="111122223333.dkr.ecr.us-east-1.amazonaws.com/own:7",
    metric="rmse",
    hyperparameters={"rounds": 100, "learning_rate": 0.1},
    monitor={**MONITOR, "method": "simple", "threshold": 0.2, "min_rows": 500, "columns": {"pressure": 0.3}},
    instance="ml.c5.xlarge",
    max_runtime_s=30 * 60,
    subnets=["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"],
    security_groups=["sg-0123456789abcdef0"],
    kms="alias/windsock",
    isolated=False,
    tags={"team": "weather"},
)
PIPELINES = {
    "training-small": (Project(), "training"),
    "training-everything": (EVERYTHING, "training"),
    "inference-small": (Project(), "inference"),
    "inference-everything": (EVERYTHING, "inference"),
    "inference-analyzer": (Project(analyzer=True), "inference"),
}
ABSENT = "(absent)"

# Every difference that is allowed: where, what is ours, what is theirs, and why. One that is not met any more is a fault too.
ALLOWED = {
    ("Metadata.windsock-format", '"1"', ABSENT): "our format number; the SDK has no word for Metadata",
    ("Steps.Train.Arguments.EnableNetworkIsolation", "false", ABSENT): "the SDK leaves out false, which is the default",
    ("Steps.Register.Arguments.ModelMetrics.Bias", ABSENT, "{}"): "the SDK renders what it was not given as empty",
    ("Steps.Register.Arguments.ModelMetrics.Explainability", ABSENT, "{}"): "the same",
    ("Steps.Register.Name", '"Register"', '"Register-RegisterModel"'): "the SDK's ModelStep may hold several steps",
}
PLANTED = [
    ("another value", lambda steps: steps["Train"]["Arguments"]["ResourceConfig"].update(InstanceCount=2)),
    ("a number as text", lambda steps: steps["Train"]["RetryPolicies"][0].update(MaxAttempts="6")),
    ("a member too many", lambda steps: steps["Evaluate"]["Arguments"].update(DebugHookConfig={})),
    ("a member too few", lambda steps: steps["Baseline"]["Arguments"].pop("StoppingCondition")),
    ("a step too few", lambda steps: steps["Accepted"]["Arguments"]["IfSteps"].clear()),
    ("a wrong reference", lambda steps: steps["Train"]["Arguments"]["InputDataConfig"].reverse()),
    ("a dependency too few", lambda steps: steps["Evaluate"].pop("DependsOn")),
]


def name_of(step):
    return step["Name"].removesuffix("-RegisterModel")


def by_name(value):
    """Lists of steps become maps of steps, and a text that holds JSON becomes that JSON."""
    if isinstance(value, dict):
        return {key: by_name(item) for key, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) and "Type" in item for item in value):
        if all("Name" in item for item in value):
            return {name_of(item): by_name(item) for item in value}
    if isinstance(value, list):
        return [by_name(item) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value


def differences(ours, theirs, path=""):
    """Where they differ, what is ours and what is theirs, as texts. 1 is not "1" and not true."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key, ABSENT), theirs.get(key, ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (mine, other) in enumerate(zip(ours, theirs)):
            yield from differences(mine, other, f"{path}[{place}]")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield path.replace(".Arguments.IfSteps.", ".", 1).replace("Steps.Accepted.Register", "Steps.Register"), *map(
            text, (ours, theirs)
        )


def text(value):
    return value if value is ABSENT else json.dumps(value)


def unexpected(ours, theirs, met):
    for difference in differences(by_name(ours), by_name(theirs)):
        if difference in ALLOWED:
            met.add(difference)
        else:
            yield "{}: {}, and the SDK renders {}".format(*difference)


def self_check(ours, theirs):
    """A comparison that finds nothing must be able to find something."""
    for what, plant in PLANTED:
        changed = copy.deepcopy(ours)
        plant({step["Name"]: step for step in changed["Steps"]})
        if not list(unexpected(changed, theirs, set())):
            yield f"planted in training-everything and not found: {what}"


def analyzers():
    """Amazon's analyzer, whose account differs from region to region."""
    ours = dict(re.findall(r'\("([a-z-]+-[0-9])", "([0-9]{12})"\)', IMAGES.read_text(encoding="utf-8")))
    (version,) = config_for_framework("model-monitor")["versions"].values()
    # Isolated partitions have domains and endpoints that nothing here knows.
    theirs = {region: account for region, account in version["registries"].items() if not region.startswith("us-iso")}
    for region in sorted(ours.keys() | theirs.keys()):
        if ours.get(region) != theirs.get(region):
            yield f"{IMAGES}: the analyzer of {region} is {ours.get(region)}'s, and the SDK's {theirs.get(region)}'s"


def main():
    session, asked = offline_session()
    faults, met, steps = [], set(), 0
    for name, (project, kind) in PIPELINES.items():
        ours = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
        theirs = getattr(Renderer(session, project), kind)()
        steps += sum(1 + len(step["Arguments"].get("IfSteps", [])) for step in ours["Steps"])
        found = [f"{name}: {difference}" for difference in unexpected(ours, theirs, met)]
        if name == "training-everything" and not found:
            found = list(self_check(ours, theirs))
        faults += found
    faults += analyzers()
    compared = {file.stem for file in GOLDEN.glob("*.json")}
    faults += [f"{name}.json is compared with nothing" for name in sorted(compared - PIPELINES.keys())]
    faults += [f"allowed, and not met any more: {where} ({ALLOWED[where, *values]})" for where, *values in ALLOWED.keys() - met]
    faults += [f"rendering asked for a connection to {place}" for place in asked]
    print("\n".join(faults) or f"{len(PIPELINES)} definitions with {steps} steps equal what the SageMaker Python SDK renders;")
    if not faults:
        print(f"{len(ALLOWED)} differences are allowed, and {len(PLANTED)} planted faults were found")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
