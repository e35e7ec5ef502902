"""Tasks made in a script, in a notebook's cell or in a REPL go to other processes by value."""

import importlib
import itertools
import linecache
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lrlab.errors import TaskError
from lrlab.tasks import Task, by_value, get, resolve
from lrlab.tasks._by_value import load_value

CELLS = itertools.count()
MAKE = """\
import torch.nn.functional as F
from torch import nn

import by_value_sizes as sizes
from lrlab import Task

SCALE, SCHEDULES = 0.5, ["cosine"]


def halve(x):
    return x * SCALE


class Net(nn.Module):
    slope = 0.1

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, sizes.HIDDEN), nn.Linear(sizes.HIDDEN, 3)

    def forward(self, x):
        return self.last(F.leaky_relu(halve(self.first(x)), self.slope))


def make_net():
    return Net()


task = Task.from_arrays(model=make_net, inputs=[[1.0, 2.0]] * 30, labels=[0, 1, 2] * 10)
"""
SCRIPT = (
    MAKE
    + """\
import subprocess, sys
from lrlab.tasks import by_value

print("ran")
place = by_value(task)
read = "import sys; from lrlab.tasks import get; t = get(sys.argv[1]); t.model(); print(t.fingerprint, t.classes)"
print(place.name, task.fingerprint, place.where, flush=True)
subprocess.run([sys.executable, "-c", read, place.where], check=True)
"""
)


@pytest.fixture(autouse=True)
def sizes(tmp_path, monkeypatch):
    """A module of the user's beside the script."""
    file = tmp_path / "by_value_sizes.py"
    file.write_text("HIDDEN = 4\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield file
    for name in ("by_value_sizes", "by_value_other"):
        sys.modules.pop(name, None)


def run_cell(text, **others):
    """What a notebook's cell defines: its text is where Python looks for the lines of files."""
    name = f"<cell {next(CELLS)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope = {"__name__": "__main__", **others}
    exec(compile(text, name, "exec"), scope)
    return scope


def fingerprint_of(text, name="task"):
    task = run_cell(text)[name]
    by_value(task, send=False)
    return task.fingerprint


@pytest.mark.parametrize("way", ["file", "standard input"])
def test_a_script_without_a_guard_runs_once_and_its_task_reaches_another_process(tmp_path, way):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    program, text = (script, None) if way == "file" else ("-", SCRIPT)
    command = [sys.executable, program]
    done = subprocess.run(command, input=text, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    ran, made, loaded = done.stdout.splitlines()
    name, fingerprint, where = made.split()
    assert not Path(where.removeprefix("value:")).parent.exists()  # it goes with the process that made it
    assert (ran, name, loaded) == ("ran", "task:make_net", f"{fingerprint} 3")
    if way == "file":
        assert fingerprint == fingerprint_of(MAKE)  # as the same text has it in a cell


def test_the_process_that_made_a_task_has_the_very_object_and_others_its_equal():
    task = run_cell(MAKE)["task"]
    place = by_value(task)
    assert place.name == "task:make_net"
    assert get(place.where) is task
    other = load_value(place.where)
    assert (other.fingerprint, other.program, other.arrays) == (task.fingerprint, task.program, task.arrays)
    assert torch.equal(other.train.inputs, task.train.inputs)
    assert other.model().first.weight.shape == (4, 2)
    assert get(by_value(task).where) is task
    assert len(list(Path(place.where.removeprefix("value:")).parent.glob(task.arrays))) == 1


def test_without_being_sent_a_task_is_here_alone():
    task = run_cell(MAKE)["task"]
    place = by_value(task, send=False)
    assert get(place.where) is task
    with pytest.raises(TaskError, match=r"the program that made it must run; put the task into a module .*workers=0"):
        load_value(place.where + "0")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def halve(x):\n", "# a comment\ndef halve( x ):\n    'Half of it.'\n"),
        ('["cosine"]', '["constant"]'),
        ("class Net(nn.Module):\n", "class Net(nn.Module):\n    '''A net.'''\n"),
        ("task = ", "import math\nunused = lambda: 3\ntask = "),
        ("from torch import nn", "\n\n\nfrom torch import nn; first = last = [4]"),
    ],
)
def test_what_stands_beside_a_task_and_comments_change_nothing(old, new):
    assert fingerprint_of(MAKE.replace(old, new)) == fingerprint_of(MAKE)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("x * SCALE", "x + SCALE", {"the code of halve"}),
        ("SCALE, SCHEDULES = 0.5", "SCALE, SCHEDULES = 0.25", {"the code of halve", "the model"}),
        ("slope = 0.1", "slope = 0.2", {"the code of Net", "the model"}),
        ("leaky_relu(halve(self.first(x)), self.slope)", "relu(halve(self.first(x)))", {"the code of Net"}),
        ("    return Net()", "    nn.Identity()\n    return Net()", {"the code of make_net"}),
        ("HIDDEN = 4", "HIDDEN = 5", {"by_value_sizes.py", "the model"}),
        ("by_value_sizes", "by_value_other", {"by_value_sizes.py", "by_value_other.py", "the code of Net"}),
        ("labels=[0, 1, 2] * 10", "labels=[0, 1, 2] * 10, version='2'", {"version"}),
        ("model=make_net", "model=lambda: Net()", {"the code of make_net", "the code of lambda"}),
    ],
)
def test_what_a_task_reaches_counts(sizes, old, new, parts):
    first = run_cell(MAKE)["task"]
    by_value(first, send=False)
    sys.modules.pop("by_value_sizes")
    sizes.write_text(sizes.read_text().replace(old, new))
    sizes.with_name("by_value_other.py").write_text("HIDDEN = 4\n")
    importlib.invalidate_caches()
    second = run_cell(MAKE.replace(old, new))["task"]
    by_value(second, send=False)
    programs = first.program, second.program
    differing = {part for part in programs[0] | programs[1] if programs[0].get(part) != programs[1].get(part)}
    assert differing - {"the model"} == parts - {"the model"}
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    "way", ["import by_value_other", "from by_value_other import HIDDEN", "import by_value_other.a as b"]
)
def test_a_module_imported_inside_a_function_counts(sizes, way):
    text = MAKE.replace("    return Net()", f"    if not nn:\n        {way}\n    return Net()")
    other, prints = sizes.with_name("by_value_other.py"), set()
    for hidden in (4, 5):
        other.write_text(f"HIDDEN = {hidden}\n")
        importlib.invalidate_caches()
        prints.add(fingerprint_of(text))
    assert len(prints) == 2


