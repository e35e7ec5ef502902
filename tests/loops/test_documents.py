"""The document and the example of own loops: their code and their commands run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import lrlab
from lrlab.loops import OwnLoop
from support import command

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "own-loop.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_code_of_the_document_runs():
    space = {"lrlab": lrlab}
    for block in blocks("python"):
        exec(block, space)
    assert isinstance(space["train"], OwnLoop)
    assert space["tuned"].settings == {"weight_decay": 1e-4, "width": 32}


@pytest.mark.slow
def test_the_commands_of_the_document_run(tmp_path):
    (tmp_path / "train.py").write_text(blocks("python")[0])
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    assert len(lines) == 2
    for line in lines:
        few = [*shlex.split(line)[1:], "--updates", "50", "--peaks", "0.1", "--seeds", "2", "--tuning-seeds", "1"]
        assert "% test accuracy" in command.lrlab(*few, cwd=tmp_path).stdout


@pytest.mark.slow
def test_the_example_runs(tmp_path):
    words = [sys.executable, str(ROOT / "examples" / "own_loop.py")]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Use cosine at peak")
