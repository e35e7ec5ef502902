import pytest

from lrlab.execution import Processes


@pytest.fixture
def processes():
    executor = Processes(2, ["lrlab.testing.execution"])
    yield executor
    executor.close()
