"""The AWS CLI deploys Windsock into an empty account, as docs/deploy.md tells: package, deploy, apply, first data.

The functions run from the archives that the CLI uploaded. Then the same with templates broken on purpose, each in one
place: there the deployment must fail, or the first data must not become a version. Needs awscli (and `strip`, to keep the
archives within Lambda's quota), no account and no network.

Usage: python tests/referee/run_deploy.py <folder of the built programs>
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from run_wire import exports

ROOT = pathlib.Path(__file__).parent.parent.parent
# Real time on busy cores, with a training in it.
HAPPENS_WITHIN_S = 300
# As many times longer than it took with the sound template is long enough to say that it does not happen.
PATIENCE = 3
DATA = "windsock-data-111122223333-us-east-1"
UPLOADS = "windsock-deployments-111122223333"
PROJECT = """\
project: wind-power
data: { label: megawatts }
training: { settle: 1s, objective: { metric: rmse } }
monitor: { min_rows: 100 }
"""
# What is wrong, what the sound template has, what the broken one has.
FAULTS = [
    ("a property that no queue has", "MessageRetentionPeriod:", "MessageRetentionTime:"),
    ("a role that may start nothing", '                  - "sagemaker:StartPipelineExecution"\n', ""),
    ("a rule that waits for other data", "key: [{prefix: training/}]", "key: [{prefix: trainings/}]"),
]


class Broken(Exception):
    """A command failed, or what should happen did not."""


def lay_checkout(folder, programs, sound="", broken=""):
    """What a person's checkout holds after `cargo lambda build`: the template, and one `bootstrap` a function."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert sound in template, f"template.yaml has no {sound!r}"
    template = template.replace(sound, broken) if sound else template
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    for line in template.splitlines():
        place = line.strip().removeprefix("CodeUri: ")
        if place != line.strip():
            code = folder / place
            code.mkdir(parents=True)
            shutil.copy(programs / code.name, code / "bootstrap")
            subprocess.run(["strip", code / "bootstrap"], check=True)


def rows(count):
    """Wind speed and air density, and what a turbine makes of them."""
    draw = random.Random(1)
    lines = ["speed,density,megawatts"]
    for _ in range(count):
        speed, density = draw.uniform(0, 25), draw.uniform(1.1, 1.3)
        lines.append(f"{speed:.2f},{density:.3f},{min(speed, 15) ** 3 * density / 1000:.4f}")
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def up(programs, state):
    """An empty account on the local AWS, as the environment in which tools find it."""
    command = [programs / "windsock", "up", "--empty", "--port", "0", "--state", state, "--bin-dir", programs]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield exports(running)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)


class Shell:
    """A person's shell in the checkout, with the exports of `windsock up`."""

    def __init__(self, folder, environment):
        path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.folder, self.environment = folder, {**os.environ, **environment, "PATH": path, "AWS_PAGER": ""}

    def run(self, *words):
        done = subprocess.run(
            [str(word) for word in words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Broken(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def aws(self, *words):
        return self.run("aws", *words)


def deploy(shell):
    shell.aws("s3", "mb", f"s3://{UPLOADS}")
    shell.aws(
        *("cloudformation", "package", "--template-file", "template.yaml", "--s3-bucket", UPLOADS),
        *("--output-template-file", "packaged.yaml"),
    )
    told = shell.aws(
        *("cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "windsock"),
        *("--s3-bucket", UPLOADS, "--capabilities", "CAPABILITY_NAMED_IAM"),
    )
    return told


def wait_for_a_version(shell, within):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        listed = shell.aws("sagemaker", "list-model-packages", "--model-package-group-name", "windsock-wind-power")
        versions = json.loads(listed)["ModelPackageSummaryList"]
        if versions:
            return versions[0]
        time.sleep(1)
    raise Broken(f"there is no version after {within:.0f} s")


def story(shell, windsock, within=HAPPENS_WITHIN_S):
    """How long the first data took to become a version."""
    told = deploy(shell)
    assert "Successfully created/updated stack - windsock" in told, told
    assert "No changes to deploy" in deploy_again(shell)
    code = json.loads(shell.aws("lambda", "get-function", "--function-name", "windsock-start-training"))["Code"]
    assert UPLOADS in code["Location"], code
    (shell.folder / "project.yaml").write_text(PROJECT, encoding="utf-8")
    shell.run(windsock, "apply", "project.yaml")
    (shell.folder / "2020.csv").write_text(rows(900), encoding="utf-8")
    shell.aws("s3", "cp", "2020.csv", f"s3://{DATA}/training/wind-power/")
    begun = time.monotonic()
    version = wait_for_a_version(shell, within)
    assert version["ModelApprovalStatus"] == "PendingManualApproval", version
    return time.monotonic() - begun


def deploy_again(shell):
    return shell.aws(
        *("cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "windsock"),
        *("--s3-bucket", UPLOADS, "--capabilities", "CAPABILITY_NAMED_IAM"),
        "--no-fail-on-empty-changeset",
    )


def told(programs, sound="", broken="", within=HAPPENS_WITHIN_S):
    """The story in an account of its own."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = pathlib.Path(folder) / "checkout"
        checkout.mkdir()
        lay_checkout(checkout, programs, sound, broken)
        with up(programs, pathlib.Path(folder) / "state") as environment:
            return story(Shell(checkout, environment), programs / "windsock", within)


def must_break(programs, what, sound, broken, within):
    try:
        told(programs, sound, broken, within)
    except Broken as error:
        print(f"deploy: {what}: {' '.join(str(error).split())[-200:]}")
    else:
        sys.exit(f"deploy: {what}, and nobody noticed")


def main():
    programs = pathlib.Path(sys.argv[1]).absolute()
    took = told(programs)
    print("deploy: the AWS CLI deployed the platform into an empty account, and the first data became version 1")
    for what, sound, broken in FAULTS:
        must_break(programs, what, sound, broken, within=max(10, PATIENCE * took))


if __name__ == "__main__":
    main()
