"""Hostile inputs through the command line, in this process: no traceback, no hang, nothing taken that is wrong."""

import contextlib
import signal
import sys

import pytest
from typer.testing import CliRunner

from lrlab.cli._app import FAULT, app
from lrlab.execution import Inline
from support.hostile import MAKE, REFUSED, draw
from support.hostile_lay import lay

IN_CI, ALL = 100, 1000
HANGS = 100  # seconds: a case takes a few milliseconds


class NoAnswer:
    """In the place of the answer of a study that is not run."""

    def figures(self, folder):
        return []


@pytest.fixture
def taken(monkeypatch):
    """The studies that would have been run; none is."""
    found = []
    for verb in ("compare", "run"):
        take = lambda prepared, *rest: found.append(prepared.study) or NoAnswer()  # noqa: E731
        monkeypatch.setattr(f"lrlab.api._{verb}.train_and_answer", take)
    monkeypatch.setattr("lrlab.api._options.open_executor", lambda *_: contextlib.nullcontext(Inline()))
    monkeypatch.setattr("lrlab.api._run.run_publication", lambda *rest, **more: NoAnswer())
    monkeypatch.setattr("lrlab.cli._show_results.show_results", lambda *rest, **more: None)
    monkeypatch.setenv("LRLAB_DATA", "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return found


@contextlib.contextmanager
def no_longer_than(seconds):
    def hang(*_):
        raise BaseException(f"takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def field(study, dotted):
    value = study.to_dict()
    for part in dotted.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


def check(number, folder, taken):
    case = draw(number)
    folder.mkdir()
    lay(folder, case.files)
    taken.clear()
    with contextlib.chdir(folder), no_longer_than(HANGS):
        done = CliRunner().invoke(app, case.words)
    words = [ascii(word[:200]) for word in case.words]
    told = f"case {number}, {case.kind}: {words}\n{done.stdout[-500:]!a}\n{done.stderr[-3000:]!a}"
    assert done.exception is None or isinstance(done.exception, SystemExit), f"{told}\n{done.exception!r}"
    assert done.exit_code in (0, 2), told
    assert "Traceback" not in done.output, told
    assert FAULT not in done.output, told
    for line in done.output.splitlines():
        assert line.isprintable(), told
        assert len(line) < 4000, told
    if done.exit_code == 2:
        assert "lrlab: " in done.stderr or "Error: " in done.stderr, told
    if case.right == REFUSED:
        assert done.exit_code == 2, told
        assert case.said in done.stderr, told
        assert not taken, told
    elif isinstance(case.right, dict):
        assert done.exit_code == 0, told
        for name, value in case.right.items():
            assert field(taken[0], name) == value, told
    for study in taken:
        assert all(label.isprintable() for label in (*study.labels, study.title, study.task)), told


@pytest.mark.parametrize("part", range(4))
def test_hostile_inputs_end_in_words_or_in_what_they_mean(part, taken, tmp_path):
    for number in range(part, IN_CI, 4):
        check(number, tmp_path / str(number), taken)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(9))
def test_a_thousand_hostile_inputs(part, taken, tmp_path):
    for number in range(IN_CI + part, ALL, 9):
        check(number, tmp_path / str(number), taken)


@pytest.mark.parametrize("verb", [("verify", "t.py"), ("compare", "t.py", "constant", "--epochs", "1", "--seeds", "2")])
def test_a_model_that_fails_in_training_is_told_with_its_line(verb, tmp_path, monkeypatch):
    monkeypatch.setattr("lrlab.api._options.open_executor", lambda *_: contextlib.nullcontext(Inline()))
    monkeypatch.chdir(tmp_path)
    net = """class Net(nn.Linear):
    def forward(self, x):
        if self.training:
            raise ValueError("no more")
        return super().forward(x)
"""
    (tmp_path / "t.py").write_text(MAKE.replace("lambda: nn.Linear(2, 3)", "lambda: Net(2, 3)") + net)
    done = CliRunner().invoke(app, [*verb, "--batch-size", "8"])
    assert done.exit_code == 1
    assert f"cannot be trained: ValueError: no more ({tmp_path}/t.py:8)" in done.stderr
    assert "Traceback" not in done.output
