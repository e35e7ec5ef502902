"""Libraries these tests run for real where they are installed."""

import importlib
import os
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session")
def installed():
    """Skip where a library is not installed; with LRLAB_REQUIRE_LIBRARIES=1 it must be. It is not imported here."""

    def check(*names):
        for name in names:
            if find_spec(name) is None:
                reason = f"{name} is not installed; it runs this test for real"
                if os.environ.get("LRLAB_REQUIRE_LIBRARIES") == "1":
                    pytest.fail(reason)
                pytest.skip(reason)

    return check


@pytest.fixture(scope="session")
def library(installed):
    """Import a library, or skip as `installed` does."""

    def load(name):
        installed(name)
        return importlib.import_module(name)

    return load
