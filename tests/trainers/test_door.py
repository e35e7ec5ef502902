"""The door of the room opens what it lists, and importing it loads none of the libraries it is for."""

import os
import subprocess
import sys

import pytest

import lrlab
from lrlab import trainers
from lrlab.errors import TaskError
from support import libraries

LIBRARIES = ["lightning", "transformers", "keras", "jax", "optax"]


def test_importing_the_room_costs_nothing():
    code = (
        f"import sys, lrlab.trainers; sys.exit(str(sorted(set({[*LIBRARIES, 'torch', 'scipy']}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


@pytest.mark.slow
def test_it_opens_what_it_lists():
    libraries.require(*LIBRARIES)
    assert dir(trainers) == trainers.__all__
    code = "from lrlab import trainers; assert all(getattr(trainers, name) for name in trainers.__all__)"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_what_it_does_not_have_is_said():
    with pytest.raises(AttributeError, match="no attribute 'nothing'; it has KerasCallback"):
        trainers.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("name", "needs"), [("LightningCallback", "lightning"), ("transformers_trial", "transformers")]
)
def test_a_library_that_is_not_installed_is_named(name, needs, monkeypatch):
    for module in [module for module in sys.modules if module.startswith("lrlab.trainers._")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, needs, None)
    with pytest.raises(TaskError, match=f"lrlab.trainers.{name} needs {needs}, which is not installed; write pip inst"):
        getattr(trainers, name)


def test_without_jax_a_schedule_for_optax_says_so(monkeypatch):
    for module in [module for module in sys.modules if module.partition(".")[0] == "jax"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(
        TaskError, match=r"lrlab.optax_schedule needs jax, which is not installed; write pip install jax"
    ):
        lrlab.optax_schedule("cosine", 0.1, 12)
