"""Libraries that tests run for real where they are installed."""

import importlib
import os
from importlib.util import find_spec
from types import ModuleType

import pytest


def require(*names: str) -> None:
    """Skip where a library is not installed; with LRLAB_REQUIRE_LIBRARIES=1 it must be. None is imported here."""
    for name in names:
        if find_spec(name) is None:
            reason = f"{name} is not installed; it runs this test for real"
            if os.environ.get("LRLAB_REQUIRE_LIBRARIES") == "1":
                pytest.fail(reason)
            pytest.skip(f"{reason}; LRLAB_REQUIRE_LIBRARIES=1 makes this a failure")


def load(name: str) -> ModuleType:
    """The library, imported; else as `require`."""
    require(name)
    return importlib.import_module(name)
