"""What docs/cluster.md and examples/cluster say to type runs here, as far as one machine can: nodes, a job array."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from support import libraries
from support.command import lrlab

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"^```bash\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
]
ELEMENT = {"SLURM_ARRAY_JOB_ID": "4711", "SLURM_CPUS_PER_TASK": "1", "LC_ALL": "C"}


def words_of(start):
    """The words of the first command of the document that starts so."""
    return shlex.split(next(line for line in COMMANDS if line.startswith(start)))


def free_port():
    with socket.socket() as found:
        found.bind(("", 0))
        return found.getsockname()[1]


@contextmanager
def running(*words, **options):
    """A program with a group of its own, which ends with the block."""
    process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for(what):
    stop = time.monotonic() + 240
    while not what():
        assert time.monotonic() < stop
        time.sleep(0.2)


def test_the_examples_are_what_their_tools_read():
    job = next(yaml.safe_load_all((ROOT / "examples" / "cluster" / "kuberay.yaml").read_text()))
    words = shlex.split(job["spec"]["entrypoint"])
    assert words[:2] == ["lrlab", "compare"]
    assert words[words.index("--on") + 1] == "ray"
    assert job["spec"]["rayClusterSpec"]["rayVersion"] in (ROOT / "constraints.txt").read_text()
    subprocess.run(["bash", "-n", ROOT / "examples" / "cluster" / "slurm.sh"], check=True)
    known = lrlab("compare", "--help").stdout
    for line in COMMANDS:
        told = line.partition("lrlab compare")[2] if "lrlab compare" in line else ""
        assert all(word in known for word in re.findall(r"--[a-z-]+", told)), line


@pytest.mark.slow
def test_the_first_command_starts_a_cluster_of_its_own(tmp_path):
    libraries.require("ray")
    _, *words = words_of("lrlab compare digits/mlp constant cosine --updates 200 --on ray")
    assert lrlab(*words, cwd=tmp_path).stdout.startswith("Use ")


@pytest.mark.slow
def test_two_nodes_are_started_and_do_a_study(tmp_path):
    """With a port of the test's own, as the usual one may be taken; and ended by their processes, not by `ray stop`."""
    libraries.require("ray")
    port = free_port()
    head = [*words_of("ray start --head")[:3], f"--port={port}", "--num-cpus=1", "--include-dashboard=false", "--block"]
    assert any(line.startswith("RAY_AUTH_MODE=token ray start --address") for line in COMMANDS)
    other = ["ray", "start", f"--address=127.0.0.1:{port}", "--num-cpus=1", "--block"]
    _, *compare = words_of("lrlab compare digits/mlp constant cosine --updates 200 --on ray --address auto")
    compare[-1] = f"127.0.0.1:{port}"
    environment = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token"}
    with running(BIN / head[0], *head[1:], env=os.environ | environment):
        wait_for(lambda: is_open(port))
        with running(BIN / other[0], *other[1:], env=os.environ | environment):
            time.sleep(10)
            done = lrlab(*compare, "--json", cwd=tmp_path, **environment)
    assert len(json.loads(done.stdout)["rows"]) == 2


@pytest.mark.slow
def test_a_job_array_shares_a_study(tmp_path):
    libraries.require("ray")
    asked = words_of("sbatch examples/cluster/slurm.sh")[2:]
    asked = [*asked[: asked.index("--epochs")], "--updates", "60", "--peaks", "0.1", "--seeds", "2"]
    environment = os.environ | ELEMENT | {"LRLAB_FOLDER": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}"}
    environment |= {"RAY_gcs_rpc_server_reconnect_timeout_s": "5"}
    script = ROOT / "examples" / "cluster" / "slurm.sh"
    with running("bash", script, *asked, env=environment | {"SLURM_ARRAY_TASK_ID": "0"}) as first:
        wait_for(lambda: (tmp_path / ".lrlab-4711.head").exists())
        with running("bash", script, *asked, env=environment | {"SLURM_ARRAY_TASK_ID": "1"}) as second:
            assert first.wait(400) == 0
            assert second.wait(200) == 0
    assert (tmp_path / "records.db").exists()
    assert (tmp_path / ".lrlab-4711.over").read_text().strip() == "0"
