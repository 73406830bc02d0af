"""Templates as AWS would see them: read with SAM's own reader, expanded by AWS's own Serverless transform. Needs no account
and no network.

Usage, from the repository's root: python tests/referee/translated.py template.yaml > translated.json
"""

import json
import pathlib
import sys

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
            program = pathlib.PurePath(resource["Properties"]["CodeUri"]).name
            resource["Properties"]["CodeUri"] = f"s3://uploaded/{program}"
    session = Session(region_name=REGION)
    return Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=session).translate(template, {})


if __name__ == "__main__":
    print(json.dumps(translate(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))))
