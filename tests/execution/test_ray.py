import pytest

from lrlab.execution import RayCluster
from lrlab.testing.execution import ExecutorContract

pytestmark = pytest.mark.slow


class TestRay(ExecutorContract):
    @pytest.fixture
    def executor(self, ray_cluster):
        executor = RayCluster()
        yield executor
        executor.close()
