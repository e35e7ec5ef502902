"""What the manual on trainers says is true: its code runs, its examples exist, its names are those of the room."""

import os
import re
import subprocess
import sys
from pathlib import Path

from lrlab import trainers
from support import libraries

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "trainers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python ?([\w-]*)\n(.*?)```", MANUAL, re.DOTALL)


def run(code, **environment):
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_manual_on_optax():
    libraries.require("jax", "optax")
    run(*[code for needs, code in BLOCKS if needs == ""])


def test_the_manual_on_keras():
    libraries.require("jax", "keras")
    run(*[code for needs, code in BLOCKS if needs == "keras"], KERAS_BACKEND="jax")


def test_what_is_not_run_is_python_and_names_what_there_is():
    sketches = [code for needs, code in BLOCKS if needs == "no-run"]
    assert len(sketches) == len(BLOCKS) - 2
    for code in sketches:
        compile(code.replace(", ...)", ")"), "a block of the manual", "exec")
        names = re.findall(r"\b(\w+Callback|\w+_trial)\(", code)
        assert names
        assert set(names) <= set(trainers.__all__)


def test_every_name_of_the_room_is_told_of():
    assert all(f"{name}(" in MANUAL for name in trainers.__all__ if name != "OptaxSchedule")
