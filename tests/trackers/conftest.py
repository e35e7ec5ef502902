"""Libraries these tests run for real where they are installed."""

import importlib
import os
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session")
def library():
    """Import a library, or skip; with LRLAB_REQUIRE_LIBRARIES=1 it must be there."""

    def load(name):
        if find_spec(name) is None:
            reason = f"{name} is not installed; it runs this test for real"
            if os.environ.get("LRLAB_REQUIRE_LIBRARIES") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return importlib.import_module(name)

    return load
