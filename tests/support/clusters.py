"""Ray clusters of several nodes on this machine."""

import os
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support import libraries

OBJECTS = 80 << 20  # bytes; about the least that Ray takes


@contextmanager
def local_cluster(nodes, cores=1):
    """A cluster of so many nodes, to which this process is connected within the block."""
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}.items():
        os.environ.setdefault(name, value)
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=node_size(cores) | {"include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            cluster.add_node(**node_size(cores))
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=False)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def node_size(cores=1):
    """What a node of the tests has."""
    return {"num_cpus": cores, "object_store_memory": OBJECTS}


def processes_of(node):
    """The numbers of a node's raylet and of all that it started, which are its workers."""
    raylet = node.all_processes["raylet"][0].process.pid
    found, ahead = [], [raylet]
    while ahead:
        found.append(ahead.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*"):
            with suppress(OSError):
                ahead += map(int, (task / "children").read_text().split())
    return found


def signal_node(node, number):
    """Send a signal to all processes of a node."""
    for process in processes_of(node):
        with suppress(ProcessLookupError):
            os.kill(process, number)


@contextmanager
def frozen(node):
    """Within the block nothing of that node runs."""
    processes = processes_of(node)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="session")
def ray_cluster():
    """A cluster of three nodes of one core each on this machine, the first of which is the driver's."""
    libraries.require("ray")
    with local_cluster(3) as cluster:
        yield cluster
