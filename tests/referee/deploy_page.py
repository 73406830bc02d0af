"""docs/deploy.md, typed: every command of the page as it stands, into an empty account of the local AWS.

SAM deploys, a data scientist uploads, an approver approves, the champion scores; then the project, the platform and the
buckets are removed. What cannot be typed here is named with its reason; what the AWS CLI alone would send it is at least
asked to check, against AWS's own models. A command that the page gets anew fails this until somebody has said what it is. Needs aws-sam-cli and awscli, no account and no network.

Usage: python tests/referee/deploy_page.py <folder of the built programs> <folder of sam> <folder of aws>
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from run_deploy import HAPPENS_WITHIN_S, ROOT, lay_checkout, up

PROJECT, GROUP = "flight-delay", "windsock-flight-delay"
DATA, WORK = (f"windsock-{what}-111122223333-us-east-1" for what in ("data", "work"))

# Lines of the page that are not typed, by how they begin.
ELSEWHERE = {
    "cargo lambda build": "the programs are built already, and lie where it puts them",
    "cargo build --release --bin windsock": "the command is on the path already",
    "RUSTFLAGS=": "the jobs run as the program beside the command",
    "aws ecr": "the local AWS has no registry: nothing pulls an image",
    "aws service-quotas": "machines are names there",
    "aws s3api put-bucket-lifecycle-configuration": "nothing expires there",
    "git pull": "the same functions again would change nothing",
    "... | windsock image push": "no registry",
}

# A line, with those that go on what it began: after a pipe, within quotes.
COMMAND = re.compile(r"(?:[^\n'|]|'[^']*'|\|\n?)*\n")


class Page:
    """The blocks of commands, in their order, each under its heading."""

    def __init__(self, text, shell):
        self.shell, self.blocks = shell, []
        heading = None
        for part in re.split(r"^(## .*|```sh\n[\s\S]*?^```)$", text, flags=re.MULTILINE):
            if part.startswith("## "):
                heading = part.removeprefix("## ")
            elif part.startswith("```sh"):
                self.blocks.append((heading, part.removeprefix("```sh\n").removesuffix("```")))

    def under(self, heading):
        """The commands to type of the next block, which must be under this heading."""
        have, block = self.blocks.pop(0)
        assert have == heading, f"the next block of docs/deploy.md is under `{have}`, not `{heading}`:\n{block}"
        block = re.sub(r"\\\n\s*", "", block)
        return "".join(commands for commands in COMMAND.findall(block) if not self.elsewhere(commands)).strip()

    def elsewhere(self, command):
        command = command.strip()
        reason = next((why for begins, why in ELSEWHERE.items() if command.startswith(begins)), None)
        if reason:
            print(f"  not typed, because {reason}: {command[:70]}")
        if reason and command.startswith("aws "):
            call = command.split(" |\n")[0].removesuffix("done")
            self.shell.type(f"bucket=any\n{call} --generate-cli-skeleton output")
        return reason


class Shell:
    """A person's shell in the checkout."""

    def __init__(self, checkout, exports, folders):
        path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
        own = {"PATH": path, "AWS_PAGER": "", "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "1"}
        self.checkout, self.environment = checkout, {**os.environ, **exports, **own}

    def tried(self, commands):
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def type(self, commands):
        done = self.tried(commands)
        for line in commands.split("\n"):
            print(f"  $ {line[:110]}")
        if done.returncode != 0:
            sys.exit(f"docs/deploy.md: this ended with {done.returncode}:\n{commands}\n{done.stdout}{done.stderr}")
        return done.stdout

    def becomes(self, person):
        """The shell in which somebody else types."""
        other = Shell(self.checkout, {}, [])
        other.environment = dict(self.environment)
        for line in self.type(f"windsock credentials {person}").split("\n"):
            if line.startswith("export "):
                name, value = line.removeprefix("export ").split("=", 1)
                other.environment[name] = value.strip("'\"")
        return other


def waited(what, look):
    deadline = time.monotonic() + HAPPENS_WITHIN_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(1)
    sys.exit(f"docs/deploy.md: {what} is not there after {HAPPENS_WITHIN_S} s")


def versions(shell):
    listed = shell.tried(f"aws sagemaker list-model-packages --model-package-group-name {GROUP}").stdout
    return json.loads(listed)["ModelPackageSummaryList"]


def impatient(checkout):
    """The example, but nobody waits for five minutes here."""
    example = checkout / "examples" / PROJECT
    shutil.copytree(ROOT / "examples" / PROJECT, example)
    project = (example / "project.yaml").read_text(encoding="utf-8")
    for old, new in (("settle: 5m", "settle: 1s"), ("inference:\n", "inference:\n  settle: 1s\n")):
        assert project.count(old) == 1, f"{old} in project.yaml"
        project = project.replace(old, new)
    (example / "project.yaml").write_text(project, encoding="utf-8")


def deployed(page, operator):
    told = operator.type(page.under("1. The platform"))
    assert "Successfully created/updated stack - windsock" in told, told
    told = operator.type("windsock doctor\n" + page.under("1. The platform"))
    assert re.search(r"All \d+ checks are well", told), told
    assert not page.under("2. The image of the jobs")
    assert not page.under("3. Machines that the account may use") + page.under("3. Machines that the account may use")
    operator.type(page.under("4. A project"))


def promoted(page, operator):
    operator.becomes("data-scientist").type(page.under("5. Data, a model, an approval"))
    version = waited("version 1", lambda: versions(operator))[0]
    assert version["ModelApprovalStatus"] == "PendingManualApproval", version
    approval = page.under("5. Data, a model, an approval")
    refused = operator.becomes("data-scientist").tried(approval)
    assert refused.returncode != 0 and "AccessDenied" in refused.stderr, f"a data scientist may approve: {refused}"
    operator.becomes("approver").type(approval)
    waited("the champion", lambda: re.search(r"champion +version 1,", operator.tried("windsock status").stdout))
    upload, look = page.under("5. Data, a model, an approval").split("\n")
    operator.becomes("data-scientist").type(upload)
    waited("what was predicted", lambda: operator.tried(look).returncode == 0)
    print(operator.type(look))


def removed(page, operator):
    operator.type(page.under("Upgrading").split("#")[0])
    told = operator.type(page.under("Removing everything"))
    assert "windsock-flight-delay" in told, told
    operator.type(page.under("Removing everything"))
    gone = operator.tried("aws cloudformation describe-stacks --stack-name windsock")
    assert "does not exist" in gone.stderr, gone
    rules, buckets = page.under("Removing everything").split("done\n")
    assert "aws" not in rules, rules
    for bucket in (DATA, WORK):
        # In S3's place, which does within two days what it was told.
        operator.type(f"""
            aws s3api list-object-versions --bucket {bucket} --output json \\
                --query '{{Objects: [Versions, DeleteMarkers][][].{{Key: Key, VersionId: VersionId}}, Quiet: `true`}}' > gone.json
            if grep -q VersionId gone.json; then aws s3api delete-objects --bucket {bucket} --delete file://gone.json; fi""")
    operator.type(buckets)
    left = operator.type("aws s3 ls")
    assert DATA not in left and WORK not in left, left


def main():
    programs, *tools = (pathlib.Path(folder).absolute() for folder in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        checkout = pathlib.Path(folder) / "checkout"
        checkout.mkdir()
        lay_checkout(checkout, programs)
        impatient(checkout)
        with up(programs, pathlib.Path(folder) / "state") as exports:
            operator = Shell(checkout, exports, [programs, *tools])
            page = Page((ROOT / "docs/deploy.md").read_text(encoding="utf-8"), operator)
            deployed(page, operator)
            promoted(page, operator)
            removed(page, operator)
            assert not page.blocks, f"docs/deploy.md has commands that nobody typed: {page.blocks}"
    print("docs/deploy.md: typed from an empty account to predictions, and until nothing was left")


if __name__ == "__main__":
    main()
