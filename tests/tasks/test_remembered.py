"""What a built-in task was is remembered for the very same program, and for no other."""

import os

import pytest

import lrlab.tasks._remembered as module
from lrlab.tasks import get, remember_facts, remembered_facts, resolve

TASK = "digits/mlp"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def remembered(name=TASK):
    where = resolve(name).where
    remember_facts(where, get(where))
    return remembered_facts(where)


def test_it_is_what_the_task_says():
    task, facts = get(TASK), remembered()
    assert facts.fingerprint == task.fingerprint
    assert (facts.examples, facts.validated, facts.notes) == (task.examples, True, task.notes)


def test_nothing_is_remembered_before_it_was_made():
    assert remembered_facts(TASK) is None


def test_options_are_another_task():
    remembered()
    assert remembered_facts(resolve("digits/mlp(split=fresh)").where) is None


@pytest.mark.parametrize("what", ["_own_files", "_version_of"])
def test_another_program_remembers_nothing(monkeypatch, what):
    assert remembered() is not None
    changed = {"_own_files": lambda: iter([("a.py", 1, 2)]), "_version_of": lambda package: f"{package} 99"}
    monkeypatch.setattr(module, what, changed[what])
    assert remembered_facts(TASK) is None


def test_a_file_of_lrlabs_that_changes_is_another_program(tmp_path, monkeypatch):
    (tmp_path / "room" / "inner").mkdir(parents=True)
    file = tmp_path / "room" / "inner" / "a.py"
    file.write_text("1")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "room" / "inner" / "_remembered.py"))
    before = list(module._own_files())
    assert [path for path, *_ in before] == [str(file)]
    os.utime(file, ns=(0, 0))
    assert list(module._own_files()) != before


@pytest.mark.parametrize("name", ["text/char-gpt(file=book.txt)", "text/classify(data=reviews)"])
def test_what_lies_elsewhere_is_looked_at_each_time(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book.txt").write_text("words " * 50)
    assert module._place_of(resolve(name).where) is None
    assert module._place_of(TASK) is not None


@pytest.mark.parametrize("name", ["mine.py:task", "cifar10/convnet", "nothing like it"])
def test_a_task_that_is_not_built_in_is_made_each_time(name):
    assert module._place_of(name) is None
    assert remembered_facts(name) is None


@pytest.mark.parametrize("text", ["", "{", "{}", '{"fingerprint": 1}'])
def test_what_cannot_be_read_is_not_remembered(cache, text):
    remembered()
    (file,) = (cache / "tasks").iterdir()
    file.write_text(text)
    assert remembered_facts(TASK) is None
    assert remembered() is not None


def test_a_cache_that_takes_no_files_is_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path / "file"))
    assert remembered() is None