def test_asked_once_more_nothing_is_run_again():
    seen = []
    text = MAKE.replace("return self.last(", "seen.append(1)\n        return self.last(")
    scope = run_cell(text, seen=seen)
    by_value(scope["task"], send=False)
    ran = len(seen)
    seen.clear()
    by_value(scope["task"], send=False)
    assert (ran > 0, seen) == (True, [])


def test_a_task_of_a_file_can_go_by_value_too(tmp_path):
    (tmp_path / "by_value_file.py").write_text(MAKE)
    task = get(f"{tmp_path}/by_value_file.py:task")
    other = load_value(by_value(task).where)
    assert other.fingerprint == task.fingerprint
    assert other.model().last.weight.shape == (3, 4)


def test_a_cached_helper_reaches_other_processes_and_counts():
    text = MAKE.replace("def halve", "import functools\n@functools.lru_cache(maxsize=3)\ndef halve")
    place = by_value(run_cell(text)["task"])
    layer = load_value(place.where).model()
    assert layer.forward.__globals__["halve"].cache_parameters() == {"maxsize": 3, "typed": False}
    assert fingerprint_of(text) != fingerprint_of(text.replace("x * SCALE", "x + SCALE"))


def test_what_is_set_in_a_layer_counts():
    text = MAKE.replace("    return Net()", "    layer = nn.Linear(2, 3)\n    layer.after = own\n    return layer")
    text = text.replace("def make_net", "own = lambda x: x + 1\n\n\ndef make_net")
    assert fingerprint_of(text) != fingerprint_of(text.replace("x + 1", "x + 2"))


def test_a_helper_defined_anew_counts_from_then_on():
    scope = run_cell(MAKE)
    before = by_value(scope["task"]), scope["task"].fingerprint
    scope |= {"halve": run_cell("def halve(x):\n    return x * 3\n")["halve"]}
    scope["Net"].forward.__globals__["halve"] = scope["halve"]
    after = by_value(scope["task"]), scope["task"].fingerprint
    assert before[0].where != after[0].where
    assert before[1] != after[1]


