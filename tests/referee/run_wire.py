"""Starts `windsock up` on a fresh state and lets wire.py, with boto3 and the AWS CLI, talk to it.

Usage: python tests/referee/run_wire.py <folder of the built programs>
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def exports(up):
    """The environment that `windsock up` prints, one `export NAME=value` a line."""
    environment = {}
    for line in up.stdout:
        name, value = line.strip().removeprefix("export ").split("=", 1)
        environment[name] = value
        if name == "AWS_DEFAULT_REGION":
            return environment
    sys.exit("windsock up ended before it printed its exports")


def main():
    programs = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as state:
        command = [programs / "windsock", "up", "--port", "0", "--state", state, "--bin-dir", programs]
        up = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            environment = exports(up)
            path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            wire = [sys.executable, HERE / "wire.py", "--endpoint", environment["AWS_ENDPOINT_URL"]]
            done = subprocess.run(wire, env={**os.environ, **environment, "PATH": path}, check=False)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(timeout=30)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
