"""The help of every verb ends with an example that can be typed, and loads nothing heavy."""

import shlex
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from lrlab.cli import app
from lrlab.cli._examples import EXAMPLES


def verbs():
    """Every verb, those of the store too, with its command."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        below = getattr(command, "commands", {})
        found |= {f"{name} {verb}": part for verb, part in below.items()} or {name: command}
    return found


def help_of(words):
    done = CliRunner().invoke(app, [*words, "--help"], env={"TERM": "dumb", "COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    return done.output.rstrip().splitlines()[-1].strip()


@pytest.mark.parametrize("verb", verbs())
def test_the_help_of_a_verb_ends_with_an_example_of_it(verb):
    assert help_of(verb.split()) == f"Example: {EXAMPLES[verb]}"
    assert EXAMPLES[verb].startswith(f"lrlab {verb}")
    options = {name for parameter in verbs()[verb].params for name in parameter.opts}
    used = [word for word in shlex.split(EXAMPLES[verb]) if word.startswith("--")]
    assert set(used) <= options


def test_the_help_of_all_ends_with_one_too():
    assert help_of([]) == f"Example: {EXAMPLES['compare']}"
    assert help_of(["store"]) == f"Example: {EXAMPLES['store check']}"


def test_help_loads_nothing_that_takes_long():
    code = "import sys, lrlab.cli._app; print(sorted({'numpy', 'pydantic', 'torch', 'polars'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
