"""What makes two versions of a user's task two: what runs, and the structure of the model; not comments, nor places."""

import itertools
import sys
from pathlib import Path

import pytest

from lrlab.tasks import get, resolve

NUMBERS = itertools.count()
MINE = '''"""A task."""
from program_net import model
from lrlab import Task

X, Y = [[float(i % 7), 1.0, float(i % 3)] for i in range(30)], [i % 3 for i in range(30)]


def task():
    """Made of two lists."""
    return Task.from_arrays(model=model, inputs=X, labels=Y)
'''
NET = """from torch import nn
from program_sizes import HIDDEN


def model():
    return nn.Sequential(nn.Linear(3, HIDDEN), nn.ReLU(), nn.Dropout(0.1), nn.Linear(HIDDEN, 3))
"""
FILES = {"mine.py": MINE, "program_net.py": NET, "program_sizes.py": "HIDDEN = 4\n"}


@pytest.fixture
def opened(tmp_path):
    """Opens the task of some files in a folder of its own, as a process of its own would."""

    def opened(place="mine.py:task", **changes):
        folder = tmp_path / str(next(NUMBERS)) / "folder"
        for name, text in (FILES | {_file(name): text for name, text in changes.items()}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        before = list(sys.path)
        try:
            if place.partition(":")[0].endswith(".py"):
                return _noted(get(resolve(f"{folder}/{place}").where))
            sys.path.insert(0, str(folder))
            return _noted(get(resolve(place).where))
        finally:
            sys.path[:] = before
            for name, module in list(sys.modules.items()):
                if Path(getattr(module, "__file__", None) or "/").is_relative_to(tmp_path):
                    del sys.modules[name]

    yield opened
    get.__globals__["_load_checked"].cache_clear()


def _file(name):
    return name if "." in name else f"{name}.py"


def _noted(task):
    assert task.fingerprint  # while its modules are there
    return task


def changed(one, other):
    return {part for part in {**one.program, **other.program} if one.program.get(part) != other.program.get(part)}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"mine": MINE + "\n# a comment\n"},
        {"mine": MINE.replace('"""A task."""', '"""Another docstring."""').replace("    return", "\n\n    return")},
        {"mine": MINE.replace('    """Made of two lists."""\n', "")},
        {"mine": "# -*- coding: utf-8 -*-\n# caf\xe9\n".encode() + MINE.encode()},
        {"program_net": NET.replace("(3, HIDDEN)", "( 3,\n  HIDDEN )") + "# note of today\n"},
        {"program_unused": "HIDDEN = 5\n"},
    ],
)
def test_comments_spaces_docstrings_and_folders_change_nothing(opened, files):
    assert opened(**files).fingerprint == opened().fingerprint


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        ({"mine": MINE.replace("i % 7", "i % 5")}, {"mine.py"}),
        ({"program_net": NET.replace("ReLU", "Tanh")}, {"program_net.py", "the model"}),
        ({"program_net": NET.replace("0.1", "0.2")}, {"program_net.py", "the model"}),
        (
            {"program_net": NET.replace("nn.Linear(HIDDEN, 3)", "nn.Linear(HIDDEN, 3, bias=False)")},
            {"program_net.py", "the model"},
        ),
        ({"program_net": NET.replace("return", "nn.Identity()\n    return")}, {"program_net.py"}),
        ({"program_sizes": "HIDDEN = 5\n"}, {"program_sizes.py", "the model"}),
        ({"program_sizes": "HIDDEN = 4\nOTHER = 1\n"}, {"program_sizes.py"}),
        ({"mine": MINE.replace("labels=Y", 'labels=Y, version="2"')}, {"mine.py", "version"}),
    ],
)
def test_what_runs_counts_wherever_it_stands(opened, files, parts):
    base, other = opened(), opened(**files)
    assert base.fingerprint != other.fingerprint
    assert changed(base, other) == parts
    assert (base.arrays == other.arrays) == ("i % 5" not in files.get("mine", ""))


