"""Files of the user's: whatever they do, the answer is a task or a TaskError in words."""

import os
import sys
from pathlib import Path

import pytest

from lrlab.errors import TaskError
from lrlab.tasks import get, resolve
from lrlab.tasks._in_file import source_of, tasks_in
from lrlab.tasks._user import guarded

MAKE = """\
import lrlab
from torch import nn
def make():
    inputs, labels = [[1.0, 2.0]] * 30, [0, 1, 2] * 10
    return lrlab.Task.from_arrays(model=lambda: nn.Linear(2, 3), inputs=inputs, labels=labels)
"""


def file_of(tmp_path, text, name="t.py", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (MAKE, ["make"]),
        (MAKE + "task = make()\n", ["task"]),
        (MAKE + "def net(): return nn.Linear(2, 3)\ndef half(x): return x / 2\n", ["make"]),
        (MAKE + "first = make()\nsecond: lrlab.Task = lrlab.Task(model=nn.Linear)\n", ["first", "second"]),
        (MAKE + "if __name__ == '__main__':\n    trial = make()\n", ["make"]),
        (MAKE + "if True:\n    trial = make()\n", ["trial"]),
        (MAKE.replace("def make():", "def make(width):"), []),
        (MAKE.replace("def make():", "def make(width=3, *rest, depth=2):"), ["make"]),
        (MAKE.replace("    return", "    task = ").rstrip() + "\n    return task\n", ["make"]),
        ("from support.tasks import blobs as task\nfrom lrlab import Task\n", ["task"]),
        ("from lrlab import Task\nclass Mine: task = Task()\n", []),
        ("def made() -> 'lrlab.Task': return other()\ndef _hidden() -> Task: ...\n", ["made"]),
        ("number = 5\n", []),
    ],
)
def test_the_tasks_a_file_makes_are_seen_without_running_it(tmp_path, text, names):
    assert tasks_in(file_of(tmp_path, "raise SystemExit\n" + text)) == names


def test_a_file_alone_names_its_one_task(tmp_path, monkeypatch):
    path = file_of(tmp_path, MAKE + "task = make()\n")
    assert resolve(str(path)) == resolve(f"{path}:task")
    assert get(resolve(str(path)).where).classes == 3
    monkeypatch.chdir(tmp_path)
    assert resolve(" t.py ").name == "t:task"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MAKE + "first = make()\nsecond = make()\n", "t.py makes 2 tasks; write t.py:first or t.py:second"),
        ("number = 5\n", "no task is seen in t.py; write `module:object`"),
        ("", "no task is seen in t.py"),
        ("def make(:\n", "cannot read .*t.py as Python: SyntaxError: .*mend it first"),
        ("(" * 5000, "cannot read .*t.py as Python: .*mend it first"),
        ("\0", "cannot read .*t.py as Python"),
    ],
)
def test_a_file_alone_that_does_not_say_which_is_told_the_way(tmp_path, text, message):
    with pytest.raises(TaskError, match=message):
        resolve(str(file_of(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import sys\nsys.exit(3)\n",
            r"importing .*t.py failed: it calls sys.exit\(3\); put what is not for lrlab under",
        ),
        (
            "import os\nos._exit(3)\n",
            r"importing .*t.py failed: it calls os._exit\(3\); put what is not for lrlab under",
        ),
        ("raise SystemExit\n", r"it calls sys.exit\(None\)"),
        ("class Odd(BaseException): pass\nraise Odd('x')\n", "t.py:2: Odd: x"),
        ("class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd\n", "t.py:3: Odd: without words"),
        ("def __getattr__(name): raise ValueError(name)\n", "t.py:1: ValueError: make"),
        ("def make():\n    import sys\n    sys.exit()\n", r"make failed: it calls sys.exit"),
        ("class Odd:\n    __class__ = property(lambda self: 1 / 0)\nmake = Odd()\n", "t.py:2: ZeroDivisionError"),
        ("def make(): return make()\n", "RecursionError"),
        ("from t import missing\n", "t.py:1: ImportError"),
        ("make = 3\n", "make is a int, not a task; write `module:object`"),
        ("import nothing_of_this_name\n", "t.py:1: ModuleNotFoundError"),
        ("def make(width): return None\n", "make is a function of width, and a task is made by one of nothing"),
    ],
)
def test_whatever_a_file_does_is_answered_in_words(tmp_path, text, message, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "t", raising=False)
    with pytest.raises(TaskError, match=message):
        get(resolve(f"{file_of(tmp_path, text)}:make").where)


