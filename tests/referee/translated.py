"""Templates as AWS would see them: read with SAM's own reader, expanded by AWS's own Serverless transform. Needs no account
and no network.
"""

import pathlib

from boto3 import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

SERVERLESS = "AWS::Serverless-2016-10-31"
REGION = "us-east-1"


def every_template():
    """The platform, and whatever stands in templates/."""
    return [pathlib.Path("template.yaml"), *sorted(pathlib.Path("templates").rglob("*.yaml"))]


def is_template(text):
    """templates/seed/ holds files that are none."""
    return "AWSTemplateFormatVersion" in text


def is_serverless(template):
    return SERVERLESS in str(template.get("Transform", ""))


def translate(text):
    """The template as plain CloudFormation."""
    template = yaml_parse(text)
    if not is_serverless(template):
        return template
    for resource in template["Resources"].values():
        # AWS's transform runs after the upload, so it wants to see where the code was uploaded to.
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://uploaded/code"
    session = Session(region_name=REGION)
    return Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=session).translate(template, {})
