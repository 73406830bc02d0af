"""Templates broken on purpose: what each tool in templates.py must find, so that its silence means something."""

import dataclasses
import pathlib

PLATFORM = pathlib.Path("template.yaml")
PROJECT = pathlib.Path("templates/ml-project.yaml")
REPOSITORY = pathlib.Path("templates/ml-project-ci.yaml")
CATALOG = pathlib.Path("templates/catalog.yaml")


@dataclasses.dataclass(frozen=True)
class Fault:
    title: str
    template: pathlib.Path
    # The first place where this stands is broken.
    sound: str
    broken: str
    tool: str
    # A part of the sentence that must be found.
    finding: str

    def plant(self, texts):
        text = texts[self.template]
        if self.sound not in text:
            raise ValueError(f"{self.title}: `{self.sound}` does not stand in {self.template} any more")
        return text.replace(self.sound, self.broken, 1)


PERMISSION = """\
  SweepPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref SweepFunction
      Principal: events.amazonaws.com
"""

FAULTS = [
    Fault(
        title="a property that does not exist",
        template=PLATFORM,
        sound="      MessageRetentionPeriod:",
        broken="      MessageRetentionTime:",
        tool="cfn-lint",
        finding="E3002",
    ),
    Fault(
        title="a value out of range",
        template=PLATFORM,
        sound="    MemorySize: 256",
        broken="    MemorySize: 64",
        tool="cfn-lint",
        finding="E3034",
    ),
    Fault(
        title="an action that does not exist, in a function's role",
        template=PLATFORM,
        sound='"sagemaker:StartPipelineExecution"',
        broken='"sagemaker:StartPipelineExecutions"',
        tool="cfn-lint",
        finding="translated: cfn-lint W3037",
    ),
    Fault(
        title="the same, said by who knows policies",
        template=PLATFORM,
        sound='"sagemaker:StartPipelineExecution"',
        broken='"sagemaker:StartPipelineExecutions"',
        tool="parliament",
        finding="UNKNOWN_ACTION StartTrainingRole",
    ),
    Fault(
        title="an action on a resource that it does not act on",
        template=PLATFORM,
        sound="Resource: !GetAtt StartTrainingLogs.Arn",
        broken="Resource: !GetAtt DataBucket.Arn",
        tool="parliament",
        finding="RESOURCE_MISMATCH StartTrainingRole",
    ),
    Fault(
        title="every resource",
        template=PROJECT,
        sound="Resource: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}${NamePrefix}-${Project}-jobs\"",
        broken='Resource: "*"',
        tool="parliament",
        finding="RESOURCE_STAR JobsRole",
    ),
    Fault(
        title="a condition key that does not exist",
        template=PROJECT,
        sound="iam:PassedToService:",
        broken="iam:PassToService:",
        tool="parliament",
        finding="UNKNOWN_CONDITION",
    ),
    Fault(
        title="a condition key that does not exist, under Null",
        template=PLATFORM,
        sound='{"Null": {sagemaker:ModelApprovalStatus: "true"}}',
        broken='{"Null": {sagemaker:ApprovalStatus: "true"}}',
        tool="parliament",
        finding="UNKNOWN_CONDITION PromoteModelRole",
    ),
    Fault(
        title="everything allowed",
        template=PLATFORM,
        sound='Action: "sns:Publish"\n                Resource: !Sub',
        broken='Action: "*"\n                Resource: "*" # !Sub',
        tool="checkov",
        finding="AWS::IAM::Role.NotifyRole",
    ),
    Fault(
        title="a key in the environment",
        template=PLATFORM,
        sound="        WINDSOCK_LOG: info\n",
        broken="        WINDSOCK_LOG: info\n        AWS_SECRET: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        tool="checkov",
        finding="CKV_AWS_45",
    ),
    Fault(
        title="a bucket that anybody may read",
        template=PLATFORM,
        sound="        BlockPublicPolicy: true\n",
        broken="",
        tool="checkov",
        finding="CKV_AWS_54",
    ),
    Fault(
        title="a queue in the clear",
        template=PLATFORM,
        sound="      KmsMasterKeyId:",
        broken="      DelaySeconds: 0 #",
        tool="checkov",
        finding="CKV_AWS_27",
    ),
    Fault(
        title="a function that anybody's rule may wake",
        template=PLATFORM,
        sound="  SweepLogs:\n",
        broken=PERMISSION + "  SweepLogs:\n",
        tool="checkov",
        finding="CKV_AWS_364",
    ),
    Fault(
        title="an image that may change under its tag",
        template=REPOSITORY,
        sound="      ImageTagMutability: IMMUTABLE\n",
        broken="",
        tool="checkov",
        finding="CKV_AWS_51",
    ),
    Fault(
        title="an action that does not exist, in a build's role",
        template=REPOSITORY,
        sound='"sagemaker:UpdatePipeline"',
        broken='"sagemaker:UpdatePipelines"',
        tool="parliament",
        finding="UNKNOWN_ACTION BuildRole",
    ),
    Fault(
        title="a product without a template",
        template=CATALOG,
        sound="      ProvisioningArtifactParameters:",
        broken="      ProvisioningArtefactParameters:",
        tool="cfn-lint",
        finding="ProvisioningArtefactParameters",
    ),
]
