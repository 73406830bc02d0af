"""Every policy document of a plain CloudFormation template, with its references filled in, so that a linter of policies can
read it. What a resource's ARN looks like is said once, in ARNS.
"""

import re

ACCOUNT, REGION, PARTITION = "123456789012", "us-east-1", "aws"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::StackName": "windsock",
    "AWS::URLSuffix": "amazonaws.com",
}


def regional(service, rest):
    return lambda name: f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{rest}{name}"


def everywhere(service, account, rest):
    return lambda name: f"arn:{PARTITION}:{service}::{account}:{rest}{name}"


# By type: the property that names it, and the ARN from its name.
ARNS = {
    "AWS::CloudTrail::Trail": ("TrailName", regional("cloudtrail", "trail/")),
    "AWS::CloudWatch::Alarm": ("AlarmName", regional("cloudwatch", "alarm:")),
    "AWS::CodeBuild::Project": ("Name", regional("codebuild", "project/")),
    "AWS::ECR::Repository": ("RepositoryName", regional("ecr", "repository/")),
    "AWS::Events::Rule": ("Name", regional("events", "rule/")),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", everywhere("iam", ACCOUNT, "policy/")),
    "AWS::IAM::Role": ("RoleName", everywhere("iam", ACCOUNT, "role/")),
    "AWS::KMS::Key": ("KeyId", regional("kms", "key/")),
    "AWS::Lambda::Function": ("FunctionName", regional("lambda", "function:")),
    "AWS::Logs::LogGroup": ("LogGroupName", lambda name: regional("logs", "log-group:")(name) + ":*"),
    "AWS::S3::Bucket": ("BucketName", everywhere("s3", "", "")),
    "AWS::SNS::Topic": ("TopicName", regional("sns", "")),
    "AWS::SQS::Queue": ("QueueName", regional("sqs", "")),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupName", regional("sagemaker", "model-package-group/")),
}
# `Ref` of these is an ARN.
REFERRED_BY_ARN = {"AWS::SNS::Topic", "AWS::IAM::ManagedPolicy"}


class Values:
    """What references of one template stand for. A parameter without a default is called what it is called."""

    def __init__(self, template):
        self.resources = template["Resources"]
        self.conditions = template.get("Conditions", {})
        parameters = template.get("Parameters", {})
        self.known = {**PSEUDO, **{name: default(name, parameter) for name, parameter in parameters.items()}}

    def resolve(self, value):
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self.reference(argument)
            if function == "Fn::GetAtt":
                return self.attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))
            if function == "Fn::Sub":
                return self.substitute(argument)
            if function == "Fn::Join":
                return argument[0].join(str(item) for item in self.resolve(argument[1]))
            if function == "Fn::If":
                # With everything that a template can do: the first branch, unless that one is nothing.
                first = self.resolve(argument[1])
                return self.resolve(argument[2]) if first is None else first
            if function.startswith("Fn::"):
                raise ValueError(f"policies.py does not know {function}: teach it")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not None}

    def reference(self, name):
        if name in self.known:
            return self.known[name]
        kind = self.resources[name]["Type"]
        return self.attribute(name, "Arn") if kind in REFERRED_BY_ARN else self.name(name)

    def name(self, logical_id):
        resource = self.resources[logical_id]
        named_by = ARNS.get(resource["Type"], ("", None))[0]
        return self.resolve(resource.get("Properties", {}).get(named_by)) or logical_id

    def attribute(self, logical_id, attribute):
        if not attribute.endswith("Arn"):
            return self.name(logical_id)
        kind = self.resources[logical_id]["Type"]
        if kind not in ARNS:
            raise ValueError(f"policies.py does not know the ARN of {kind}: teach it")
        return ARNS[kind][1](self.name(logical_id))

    def substitute(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})

        def replaced(match):
            name = match[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in own:
                return str(self.resolve(own[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.reference(name))

        return re.sub(r"\$\{([^}]+)\}", replaced, text)


# What a parameter stands for whose name ends so and whose default is nothing.
EXAMPLES = {
    "KmsKeyArn": regional("kms", "key/")("00000000-0000-0000-0000-000000000000"),
    "ConnectionArn": regional("codeconnections", "connection/")("00000000-0000-0000-0000-000000000000"),
    "PermissionsBoundaryArn": everywhere("iam", ACCOUNT, "policy/")("boundary"),
    "Principals": [everywhere("iam", ACCOUNT, "role/")("somebody")],
}


def default(name, parameter):
    value = parameter.get("Default", "")
    examples = (example for ending, example in EXAMPLES.items() if name.endswith(ending))
    return value if value != "" else next(examples, name.lower())


def documents(template):
    """Where it stands, and the document: of roles, managed policies, and whatever resource has a policy of its own."""
    values = Values(template)
    for logical_id, resource in template["Resources"].items():
        for place, document in found(resource.get("Properties", {}), logical_id):
            yield place, values.resolve(document)


def found(value, place):
    """A policy document is what has a Version and Statements, wherever it stands."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield place, value
            return
        for key, item in value.items():
            yield from found(item, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from found(item, f"{place}[{number}]")
