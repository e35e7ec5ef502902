"""A loop by its place, and what its fingerprint covers."""

import importlib
import subprocess
import sys

import pytest

import lrlab
from lrlab.errors import TaskError
from lrlab.loops import open_loop
from lrlab.loops._place import load_loop
from lrlab.tasks import get
from support.loops import TEXT, file_of, train


def opened(place):
    found = open_loop(str(place))
    assert found is not None
    return found


def test_a_loop_is_found_in_a_file_alone_or_by_name(tmp_path):
    file = file_of(tmp_path)
    alone, named = opened(file), opened(f"{file}:train")
    assert (alone.data, alone.where) == (named.data, named.where)
    assert (alone.name, alone.where) == ("train:train", f"{file}:train")
    assert set(alone.program) == {"train.py", "metric", "updates per epoch", "settings"}


MADE = """
import lrlab

def inner(run):
    run.finish(test_accuracy=0.5)

def build():
    return lrlab.trial(metric="accuracy")(inner)

judged = lrlab.trial(metric="accuracy")

@judged
def decorated(run):
    run.finish(test_accuracy=0.5)

train = build()
"""


@pytest.mark.parametrize("name", ["train", "decorated"])
def test_a_loop_that_a_helper_makes_is_found(tmp_path, name):
    (tmp_path / "made.py").write_text(MADE)
    assert opened(tmp_path / f"made.py:{name}").loop.metric.name == "accuracy"
    for other in ("inner", "build"):
        assert open_loop(str(tmp_path / f"made.py:{other}")) is None


def test_a_loop_that_is_asked_for_as_a_task_is_refused_in_words(tmp_path):
    (tmp_path / "made.py").write_text(MADE)
    with pytest.raises(TaskError, match=r"made.py:train is a OwnLoop of run, and a task is made by one of nothing"):
        get(str(tmp_path / "made.py:train"))


def test_what_is_no_loop_is_left_to_others(tmp_path):
    (tmp_path / "net.py").write_text("import lrlab\nmade = []\ndef task():\n    made.append(1)\n")
    for place in ("digits/mlp", "hub:user/set", f"{tmp_path / 'net.py'}:task"):
        assert open_loop(place) is None


def test_a_loop_that_a_file_takes_from_another_is_found(tmp_path, monkeypatch):
    file_of(tmp_path, "inner_loops.py")
    (tmp_path / "outer.py").write_text("from inner_loops import train\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert set(opened("outer.py:train").program) >= {"outer.py", "inner_loops.py"}
    assert opened("inner_loops:train").name == "inner_loops:train"


def test_the_fingerprint_is_that_of_what_runs(tmp_path):
    def data(name, more="", text=TEXT, version=""):
        (tmp_path / name).mkdir()
        file = file_of(tmp_path / name, more=more)
        if version:
            file.write_text(file.read_text().replace('metric="accuracy"', f'metric="accuracy", version="{version}"'))
        return opened(file).data

    plain = data("a")
    assert data("b", more="# a comment\n\n") == plain
    assert data("c", more="HELPER = 1\n") != plain
    assert data("d", version="2") != plain


def test_a_file_that_changes_is_read_anew(tmp_path):
    first = opened(file_of(tmp_path)).data
    assert opened(file_of(tmp_path, more="HELPER = 1\n")).data != first


def test_a_loop_made_here_is_known_by_what_it_leads_to():
    before = open_loop(train, send=False)
    assert before.name == "loop:train"
    assert before.program.keys() >= {"support/loops.py", "metric", "settings"}
    assert open_loop(train, send=False).data == before.data
    assert open_loop(lrlab.trial(version="2")(train.function), send=False).data != before.data


def test_a_loop_of_a_script_is_sent_by_value(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        TEXT.format(more="")
        + "\nresults = lrlab.compare(train, ['constant', 'linear'], updates=20, seeds=6, tuning_seeds=1, workers=2,"
        + " progress=False)\nprint(results.study.task, results.leader)\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "loop:train constant\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import lrlab\n1 / 0\n@lrlab.trial\ndef train(run): ...\n", "t.py:2: ZeroDivisionError"),
        (
            "import lrlab\n@lrlab.trial\ndef train(run): ...\n@lrlab.trial\ndef fit(run): ...\n",
            "makes 2 loops; write t.py",
        ),
        (
            "import lrlab\n@lrlab.trial\ndef train(run): ...\nbegin = lrlab.Task(model=0)\n",
            "makes 2 tasks and loops; write",
        ),
        (
            "import lrlab\ndef train(run): ...\n",
            "no task is seen in t.py; write .*, or a training loop under @lrlab.trial",
        ),
    ],
)
def test_a_file_that_does_not_do_is_told_the_way(tmp_path, text, words):
    (tmp_path / "t.py").write_text(text)
    with pytest.raises(TaskError, match=words):
        open_loop(str(tmp_path / "t.py"))


def test_a_loop_of_a_program_cannot_be_named_elsewhere():
    with pytest.raises(
        TaskError, match=r"loop:train was made in a Python program; run that again \(lrlab.compare\(loop,"
    ):
        open_loop("loop:train")


def test_a_loop_without_torch_loads_none(tmp_path):
    file_of(tmp_path)
    program = """
import sys
from pathlib import Path
from lrlab.execution import Inline
from lrlab.loops import perform_loop
from lrlab.spec import RunLoop, Trial

trial = Trial(
    task="train:train", data="", optimizer="sgd", schedule="linear", peak=0.1, seed=0, budget="20 updates", batch_size=1
)
job = RunLoop(name="one", trial=trial, where=str(Path("train.py").resolve()) + ":train", folder="folder")
*_, end = Inline().run([job])
print(type(end).__name__, "torch" in sys.modules, end.trained[0].record.provenance.torch[:2])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout == "Ended False 2.\n", done.stderr


def test_a_file_that_changes_trains_what_its_fingerprint_says(tmp_path):
    file = file_of(tmp_path)
    first = load_loop(opened(file).where)
    found = opened(file_of(tmp_path, more="HELPER = 1\n"))
    assert load_loop(found.where) is found.loop
    assert load_loop(found.where).function.__globals__["HELPER"] == 1
    assert "HELPER" not in first.function.__globals__


def test_a_helper_that_changes_is_refused_until_it_is_loaded_again(tmp_path, monkeypatch):
    helper = tmp_path / "changing_helper.py"
    helper.write_text("def act(x):\n    return x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = file_of(tmp_path, more="from changing_helper import act\n")
    first = opened(file).data
    helper.write_text("def act(x):\n    return x + 1\n\n# longer\n")
    with pytest.raises(TaskError, match=r"importlib.reload\(changing_helper\)"):
        opened(file)
    importlib.reload(sys.modules["changing_helper"])
    assert opened(file).data != first
    del sys.modules["changing_helper"]
