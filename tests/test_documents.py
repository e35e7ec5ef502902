"""What the documents say is true: their code runs, their commands exist, their numbers are in a file."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LRLAB = str(Path(sys.executable).with_name("lrlab"))


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


README_COMMANDS = [line for block in blocks(README, "bash") for line in block.splitlines()]


def run(line, cwd):
    words = [LRLAB if word.endswith("lrlab") else word for word in shlex.split(line)]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A folder with the examples, as a clone has them."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


def test_every_command_of_the_readme_starts_with_the_installed_lrlab():
    assert len(README_COMMANDS) >= 7
    assert all(line.startswith(".venv/bin/lrlab ") for line in README_COMMANDS)


@pytest.mark.parametrize("line", [line for line in README_COMMANDS if re.search("lrlab (list|show)", line)])
def test_quick_commands_of_the_readme_run(line, checkout):
    run(line, checkout)


@pytest.mark.slow
def test_the_other_commands_of_the_readme_run_one_after_the_other(checkout):
    for line in README_COMMANDS:
        if not re.search("lrlab (list|show)", line):
            # A tenth of the budget: the same path, without the waiting.
            assert "on test data" in run(
                line.replace("--budget 90s", "--budget 20s").replace("--budget 60s", "--budget 20s"), checkout
            )


def test_the_readmes_table_is_the_one_that_was_measured():
    shown = re.search(r"<!-- table: demo -->\n(.*)<!-- end -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1].count("\n") >= 10
    assert shown[1] in (ROOT / "benchmarks" / "results" / "demo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "docs/own-task.md", "docs/rules.md"])
def test_python_in_the_documents_runs(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = {}
    for block in blocks((ROOT / document).read_text(encoding="utf-8"), "python"):
        exec(block, space)
    if "task" in space:
        assert space["task"]().classes == 3
        import numpy as np

        inputs = np.random.default_rng(0).normal(size=(20, 20))
        assert space["regression"](inputs, inputs[:, :1], space["model"]).metric.name == "mean absolute error"


def test_the_example_study_is_read():
    from lrlab.spec import load_study

    assert len(load_study(ROOT / "examples" / "study.yaml").schedules) == 4


def test_the_manual_has_every_verb_and_option():
    import typer

    from lrlab.cli import app

    manual = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands
    for verb, command in commands.items():
        assert f"## lrlab {verb} " in manual
        assert f"`$ lrlab {verb} " in manual
        for parameter in command.params:
            for option in [word for word in parameter.opts if word.startswith("--") and word != "--help"]:
                assert f"`{option}" in manual, f"{verb} {option}"


def test_ci_calls_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "`make test`" in README


def test_constraints_pin_what_pyproject_asks_for():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {
        line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    asked = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    names = {re.split(r"[<>=\[ ]", need)[0].lower() for need in asked}
    assert names - {name.replace("_", "-") for name in pinned} == set()


def test_the_readme_counts_the_schedules():
    from lrlab.schedules import SCHEDULES

    assert f"All {len(SCHEDULES)} of them" in README
    assert f"- {len(SCHEDULES)} schedules" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