WAYS = {
    "inside a function": "def model():\n    from program_sizes import HIDDEN\n    from torch import nn\n"
    "    return nn.Linear(3, 3)\n",
    "by importlib": "import importlib\nfrom torch import nn\nsizes = importlib.import_module('program_sizes')\n"
    "def model(): return nn.Linear(3, 3)\n",
    "as a class": "from torch import nn\nclass Net(nn.Linear): pass\ndef model(): return Net(3, 3)\n"
    "import program_sizes as s\n",
    "all of it": "from program_sizes import *\nfrom torch import nn\ndef model(): return nn.Linear(3, 3)\n",
    "under a condition": "from torch import nn\ntry:\n    import program_sizes\nexcept ImportError:\n    pass\n"
    "def model(): return nn.Linear(3, 3)\n",
    "never run": "from torch import nn\ndef model(): return nn.Linear(3, 3)\ndef late():\n    import program_sizes\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_an_imported_file_counts_by_whatever_way_it_is_imported(opened, way):
    base, other = (opened(program_net=WAYS[way], program_sizes=f"HIDDEN = {size}\n") for size in (4, 5))
    assert changed(base, other) == {"program_sizes.py"}


def files_of(task):
    return {part for part in task.program if part.endswith(".py")}


def test_files_of_a_package_count_by_their_names(opened):
    kit = {
        "program_kit/__init__.py": "",
        "program_kit/nets.py": "from . import sizes\nfrom .deep.layers import head\n"
        "def model(): return head(sizes.WIDE)\n",
        "program_kit/sizes.py": "WIDE = 3\n",
        "program_kit/deep/__init__.py": "",
        "program_kit/deep/layers.py": "from torch import nn\nfrom ..sizes import WIDE\n"
        "def head(n): return nn.Linear(WIDE, n)\n",
    }
    mine = {"mine": MINE.replace("from program_net import", "from program_kit.nets import")}
    base, other = opened(**mine, **kit), opened(**mine, **kit | {"program_kit/sizes.py": "WIDE = 3  # \nMORE = 1"})
    assert changed(base, other) == {"program_kit/sizes.py"}
    assert files_of(base) == {"mine.py", *kit}


def test_a_task_in_a_package_is_found_by_its_name(opened):
    kit = {
        "program_box/__init__.py": "",
        "program_box/mine.py": MINE.replace("from program_net", "from .net"),
        "program_box/net.py": "from torch import nn\ndef model(): return nn.Linear(3, 3)\n",
    }
    assert files_of(opened("program_box.mine:task", **kit)) == set(kit)


SCALED = """import os
from torch import nn
class Net(nn.Linear):
    def __init__(self):
        super().__init__(3, 3)
        self.scale = float(os.environ["PROGRAM_SCALE"])
def model():
    return Net()
"""
COUNTED = """import itertools
from torch import nn
N = itertools.count()
class Net(nn.Linear):
    def __init__(self):
        super().__init__(3, 3)
        self.number, self.thing = next(N), object()
def model():
    return Net()
"""


def test_settings_from_outside_count_by_the_model_they_make(opened, monkeypatch):
    monkeypatch.setenv("PROGRAM_SCALE", "1")
    base, again = opened(program_net=SCALED), opened(program_net=SCALED)
    assert base.fingerprint == again.fingerprint
    monkeypatch.setenv("PROGRAM_SCALE", "2")
    assert changed(base, opened(program_net=SCALED)) == {"the model"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nn.Dropout(0.1)", "nn.Dropout(0.3)"),
        ("nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 3, stride=2)"),
        ("nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 3, padding=1)"),
        ("nn.BatchNorm1d(3)", "nn.BatchNorm1d(3, momentum=0.5)"),
        ("nn.ReLU()", "nn.GELU()"),
        ("nn.MultiheadAttention(4, 1)", "nn.MultiheadAttention(4, 2)"),
        ("nn.TransformerEncoderLayer(4, 2, 8)", "nn.TransformerEncoderLayer(4, 2, 8, activation=nn.functional.gelu)"),
        ("nn.Linear(3, 3)", "nn.Linear(3, 3).requires_grad_(False)"),
        ("nn.Linear(3, 3)", "nn.Linear(3, 3).double()"),
    ],
)
def test_every_setting_of_a_layer_is_in_the_structure(one, other):
    from torch import nn

    from lrlab.tasks import Task
    from lrlab.tasks._program import structure_of

    task = Task.from_arrays(model=nn.Identity, inputs=[[0.0]] * 20, labels=[0, 1] * 10)
    made = [[eval(text, {"nn": nn}) for _ in range(2)] for text in (one, one, other)]
    first, again, changed = (structure_of(tuple(pair), task) for pair in made)
    assert first == again != changed


def test_what_differs_from_one_model_to_the_next_does_not_count(opened):
    assert opened(program_net=COUNTED).fingerprint == opened(program_net=COUNTED).fingerprint


def test_built_in_tasks_have_no_program():
    assert get("digits/mlp").program == {}
