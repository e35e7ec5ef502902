"""A finished study is answered without its task; all else is not."""

import json
import sqlite3
import subprocess
import sys

import pytest

import lrlab
from lrlab.lab import finished_task, open_task
from lrlab.spec import Study
from lrlab.store import Store

FIELDS = {
    "name": "short",
    "task": "digits/mlp",
    "schedules": ["constant", "cosine"],
    "budget": "1 epochs",
    "tune": {"peaks": [0.1], "seeds": [1]},
    "confirm": {"seeds": [2, 3]},
}
STUDY = Study.model_validate(FIELDS)
AGAIN = (
    "import sys; from lrlab.cli import main; sys.argv[1:] = ['run', 'short.yaml', '--store', 'short.db', '--json']\n"
    "try:\n    main()\nfinally:\n    print('torch' in sys.modules, file=sys.stderr)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    (folder / "short.yaml").write_text(STUDY.to_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRLAB_CACHE", str(folder / "cache"))
        lrlab.run(folder / "short.yaml", store=folder / "short.db", workers=0, progress=False)
    return folder


@pytest.fixture(autouse=True)
def same_cache(folder, monkeypatch):
    monkeypatch.setenv("LRLAB_CACHE", str(folder / "cache"))


def finished(folder, **changes):
    with Store(folder / "short.db") as store:
        return finished_task(STUDY.model_copy(update=changes), store)


def test_its_task_is_as_it_was_opened(folder):
    """But for the names of its classes, which are no facts that are remembered: those of the records are shown."""
    opened = open_task("digits/mlp")._replace(class_names=None)
    assert finished(folder) == opened
    assert finished(folder, task="Digits/MLP") == opened


def test_a_study_of_which_something_is_missing_is_not_finished(folder):
    assert finished(folder, budget="2 epochs") is None


def test_nor_is_one_whose_task_was_not_made_here(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path))
    assert finished(folder) is None


@pytest.mark.parametrize("change", [{"task": "digits/nothing"}, {"task": "mine.py:task"}, {"batch_size": 5000}])
def test_what_is_wrong_is_said_where_the_task_is_opened(folder, change):
    assert finished(folder, **change) is None


def run_again(folder):
    done = subprocess.run(
        [sys.executable, "-c", AGAIN], cwd=folder, capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout, done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_running_it_again_loads_no_torch_and_says_the_same(folder, tmp_path, monkeypatch):
    fast, loaded = run_again(folder)
    assert loaded == "False"
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path))
    slow, loaded = run_again(folder)
    assert loaded == "True"
    assert fast == slow


@pytest.mark.slow
def test_a_trial_that_is_forgotten_is_trained_again(folder):
    before, _ = run_again(folder)
    with sqlite3.connect(folder / "short.db") as database:
        (key,) = database.execute("select key from record order by rowid desc").fetchone()
    with Store(folder / "short.db", write=True) as store:
        record = store.get([key])[key]
        store.remove(key)
    after, loaded = run_again(folder)
    assert loaded == "True"
    with Store(folder / "short.db") as store:
        assert store.get([key])[key].test == record.test
    assert json.loads(after)["answer"] == json.loads(before)["answer"]
