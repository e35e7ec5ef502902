"""What cannot be sent to another process is named, with the ways out; no traceback is shown."""

import functools
import io
import pickle
import sys
import threading
from types import ModuleType

import pytest
import torch
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import Task, by_value, get
from lrlab.tasks._by_value import load_value
from lrlab.tasks._pickling import dump_by_value, unpicklable

X, Y = [[1.0, 2.0]] * 30, [0, 1, 2] * 10
OUT = r"; put the task into a module and name that \(file.py:task\), or give workers=0, which trains in this process$"


class Elsewhere(torch.Tensor):
    """A tensor that says it lies on a graphics card."""

    device = property(lambda self: torch.device("cuda:0"))


class Net(nn.Linear):
    pass


class Settings:
    def __init__(self, log):
        self.log = log
        self.itself = self


def in_script(text, **names):
    """What a script defines in whose scope such names are."""
    scope = {"__name__": "__main__", "nn": nn, **names}
    exec(text, scope)
    return scope


@pytest.fixture
def log(tmp_path):
    with (tmp_path / "log").open("w") as file:
        yield file


WITH_GLOBAL = "def make_net():\n    held\n    return nn.Linear(2, 3)\n"
WITH_CLOSURE = (
    "def outer(held):\n    def make_net():\n        held\n        return nn.Linear(2, 3)\n    return make_net\n"
)


@pytest.mark.parametrize("text", [WITH_GLOBAL, WITH_CLOSURE + "make_net = outer(held)\n"])
@pytest.mark.parametrize(
    ("held", "words"),
    [
        (lambda log: log, "`make_net` holds `held`, an open file"),
        (lambda log: threading.Lock(), "`make_net` holds `held`, a lock"),
        (lambda log: (value for value in "ab"), "`make_net` holds `held`, a generator"),
        (lambda log: {"log": [0, log]}, r"`make_net` holds `held\['log'\]\[1\]`, an open file"),
        (lambda log: Settings(log), "`make_net` holds `held.log`, an open file"),
        (lambda log: functools.partial(print, file=log), "`make_net` holds `held.file`, an open file"),
        (lambda log: torch.zeros(2).as_subclass(Elsewhere), "`make_net` holds `held`, a tensor on cuda:0"),
        (lambda log: sys._getframe(), "`make_net` holds `held`, an object of frame"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_holder(log, text, held, words):
    model = in_script(text, held=held(log))["make_net"]
    task = Task.from_arrays(model=model, inputs=X, labels=Y)
    with pytest.raises(TaskError, match=f"^task:make_net cannot be sent to workers: {words}{OUT}"):
        by_value(task)
    place = by_value(task, send=False)
    assert get(place.where) is task


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class Net(nn.Linear):\n    log = held\ndef make(): return Net(2, 3)\n", "`Net` holds `log`, an open file"),
        ("def make(log=held): return nn.Linear(2, 3)\n", "`make` holds `log`, an open file"),
        ("def make(*, log=held): return nn.Linear(2, 3)\n", "`make` holds `log`, an open file"),
        ("def make(): return nn.Linear(2, 3)\nmake.log = held\n", "`make` holds `log`, an open file"),
        (
            "class Maker:\n    def __init__(self): self.log = held\n    def make(self): return nn.Linear(2, 3)\n"
            "make = Maker().make\n",
            "`make` holds `log`, an open file",
        ),
        ("def helper(): return held\ndef make(): helper\n", "`helper` holds `held`, an open file"),
        ("make = lambda: held\n", "`the model function` holds `held`, an open file"),
        (
            "class A:\n    @property\n    def log(self): return held\n    @staticmethod\n    def other(): return held\n"
            "def make(): A\n",
            "holds `held`, an open file",
        ),
    ],
)
def test_wherever_it_is_held(log, text, words):
    assert words in unpicklable(in_script(text, held=log)["make"])


def test_a_model_on_a_graphics_card_is_named_whole():
    model = nn.Linear(2, 3)
    model.weight.data = model.weight.data.as_subclass(Elsewhere)
    model.register_buffer("mean", torch.zeros(2).as_subclass(Elsewhere))
    assert unpicklable({"net": model}) == "`dict` holds `['net']`, a model on cuda:0"


def test_what_can_be_pickled_is_not_accused():
    assert unpicklable(Settings(3)) is None


def test_code_of_a_module_that_nobody_else_can_import_goes_with_it(monkeypatch):
    module = ModuleType("_made_here")
    module.__file__ = __file__
    exec("import torch\nclass Net(torch.nn.Linear): pass\n", vars(module))
    monkeypatch.setitem(sys.modules, "_made_here", module)
    content = io.BytesIO()
    dump_by_value(module.Net, content)
    monkeypatch.delitem(sys.modules, "_made_here")
    assert pickle.loads(content.getvalue()).__name__ == "Net"


def test_a_task_of_a_subclass_keeps_what_it_is():
    class Noted(Task):
        note = "mine"

    train = torch.zeros(5, 2), torch.arange(5) % 3
    task = Noted(model=functools.partial(Net, 2, 3), train=train, validation=None, test=train)
    place = by_value(task)
    assert place.name == "task:Net"
    other = load_value(place.where)
    assert (other.note, other.validation, other.fingerprint) == ("mine", None, task.fingerprint)
