"""The door of the room opens what it lists, and importing it loads none of the libraries it is for."""

import os
import subprocess
import sys

import pytest

from lrlab import trainers

LIBRARIES = ["lightning", "transformers", "keras", "jax", "optax"]


def test_importing_the_room_costs_nothing():
    code = (
        f"import sys, lrlab.trainers; sys.exit(str(sorted(set({[*LIBRARIES, 'torch', 'scipy']}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


@pytest.mark.slow
def test_it_opens_what_it_lists(installed):
    installed(*LIBRARIES)
    assert dir(trainers) == trainers.__all__
    code = "from lrlab import trainers; assert all(getattr(trainers, name) for name in trainers.__all__)"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_what_it_does_not_have_is_said():
    with pytest.raises(AttributeError, match="no attribute 'nothing'; it has KerasCallback"):
        trainers.nothing  # noqa: B018
