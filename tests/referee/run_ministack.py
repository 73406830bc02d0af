"""Starts ministack on a free port of this machine and asks it what is assumed of AWS.

Usage: python tests/referee/run_ministack.py <folder of the built programs>
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HOST = "127.0.0.1"
STARTS_WITHIN_S = 60
# Nobody listens there: whatever ministack might want of the world outside, it does not get.
NOWHERE = f"http://{HOST}:9"


def free_port():
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def environment(port, folder):
    """Nothing of the caller's AWS, and no way out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LOCALSTACK_"))}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    own = {"BIND_HOST": HOST, "GATEWAY_PORT": str(port), "LOG_LEVEL": "WARNING", "HOME": folder, "TMPDIR": folder}
    # What functions are told there of where AWS is.
    own["AWS_ENDPOINT_URL"] = f"http://{HOST}:{port}"
    return {**kept, **proxies, "NO_PROXY": HOST, "no_proxy": HOST, "DOCKER_HOST": NOWHERE, **own}


def wait_until_up(engine, endpoint):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and engine.poll() is None:
        try:
            opener.open(f"{endpoint}/_ministack/health", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"ministack did not come up within {STARTS_WITHIN_S} s")


@contextlib.contextmanager
def running():
    """The endpoint of an engine of its own, with nothing in it."""
    port = free_port()
    endpoint = f"http://{HOST}:{port}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ministack"]
        engine = subprocess.Popen(command, env=environment(port, folder), cwd=folder, stdout=subprocess.DEVNULL)
        try:
            wait_until_up(engine, endpoint)
            yield endpoint
        finally:
            engine.terminate()
            try:
                engine.wait(timeout=20)
            except subprocess.TimeoutExpired:
                engine.kill()
                engine.wait()


def main():
    programs = pathlib.Path(sys.argv[1])
    with running() as endpoint:
        contract = [programs / "windsock-contract", "--endpoint", endpoint, "--engine", "ministack", "--brief"]
        done = subprocess.run(contract, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
