"""`lrlab doctor` as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

LRLAB = str(Path(sys.executable).with_name("lrlab"))


def lrlab(*words, cwd, **environment):
    return subprocess.run(
        [LRLAB, *words], cwd=cwd, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )


def test_it_says_what_is_there(tmp_path):
    shown = lrlab("doctor", cwd=tmp_path).stdout
    for word in ("Python", "torch", "processors", "graphics card", "compiled part", "polars", "data"):
        assert word in shown


def test_without_the_compiled_part_it_says_why_and_what_it_would_bring(tmp_path):
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_NATIVE=str(tmp_path)).stdout)
    assert str(tmp_path) in found["compiled part"]
    assert "everything works without it" in found["compiled part"]


def test_a_data_folder_is_looked_into(tmp_path):
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "train.parquet").touch()
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_DATA=str(tmp_path)).stdout)
    assert "birds" in found["data"]
    gone = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_DATA=str(tmp_path / "gone")).stdout)
    assert "no folder" in gone["data"]
