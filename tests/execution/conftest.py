import pytest

from lrlab.execution import Processes
from support.clusters import require_ray


@pytest.fixture
def processes():
    executor = Processes(2, ["lrlab.testing.execution"])
    yield executor
    executor.close()


@pytest.fixture(scope="session")
def ray_cluster():
    """A cluster of three nodes of one core each on this machine, the first of which is the driver's."""
    require_ray()
    from support.clusters import local_cluster

    with local_cluster(3) as cluster:
        yield cluster
