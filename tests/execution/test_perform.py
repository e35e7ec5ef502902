import pytest

from lrlab.execution import Inline
from lrlab.spec import Ended, Failed
from support.jobs import BreakRules

WAYS_OUT = {
    "no generator": "break_rules gave a list, not a generator; let it yield its events",
    "no event": "yielded a str; let it yield events of its job alone",
    "another's name": "event of job 'another', attempt 1, while it performed 'a', attempt 1; write job=job.name, att",
    "another attempt": "event of job 'a', attempt 9, while it performed 'a', attempt 1; write job=job.name, att",
    "raises when it is closed": "OSError: no space left",
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


def test_an_event_that_cannot_be_sent_is_a_failure(processes):
    failure = only_end(processes, "cannot be sent")
    assert isinstance(failure, Failed)
    assert "TypeError: cannot pickle" in failure.message


def test_an_entry_that_is_not_there_is_a_failure(processes, monkeypatch):
    monkeypatch.setattr(BreakRules, "entry", "support.jobs:not_there")
    failure = only_end(Inline(), "")
    assert isinstance(failure, Failed)
    assert "AttributeError: module 'support.jobs' has no attribute 'not_there'" in failure.message
