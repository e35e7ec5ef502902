"""The document of programs that are run as commands: its program and its commands run."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from support.command import lrlab

TEXT = (Path(__file__).parents[2] / "docs" / "own-command.md").read_text(encoding="utf-8")


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return found


def test_the_result_of_the_document_is_one():
    assert set(json.loads(block("json"))) >= {"test_accuracy", "epochs", "rates"}


def test_every_placeholder_is_in_the_document():
    from lrlab.loops._command import PLACEHOLDERS

    assert all(f"`{{{name}}}`" in TEXT for name in PLACEHOLDERS)


@pytest.mark.slow
def test_the_commands_of_the_document_run(tmp_path):
    (tmp_path / "program.py").write_text(block("python"))
    for line in block("bash").splitlines():
        verb, *words = shlex.split(line.replace("python program", f"{sys.executable} program"))[1:]
        few = ["--peaks", "0.03,0.1,0.3", "--seeds", "2", "--tuning-seeds", "1"] if verb == "compare" else []
        lrlab(verb, *words, *few, cwd=tmp_path)
