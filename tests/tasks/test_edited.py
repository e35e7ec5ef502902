"""A file of the user's that is edited while the program goes on: new code under a new key, or a word."""

import importlib
import sys

import pytest

from lrlab.errors import TaskError
from lrlab.tasks import get, get_as_it_is, resolve

MINE = """from edited_net import model
from lrlab import Task

X, Y = [[float(i % 7), 1.0, float(i % 3)] for i in range(30)], [i % 3 for i in range(30)]


def task():
    return Task.from_arrays(model=model, inputs=X, labels=Y)
"""
NET = """from torch import nn


def model():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A task's file and the module it imports, in a folder on the path."""
    (tmp_path / "edited_mine.py").write_text(MINE)
    (tmp_path / "edited_net.py").write_text(NET)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("edited_mine", "edited_net", "_lrlab_task_edited_mine"):
        sys.modules.pop(name, None)


def edit(file, old, new):
    file.write_text(file.read_text().replace(old, new) + "\n\n# longer\n")


def place(way):
    return resolve(f"edited_mine{way}:task").where


def test_an_edited_file_is_loaded_again(folder):
    first = get_as_it_is(place(".py"))
    assert get_as_it_is(place(".py")) is first
    edit(folder / "edited_mine.py", "i % 7", "i % 5")
    assert get(place(".py")) is first  # a worker goes on with what it has
    again = get_as_it_is(place(".py"))
    assert again.fingerprint != first.fingerprint
    assert get(place(".py")) is again
    assert float(again.train.inputs.max()) == 4.0


@pytest.mark.parametrize("way", [".py", ""])
def test_an_edited_helper_is_refused_until_it_is_loaded_again(folder, way):
    first = get_as_it_is(place(way))
    edit(folder / "edited_net.py", "nn.ReLU", "nn.Tanh")
    for _ in range(2):
        with pytest.raises(TaskError, match=r"edited_net was changed .*importlib.reload\(edited_net\)"):
            get_as_it_is(place(way))
    importlib.reload(sys.modules["edited_net"])
    if not way:  # it still has the function that it took
        with pytest.raises(TaskError, match=r"loaded as `model`; .*import again what was taken"):
            get_as_it_is(place(way))
        importlib.reload(sys.modules["edited_mine"])
    again = get_as_it_is(place(way))
    assert again.fingerprint != first.fingerprint
    assert "Tanh" in str(again.model())


def test_an_edited_module_that_makes_a_task_is_refused_until_it_is_loaded_again(folder):
    first = get_as_it_is(place(""))
    edit(folder / "edited_mine.py", "return Task", "print()\n    return Task")
    for _ in range(2):
        with pytest.raises(TaskError, match=r"importlib.reload\(edited_mine\)"):
            get_as_it_is(place(""))
    importlib.reload(sys.modules["edited_mine"])
    assert get_as_it_is(place("")).fingerprint != first.fingerprint
