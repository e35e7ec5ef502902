"""`lrlab plan` as a process."""

import json
import subprocess
import sys

from support.command import lrlab


def test_numbers_alone_are_answered_and_leave_nothing_behind(tmp_path):
    done = lrlab("plan", "--arms", "8", "--difference", "0.5", "--sd", "0.8", "--seeds", "10", cwd=tmp_path)
    assert done.stdout.startswith("Take 40 seeds (320 trainings): they decide a difference of 0.5 ")
    assert "\n    6  where all agree" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_json_is_for_scripts(tmp_path):
    done = lrlab("plan", "--questions", "27", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (found["recommended"], found["arms"], found["spread"]) == (13, 0, None)
    assert found["text"].startswith("Take 13 seeds: ")


def test_no_torch_is_loaded_without_a_task(tmp_path):
    code = (
        "import sys, lrlab; lrlab.plan(arms=8, difference=0.5, sd=0.8); "
        "print(sorted({'torch', 'plotly', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_mistake_ends_in_words(tmp_path):
    for words, way_out in (
        ([], "give schedules, or --arms 8"),
        (["--arms", "8", "--sd", "0"], "a spread is a number above 0"),
        (["digits/mlp", "constant", "0.1"], "0.1 is a number, not a schedule"),
    ):
        done = lrlab("plan", *words, cwd=tmp_path, code=2)
        assert way_out in done.stderr
