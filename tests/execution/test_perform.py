from functools import partial

import pytest

from lrlab.execution import Inline
from lrlab.spec import Ended, Failed
from support.jobs import BreakRules, CallBack

WAYS_OUT = {
    "no generator": "break_rules gave a list, not a generator; let it yield its events",
    "no event": "yielded a str; let it yield events of its job alone",
    "another's name": "event of job 'another', attempt 1, while it performed 'a', attempt 1; write job=job.name, att",
    "another attempt": "event of job 'a', attempt 9, while it performed 'a', attempt 1; write job=job.name, att",
}


def only_end(executor, rule):
    events = list(executor.run([BreakRules(name="a", rule=rule)]))
    assert len(events) == 1
    return events[0]


@pytest.mark.parametrize("where", ["here", "in a process"])
@pytest.mark.parametrize(("rule", "way_out"), WAYS_OUT.items())
def test_an_entry_that_breaks_a_rule_fails_once_in_words(processes, where, rule, way_out):
    failure = only_end(Inline() if where == "here" else processes, rule)
    assert isinstance(failure, Failed)
    assert way_out in failure.message


def test_what_comes_after_the_end_is_not_asked_for(processes):
    for executor in Inline(), processes:
        assert isinstance(only_end(executor, "goes on after its end"), Ended)


def test_an_end_stands_though_closing_the_job_fails(processes):
    """What was measured is not lost with it."""
    for executor in Inline(), processes:
        warned, end = executor.run([BreakRules(name="a", rule="raises when it is closed")])
        assert "closing it failed: OSError: no space left" in warned.text
        assert isinstance(end, Ended)


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def exit_with(code):
    raise SystemExit(code)


def fail_without_words():
    raise Speechless


@pytest.mark.parametrize(
    ("call", "words"),
    [(partial(exit_with, 5), "SystemExit: 5"), (fail_without_words, "Speechless: without words: its own text fails")],
)
def test_a_job_that_exits_or_fails_without_words_fails_alone(processes, call, words):
    for executor in Inline(), processes:
        jobs = [CallBack(name="a", call=call), CallBack(name="b", call=int)]
        ends = {event.job: event for event in executor.run(jobs) if isinstance(event, Ended | Failed)}
        assert words in ends["a"].message
        assert not ends["a"].died
        assert isinstance(ends["b"], Ended)


def test_a_run_that_is_left_early_is_closed_in_silence():
    def leave():
        raise ValueError("in close")

    events = Inline().run([CallBack(name="a", call=int, leave=leave)])
    next(events)
    next(events)
    with pytest.raises(ValueError, match="in close"):
        events.close()


def test_jobs_may_come_from_an_iterator(processes):
    for executor in Inline(), processes:
        assert len(list(executor.run(iter([CallBack(name="a", call=int)])))) == 3


def test_an_event_that_cannot_be_sent_is_a_failure(processes):
    failure = only_end(processes, "cannot be sent")
    assert isinstance(failure, Failed)
    assert "TypeError: cannot pickle" in failure.message


def test_an_entry_that_is_not_there_is_a_failure(processes, monkeypatch):
    monkeypatch.setattr(BreakRules, "entry", "support.jobs:not_there")
    failure = only_end(Inline(), "")
    assert isinstance(failure, Failed)
    assert "AttributeError: module 'support.jobs' has no attribute 'not_there'" in failure.message
