"""The example of a loop's runs judged, and the job of GitHub Actions beside it, run as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "examples" / "judge" / "action.yml"
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def steps():
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))["jobs"]["judge"]["steps"]


def shell(line, cwd):
    return subprocess.run(
        ["bash", "-c", line], cwd=cwd, capture_output=True, text=True, check=False, timeout=300, env=ENVIRONMENT
    )


def test_the_job_has_five_steps_of_a_line_each():
    assert len(steps()) == 5
    assert steps()[2] == {"run": "pip install ./lrlab"}
    assert ACTION.read_text(encoding="utf-8").count("\n      - ") == 5


@pytest.mark.slow
def test_five_seeds_are_undecided_and_say_how_many_would_do(tmp_path):
    done = shell(f"{sys.executable} {ROOT / 'examples' / 'judge' / 'train.py'}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Undecided: " in done.stdout
    assert "With 5 seeds no difference can be claimed, however clear it is; 6 seeds can." in done.stdout
    assert "cosine is better than constant: undecided" in done.stdout
    assert len((tmp_path / "runs.csv").read_text(encoding="utf-8").splitlines()) == 11


@pytest.mark.slow
def test_the_jobs_lines_run_and_the_last_one_decides(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    train, judge = (re.sub(r"\$\{\{.*?\}\}", "7", step["run"]) for step in steps()[3:])
    assert shell(train, tmp_path).returncode == 0
    assert (tmp_path / "runs.csv").read_text(encoding="utf-8").splitlines()[1].startswith("constant,70,")
    assert shell(judge, tmp_path).returncode == 0
    assert shell(judge.replace("cosine>constant", "constant>cosine"), tmp_path).returncode == 5
