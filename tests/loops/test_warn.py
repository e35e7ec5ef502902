"""What lrlab has to say of a trial is told, whatever the loop does to the filters of warnings; and it ends well."""

import logging
import re
import warnings

import pytest

from lrlab.loops._warn import filters_kept
from lrlab.spec import Ended, Warned
from support.loops import make_optimizer

CHANGES = [
    lambda: warnings.simplefilter("error"),
    lambda: warnings.simplefilter("ignore"),
    lambda: warnings.filterwarnings("error", category=Warning, append=False),
    warnings.resetwarnings,
    lambda: setattr(warnings, "filters", [("error", None, Warning, None, 0)]),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_trial_that_changes_the_filters_ends_and_what_is_odd_is_said(perform, change):
    def train(run):
        change()
        run.rate(0)
        run.finish(test_loss=1.0)

    before = list(warnings.filters)
    *said, end = perform(train)
    assert isinstance(end, Ended), end.message
    assert any("made 1 updates, where 8 were asked for" in event.text for event in said if isinstance(event, Warned))
    assert warnings.filters == before


def test_what_is_odd_while_the_loop_runs_is_said_and_not_raised(perform):
    def train(run):
        warnings.simplefilter("error")
        optimizer = make_optimizer()
        run.scheduler(optimizer)  # which nobody steps
        for _ in range(run.updates):
            optimizer.step()
        run.report(validation_loss=1.0)
        run.finish(test_loss=1.0)

    *said, end = perform(train)
    assert isinstance(end, Ended), end.message
    assert [re.search("update 1 used the rate", event.text) for event in said if isinstance(event, Warned)]


def test_warnings_that_the_loop_has_logged_are_told_after_it_all_the_same(perform):
    def train(run):
        logging.captureWarnings(True)
        run.finish(test_loss=1.0)

    try:
        *said, _ = perform(train)
    finally:
        logging.captureWarnings(False)
    assert any("asked for no rate" in event.text for event in said if isinstance(event, Warned))


def test_filters_that_nobody_changed_are_left_alone():
    seen = []

    def warn():
        warnings.warn("mine", UserWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_, **__: seen.append(str(message))
        for _ in range(3):
            with filters_kept():
                warn()
    assert seen == ["mine"]


def test_what_a_library_adds_for_its_own_warnings_stays():
    with warnings.catch_warnings():
        before = list(warnings.filters)
        with filters_kept():
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.filterwarnings("ignore", message="theirs")
            warnings.filterwarnings("error", message="mine")
            warnings.simplefilter("ignore")
        added = [each for each in warnings.filters if each not in before]
        assert sorted(each[2].__name__ for each in added) == ["FutureWarning", "Warning"]
        assert all(each[0] == "ignore" for each in added)
        assert warnings.filters[len(added) :] == before
