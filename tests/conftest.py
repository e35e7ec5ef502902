"""One thread for each process of the tests: two busy processes of two threads on two cores are several times slower.

Laws have no deadline: a busy machine breaks none.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support import libraries
from support.browser import browser, opened  # noqa: F401  one for all rooms: a second in one process would not start
from support.clusters import ray_cluster  # noqa: F401  it takes half a minute to start

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")
DATA = os.environ.get("LRLAB_DATA", "").strip()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache folder of the tests' own: what was measured or decoded here before must not decide them."""
    before = os.environ.get("LRLAB_CACHE")
    os.environ["LRLAB_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("LRLAB_CACHE")
    if before is not None:
        os.environ["LRLAB_CACHE"] = before


@pytest.fixture(scope="session")
def library():
    """Imports a library, or skips the test; with LRLAB_REQUIRE_LIBRARIES=1 it must be there."""
    return libraries.load


@pytest.fixture(scope="session")
def real_data():
    """The folder with cifar10 and mnist; without LRLAB_DATA the test is skipped, or fails with LRLAB_REQUIRE_DATA=1."""
    if DATA:
        return Path(DATA).expanduser().resolve()
    reason = "needs real data: set LRLAB_DATA to the folder with cifar10 and mnist"
    if os.environ.get("LRLAB_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs_native():
    """The compiled part; without it the test is skipped, or fails with LRLAB_REQUIRE_NATIVE=1."""
    from lrlab.native import missing

    reason = missing()
    if reason is not None and os.environ.get("LRLAB_REQUIRE_NATIVE") == "1":
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)


def _instruction_sets():
    """Those to test: what LRLAB_ISA asks for, else all that this processor has; all but the widest are slow tests."""
    from lrlab.errors import NativeMissing
    from lrlab.native import isas

    asked = os.environ.get("LRLAB_ISA", "").strip()
    try:
        *narrower, widest = [asked] if asked else isas()
        return [widest, *(pytest.param(one, marks=pytest.mark.slow) for one in narrower)]
    except NativeMissing:
        return ["none"]


@pytest.fixture(params=_instruction_sets())
def instruction_set(request, needs_native, monkeypatch):
    """Runs the test by every instruction set that there is to test: what is equal in one may differ in another."""
    monkeypatch.setenv("LRLAB_ISA", request.param)
    return request.param
