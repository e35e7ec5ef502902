"""Ray clusters of several nodes on this machine."""

import os
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

OBJECTS = 80 << 20  # bytes; the least that Ray takes


def require_ray():
    """Skip where Ray is not installed; with LRLAB_REQUIRE_LIBRARIES=1 it must be."""
    if find_spec("ray") is None:
        reason = "ray is not installed; it runs this test for real"
        if os.environ.get("LRLAB_REQUIRE_LIBRARIES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def local_cluster(nodes, cores=1):
    """A cluster of so many nodes, to which this process is connected within the block."""
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}.items():
        os.environ.setdefault(name, value)
    import ray
    from ray.cluster_utils import Cluster

    size = {"num_cpus": cores, "object_store_memory": OBJECTS}
    cluster = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            cluster.add_node(**size)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=False)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
