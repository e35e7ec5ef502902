"""What `lrlab.trial` makes of a function, and what it refuses."""

import dataclasses
import functools
import sys

import pytest

import lrlab
from lrlab.errors import TaskError
from lrlab.loops import USUAL_PEAKS, OwnLoop, open_loop


def body(run):
    return run


def test_a_function_becomes_a_loop_that_can_be_called():
    loop = lrlab.trial(body)
    assert isinstance(loop, OwnLoop)
    assert (loop.name, loop.function, loop.peaks, loop.cores) == ("body", body, USUAL_PEAKS, 1)
    assert loop("anything") == "anything"
    with pytest.raises(dataclasses.FrozenInstanceError):
        loop.version = "2"


def test_a_loop_says_what_decides_and_what_can_be_set():
    loop = lrlab.trial(metric="loss", updates_per_epoch=3, settings={"b": 1, "a": "x"}, peaks=[1], version="2")(body)
    assert (loop.metric.name, loop.metric.higher_is_better) == ("loss", False)
    assert (loop.updates_per_epoch, loop.settings, loop.peaks, loop.version) == (3, {"a": "x", "b": 1}, (1.0,), "2")
    assert lrlab.trial(metric="zing", higher_is_better=False)(body).metric.higher_is_better is False
    metric = lrlab.Metric(name="zing", higher_is_better=False)
    assert lrlab.trial(metric=metric)(body).metric is metric


@pytest.mark.parametrize(
    "option",
    [
        {"metric": "cost", "higher_is_better": False},
        {"updates_per_epoch": 7},
        {"settings": {"wd": 0.1}},
        {"peaks": [0.1, 1.0]},
        {"version": "2"},
        {"cores": 2},
    ],
)
def test_options_beside_the_function_are_those_of_the_decorator(option):
    assert lrlab.trial(body, **option) == lrlab.trial(**option)(body) != lrlab.trial(body)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"metric": "zing"},
            r'whether a higher zing is better is not known; write @lrlab.trial\(metric="zing", higher_is',
        ),
        ({"metric": 3}, '`metric` is a name such as "accuracy", or a lrlab.Metric, but got 3; give one'),
        (
            {"metric": "accuracy", "higher_is_better": 1},
            "`higher_is_better` is True or False, but got 1; give one of these",
        ),
        ({"higher_is_better": True}, 'of a metric, and none is named; write metric="accuracy" beside it'),
        ({"updates_per_epoch": 0}, "`updates_per_epoch` is a whole number from 1, but got 0; give one"),
        ({"cores": True}, "`cores` is a whole number from 1, but got True; give one"),
        ({"peaks": []}, r"`peaks` are rates, as in peaks=\[0.01, 0.03\], but got \[\]; give some"),
        ({"peaks": [-1]}, "peaks: .*-1"),
        ({"settings": {"a b": 1}}, "a setting has a name such as weight_decay, but got 'a b'; write one"),
        (
            {"settings": {"a": [1]}},
            r"the setting a is a finite number or a short text, but got \[1\]; give one of these",
        ),
        ({"settings": [1]}, r"settings are names with values, as in .*, but got \[1\]"),
        ({"version": 2}, '`version` is a text, but got 2; write version="2"'),
    ],
)
def test_what_cannot_be_declared_is_told_the_way(options, words):
    with pytest.raises(TaskError, match=words):
        lrlab.trial(**options)(body)
    with pytest.raises(TaskError, match=words):
        lrlab.trial(body, **options)


@pytest.mark.parametrize("thing", [lrlab.trial(body), 3, int])
def test_only_a_function_is_a_trial(thing):
    with pytest.raises(
        TaskError, match=r"a trial is a function, but got .*; write @lrlab.trial over a function with one"
    ):
        lrlab.trial(thing)


COMMAND_LINE = """
import argparse

import lrlab

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=3)
told = parser.parse_args()


@lrlab.trial
def train(run):
    again = parser.parse_args()
    run.rate(0)
    run.finish(test_loss=float(told.size + again.size))
"""


def test_a_script_that_reads_its_command_line_finds_none(tmp_path, monkeypatch, perform):
    """As `python train.py` runs it: the words of lrlab's own command line are not for it."""
    file = tmp_path / "with_argparse.py"
    file.write_text(COMMAND_LINE)
    words = ["lrlab", "compare", str(file), "constant"]
    monkeypatch.setattr("sys.argv", words)
    loop = open_loop(f"{file}:train").loop
    *_, end = perform(loop, budget="1 updates")
    assert end.trained[0].record.test.score == 6.0
    assert sys.argv is words


def has_yield(run):
    yield run


async def is_async(run):
    return run


async def is_both(run):
    yield run


class Callable:
    def __call__(self, run):
        yield run


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (has_yield, "but has_yield has a `yield`, so a call of it runs nothing; take the yield out"),
        (functools.partial(has_yield), "has a `yield`"),
        (is_async, r"but is_async is `async`, so a call of it runs nothing; write `def train\(run\): asyncio.run"),
        (is_both, "but is_both has a `yield`"),
        (Callable(), "but Callable has a `yield`"),
    ],
)
def test_what_runs_nothing_when_it_is_called_is_refused(function, words):
    with pytest.raises(TaskError, match=words):
        lrlab.trial(function)


@pytest.mark.parametrize(("function", "kind"), [(has_yield, "generator"), (is_async, "coroutine"), (is_both, "async_")])
def test_where_a_decorator_hides_that_the_trial_says_so(perform, function, kind):
    *_, end = perform(functools.wraps(body)(lambda run: function(run)))
    assert f"the loop returned a {kind}" in end.message
    assert "so nothing of it has run; let the function under @lrlab.trial train when it is called" in end.message
    assert end.traceback == ""


def test_a_dict_that_is_returned_is_named(perform):
    *_, end = perform(lambda run: {"test_loss": 0.5})
    assert "it returned {'test_loss': 0.5}; write run.finish(**...) in the place of that return" in end.message