@pytest.mark.parametrize(
    ("model", "options", "name"),
    [
        ("make_net", ", name='my-net.2'", "task:my-net.2"),
        ("lambda: Net()", "", "task:model"),
        ("Net", "", "task:Net"),
        ("functools.partial(Net)", "", "task:Net"),
        ("lazy", "", "task:lazy"),
        ("functools.wraps(make_net)(lambda: Net())", "", "task:make_net"),
        ("Maker()", "", "task:Maker"),
        ("Maker().make", "", "task:make"),
        ("größe", "", "task:gr__e"),
    ],
)
def test_a_task_has_a_plain_name(model, options, name):
    others = "import functools\nclass Maker:\n    def __call__(self): return Net()\n    make = __call__\n"
    others += "    def make(self): return Net()\ndef größe(): return Net()\ndef lazy(): return nn.LazyLinear(3)\n"
    text = MAKE.replace("task =", f"{others}task =").replace("model=make_net", f"model={model}{options}")
    task = run_cell(text)["task"]
    assert [by_value(task).name, by_value(task, send=False).name] == [name, name]


@pytest.mark.parametrize("name", ["my net", "a/b", "x" * 61, "é", 3, "a:b"])
def test_a_name_of_other_letters_is_refused(name):
    with pytest.raises(TaskError, match=r"`name` of a task must be letters, .*; write name=.*, or leave it out"):
        Task.from_arrays(model=torch.nn.Linear, inputs=[[1.0]] * 30, labels=[0, 1] * 15, name=name)


def test_a_record_s_name_says_on_the_command_line_how_it_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError, match=r"task:make_net was made in a Python program; run that again \(lrlab.compare"):
        resolve("task:make_net")
    with pytest.raises(TaskError, match=r"task:my-net.2 was made in a Python program; .*or put it into a file"):
        resolve("task:my-net.2")
    (tmp_path / "task.py").write_text(MAKE)
    assert resolve("task:task").where == "task:task"


def test_a_task_that_does_not_fit_is_refused_as_one_of_a_file_is():
    with pytest.raises(TaskError, match=r"task:make_net: labels go up to 2, .*set its last layer to 3 outputs"):
        by_value(run_cell(MAKE.replace("(sizes.HIDDEN, 3)", "(sizes.HIDDEN, 2)"))["task"])


def test_a_full_disk_is_told_in_words(monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(TaskError, match=r"cannot be written to .*No space left on device; make room there, or give"):
        by_value(run_cell(MAKE)["task"])


HELPED = MAKE.replace(
    "import by_value_sizes as sizes", "import by_value_sizes as sizes\nimport by_value_other as other"
)
HELPED = HELPED.replace("self.last(F", "self.last(other.act(1.0) * F")
HELPER = """\
import functools


class Kit:
    @staticmethod
    def times(x):
        return [y * 3 for y in [x]]


def act(x):
    return Kit.times(x)[0]


@functools.lru_cache
def cached(x, k=1):
    'Words.'
    return x * 5 if x in {1, 2} else x


TABLE = {"a": lambda x: x + 7}
"""


def helped(sizes, text=HELPER):
    other = sizes.with_name("by_value_other.py")
    other.write_text(text)
    importlib.invalidate_caches()
    by_value(run_cell(HELPED)["task"], send=False)
    return other


@pytest.mark.parametrize(("old", "new"), [("y * 3", "y * 4"), ("x * 5", "x * 6"), ("{1, 2}", "{1, 4}"), ("x + 7", "7")])
def test_a_module_changed_since_it_was_imported_is_refused_until_it_is_loaded_anew(sizes, old, new):
    task_of = lambda: by_value(run_cell(HELPED)["task"], send=False)  # noqa: E731
    helped(sizes).write_text(HELPER.replace(old, new) + "\n\n# longer\n")
    with pytest.raises(TaskError, match=r"by_value_other was changed .*importlib.reload\(by_value_other\) .*start the"):
        task_of()
    importlib.reload(sys.modules["by_value_other"])
    assert task_of()


def test_a_function_taken_from_a_module_before_it_was_loaded_anew_is_refused(sizes):
    other = helped(sizes)
    act = sys.modules["by_value_other"].act
    other.write_text(HELPER.replace("Kit.times(x)[0]", "Kit.times(x)[-1]") + "\n# longer")
    importlib.reload(sys.modules["by_value_other"])
    text = MAKE.replace("self.last(F", "self.last(act(1.0) * F")
    with pytest.raises(TaskError, match=r"loaded as `act`; .*import again what was taken"):
        by_value(run_cell(text, act=act)["task"], send=False)


@pytest.mark.parametrize(
    ("old", "new"), [("def act", "# words\n\ndef act"), ("'Words.'", "'Other words.'"), ("+ 7", "+   7")]
)
def test_a_module_whose_comments_changed_is_not_refused(sizes, old, new):
    helped(sizes).write_text(HELPER.replace(old, new))
    assert by_value(run_cell(HELPED)["task"], send=False)
