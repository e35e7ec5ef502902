"""A tenth of the hostile cases of `benchmarks/hostile.py`, of every kind, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOSTILE = Path(__file__).parents[2] / "benchmarks" / "hostile.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="each case is a fork of one process")
@pytest.mark.parametrize("first", [1, 11])  # of twenty shares each has its own; two calls, for two workers
def test_every_tenth_hostile_case_ends_in_words_or_a_run(first):
    words = ["--first", str(first), "--step", "19", "--count", "1900", "--jobs", "1", "--check"]
    done = subprocess.run([sys.executable, HOSTILE, *words], capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, f"{done.stdout[-5000:]}\n{done.stderr[-3000:]}"
    assert "100 cases: 0 with faults" in done.stdout
