"""botocore's service models judge our pipeline definitions: what a step says must be a request that SageMaker knows, and what
a step refers to must be in the answer that describes the step's job.

Usage, from the repository's root, offline: python tests/referee/definitions.py
"""

import copy
import json
import pathlib
import re
import sys

from shapes import Against, service

GOLDEN = pathlib.Path("shared/decisions/tests/golden")
# What SageMaker calls for a step of each type, and the required member that it fills in itself.
CALLS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "QualityCheck": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "Model": ("CreateModel", "ModelName"),
    "RegisterModel": ("CreateModelPackage", None),
}
# Steps without a job: what they say is the pipeline's own language.
WITHOUT_CALL = {"Condition", "Fail"}
# The answers that later steps' references go into.
DESCRIBED = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "Transform": "DescribeTransformJob",
    "RegisterModel": "DescribeModelPackage",
}
MODEL = service("sagemaker")


def steps_of(definition):
    for step in definition["Steps"]:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from step["Arguments"].get(branch, [])


def references(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Get" and isinstance(item, str) and item.startswith("Steps."):
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def leads_nowhere(reference, steps):
    """Why a reference finds nothing; a property file is the step's own, everything else is in its job's description."""
    _, name, *path = reference.split(".")
    step = steps.get(name)
    if step is None:
        return f"{reference}: there is no step {name}"
    if path[0] == "PropertyFiles":
        files = [file["PropertyFileName"] for file in step.get("PropertyFiles", [])]
        return None if path[1] in files else f"{reference}: {name} has the property files {files}"
    shape = MODEL.operation_model(DESCRIBED[step["Type"]]).output_shape
    for part in path:
        member, _, key = part.partition("[")
        if member not in getattr(shape, "members", {}):
            return f"{reference}: {shape.name} has no member {member}"
        shape = shape.members[member]
        if key:
            named = [output["OutputName"] for output in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]]
            if re.fullmatch(r"'(.+)'\]", key)[1] not in named:
                return f"{reference}: {name} has the outputs {named}"
            shape = shape.member
    return None if shape.type_name == "string" else f"{reference}: {shape.name} is no text"


def faults_of(definition, against):
    text = json.dumps(definition)
    yield from against.faults(MODEL.shape_for("PipelineDefinition"), text, "the definition as text")
    for parameter in definition["Parameters"]:
        yield from against.faults(MODEL.shape_for("PipelineParameterName"), parameter["Name"], "a parameter's name")
    steps = {step["Name"]: step for step in steps_of(definition)}
    for name, step in steps.items():
        yield from against.faults(MODEL.shape_for("StepName"), name, "a step's name")
        if step["Type"] in WITHOUT_CALL:
            continue
        operation, filled = CALLS[step["Type"]]
        shape = MODEL.operation_model(operation).input_shape
        yield from against.faults(shape, step["Arguments"], name, filled=(filled,))
    for reference in references(definition["Steps"]):
        wrong = leads_nowhere(reference, steps)
        if wrong:
            yield wrong


PLANTED = [
    ("an unknown member", lambda steps: steps["Train"]["Arguments"].update(Instance="ml.m5.large")),
    ("an unknown member, deep", lambda steps: steps["Train"]["Arguments"]["ResourceConfig"].update(VolumeSize=3)),
    ("a missing member", lambda steps: steps["Preprocess"]["Arguments"].pop("ProcessingResources")),
    ("a missing member, deep", lambda steps: steps["Train"]["Arguments"]["InputDataConfig"][0].pop("ChannelName")),
    ("a value that is none of the enum", lambda steps: steps["Register"]["Arguments"].update(SkipModelValidation="Some")),
    ("too long a text", lambda steps: steps["Register"]["Arguments"].update(ModelPackageDescription="x" * 1025)),
    ("too many entries", lambda steps: steps["Train"]["Arguments"].update(HyperParameters={str(n): "1" for n in range(101)})),
    ("out of range", lambda steps: steps["Train"]["Arguments"]["StoppingCondition"].update(MaxRuntimeInSeconds=0)),
    ("against the pattern", lambda steps: steps["Train"]["Arguments"].update(RoleArn="windsock-flight-delay-jobs")),
    ("a number for a text", lambda steps: steps["Train"]["Arguments"]["HyperParameters"].update(rounds=100)),
    ("a text for a number", lambda steps: steps["Train"]["Arguments"]["ResourceConfig"].update(InstanceCount="1")),
    ("an expression for a structure", lambda steps: steps["Train"]["Arguments"].update(VpcConfig={"Get": "Parameters.v"})),
    ("a reference to no output", lambda steps: steps["Train"]["Arguments"].update(
        RoleArn={"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['none'].S3Output.S3Uri"})),
    ("a reference to no member", lambda steps: steps["Train"]["Arguments"].update(RoleArn={"Get": "Steps.Train.Model"})),
    ("a step's name", lambda steps: steps["Train"].update(Name="Train it")),
]


def self_check(definition):
    """A check that finds nothing must be able to find something."""
    for what, plant in PLANTED:
        changed = copy.deepcopy(definition)
        plant({step["Name"]: step for step in steps_of(changed)})
        if not list(faults_of(changed, Against(placeholders=True))):
            yield f"planted in training-small and not found: {what}"


def main():
    against = Against(placeholders=True)
    faults, checked = [], 0
    definitions = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(GOLDEN.glob("*.json"))}
    for name, definition in definitions.items():
        checked += sum(step["Type"] in CALLS for step in steps_of(definition))
        faults += [f"{name}: {fault}" for fault in faults_of(definition, against)]
    # Planted in what has no fault of its own.
    faults = faults or list(self_check(definitions["training-small"]))
    print("\n".join(faults) or f"{len(definitions)} definitions: {checked} steps are requests that SageMaker knows; "
          f"{len(PLANTED)} planted faults were found")
    for what in sorted(against.unchecked):
        print(f"not checked: {what}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