def test_what_a_file_forks_may_end_itself(monkeypatch):
    class Ended(Exception):
        pass

    def leave(status):
        raise Ended(status)

    monkeypatch.setattr(os, "_exit", leave)
    with guarded("t.py"):
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(Ended, match="7"):
            os._exit(7)
    assert os._exit is leave


def test_ctrl_c_stays_ctrl_c(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        get(resolve(f"{file_of(tmp_path, 'raise KeyboardInterrupt')}:make").where)


def test_what_a_file_prints_stands_beside_the_answer_and_where_it_goes_nobody_follows(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = MAKE.replace(
        "def make():\n",
        "import os; print('one', flush=True); os.system('echo child')\ndef make():\n    os.chdir('/'); print('two')\n",
    )
    assert get(resolve(str(file_of(tmp_path, text))).where).classes == 3
    out, err = capfd.readouterr()
    assert (out, err.split()) == ("", ["one", "child", "two"])
    assert Path.cwd() == tmp_path


def test_a_program_in_a_removed_folder_still_answers(tmp_path, monkeypatch):
    path, gone = file_of(tmp_path, MAKE), tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert get(f"{path}:make").classes == 3
    with pytest.raises(TaskError, match=r"there can be no file 't.py': .*; write `module:object`"):
        resolve("t.py:make")
    os.chdir(tmp_path)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_the_text_of_a_file_is_read_in_its_own_encoding(tmp_path, encoding):
    head = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    path = file_of(tmp_path, head + "# é\r\n" + MAKE, encoding=encoding)
    assert source_of(path) == head + "# é\n" + MAKE
    assert "# é" in get(resolve(str(path)).where).source


def test_a_file_in_no_encoding_says_so(tmp_path):
    path = file_of(tmp_path, "# é\n" + MAKE, encoding="latin-1")
    with pytest.raises(TaskError, match=r"cannot read .*t.py: .*; save it as UTF-8"):
        resolve(str(path))
    with pytest.raises(TaskError, match=r"cannot read|importing .* failed: .*SyntaxError"):  # as Python has it
        get(f"{path}:make")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 300 + ".py", "there can be no file 'xxx.*: File name too long; write `module:object`"),
        ("~nouser/t.py:make", "there can be no file '~nouser/t.py': .*home directory"),
        ("a\0b.py:make", "there can be no file .*null"),
        ("red\x1b[31m.py", r"there is no file red\\x1b\[31m.py"),
        ("no.py", "there is no file no.py"),
        (".py", "there is no file .py"),
        ("..t:make", "importing ..t failed: "),
    ],
)
def test_places_where_no_file_can_be(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError, match=message):
        get(resolve(text).where)


def test_the_name_of_a_file_cannot_move_a_cursor(tmp_path):
    assert resolve(str(file_of(tmp_path, MAKE, "red\x1b[31m.py"))).name == r"red\x1b[31m:make"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import sys; sys.exit()", r"failed: it calls sys.exit\(None\)"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise ValueError('no')", "no"),
        ("return x.sum()", "one output per example|0-d tensor"),
        ("return {'a': x}", "one output per example, but gave dict"),
    ],
)
def test_models_that_fail_on_two_examples(tmp_path, body, message):
    net = f"class Net(nn.Linear):\n    def forward(self, x):\n        {body}\n"
    path = file_of(tmp_path, MAKE.replace("lambda: nn.Linear(2, 3)", "lambda: Net(2, 3)") + net)
    with pytest.raises(TaskError, match=message):
        get(resolve(str(path)).where)


def test_what_a_model_prints_stands_beside_the_answer(tmp_path, capsys):
    net = "class Net(nn.Linear):\n    def forward(self, x):\n        print('seen')\n        return super().forward(x)\n"
    path = file_of(tmp_path, MAKE.replace("lambda: nn.Linear(2, 3)", "lambda: Net(2, 3)") + net)
    assert get(resolve(str(path)).where).classes == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "seen" in err
