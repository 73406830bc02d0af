"""Other people's linters judge the templates, as they are written and as AWS's own Serverless transform gives them:

- cfn-lint: properties, types, references; on the translated template the names of actions too;
- checkov: what a careful account wants to see. What we do not do has its reason in the resource's own Metadata;
- parliament: every policy, with its references filled in: actions, resources and condition keys that exist and fit.

What they miss is in local/cloudformation/tests. `sam validate --lint` is not among them: it is the first line's cfn-lint and
this transform, in a package of 340 MB.

Usage, from the repository's root: python tests/referee/templates.py [--broken]
With --broken, templates are broken on purpose (faults.py), and each fault must be found by the tool that it names.
"""

import copy
import json
import logging
import pathlib
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import parliament
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter

import faults
import policies
import translated

# Where the templates must be deployable: the oldest region, and one of each of the other partitions' shapes of ARN.
REGIONS = ["us-east-1", "eu-west-1", "us-gov-west-1"]
# Sentences of cfn-lint may list everything that is known to AWS.
MESSAGE_CHARS_MAX = 200


def cfn_lint(text):
    for match in lint(text, config=ManualArgs(regions=REGIONS)):
        yield f"cfn-lint {match.rule.id} line {match.linenumber}: {match.message[:MESSAGE_CHARS_MAX]}"


def checkov(text, suffix):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / f"template{suffix}"
        file.write_text(text, encoding="utf-8")
        only = RunnerFilter(framework=["cloudformation"])
        report = Runner().run(root_folder=None, files=[str(file)], runner_filter=only)
    for error in report.parsing_errors:
        yield f"checkov cannot read it: {error}"
    for check in report.failed_checks:
        yield f"checkov {check.check_id} {check.resource}: {check.check_name}"
    for check in report.skipped_checks:
        if not check.check_result.get("suppress_comment"):
            yield f"checkov {check.check_id} {check.resource}: skipped without a comment"


def parliament_on(template):
    for place, document in policies.documents(template):
        for finding in parliament.analyze_policy_string(json.dumps(legible(document))).findings:
            if not is_skipped(template, place, finding):
                yield f"parliament {finding.issue} {place}: {finding.detail}"


def is_skipped(template, place, finding):
    """Metadata of the same shape as checkov's, with a word of the finding in `about`, and a reason in `comment`."""
    metadata = template["Resources"][place.split(".")[0]].get("Metadata", {})
    skips = metadata.get("parliament", {}).get("skip", [])
    return any(
        skip["id"] == finding.issue and skip["about"] in str(finding.detail) and skip["comment"] for skip in skips
    )


def legible(document):
    """As parliament can read it: it takes no trust policy, which has no Resource, and looks at no key under Null."""
    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        if statement.get("Action") == "sts:AssumeRole" and "Principal" in statement:
            statement.setdefault("Resource", "arn:aws:iam::123456789012:role/trusting")
    return document


def unknown_null_keys(template):
    """A key that does not exist is always Null, so a typing error under Null allows everything."""
    for place, document in policies.documents(template):
        for statement in document["Statement"]:
            for key in statement.get("Condition", {}).get("Null", {}):
                if not any(condition_exists(key, action) for action in as_list(statement["Action"])):
                    yield f"parliament UNKNOWN_CONDITION {place}: {key}, under Null"


def condition_exists(key, action):
    prefix = action.split(":")[0]
    service = next(service for service in parliament.iam_definition if service["prefix"] == prefix)
    names = {condition["condition"].split("$")[0].lower() for condition in service["conditions"]}
    return key.lower() in names or any(name.endswith("/") and key.lower().startswith(name) for name in names)


def as_list(value):
    return value if isinstance(value, list) else [value]


def findings(text, tools=("cfn-lint", "checkov", "parliament")):
    plain = translated.translate(text)
    as_json = json.dumps(plain, indent=1)
    if "cfn-lint" in tools:
        yield from cfn_lint(text)
        yield from (f"translated: {finding}" for finding in cfn_lint(as_json))
    if "checkov" in tools:
        yield from checkov(text, ".yaml")
        yield from (f"translated: {finding}" for finding in checkov(as_json, ".json"))
    if "parliament" in tools:
        yield from parliament_on(plain)
        yield from unknown_null_keys(plain)


def templates():
    texts = ((path, path.read_text(encoding="utf-8")) for path in translated.every_template())
    return {path: text for path, text in texts if translated.is_template(text)}


def main():
    failed = 0
    for path, text in templates().items():
        found = list(findings(text))
        failed += len(found)
        print("\n".join(f"{path}: {finding}" for finding in found) or f"{path}: nothing found")
    return failed


def broken():
    texts = templates()
    failed = 0
    for fault in faults.FAULTS:
        found, seen = [], None
        for finding in findings(fault.plant(texts), tools=[fault.tool]):
            found.append(finding)
            if fault.finding in finding:
                seen = finding
                break
        failed += seen is None
        print(f"{fault.title}: {seen or f'NOT FOUND by {fault.tool}, which says {found}'}")
    return failed


if __name__ == "__main__":
    sys.exit(1 if (broken() if "--broken" in sys.argv[1:] else main()) else 0)
