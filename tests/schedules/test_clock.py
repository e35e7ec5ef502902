"""Horizons and spans: what "5 epochs" comes to."""

import numpy as np
import pytest

from lrlab.errors import ScheduleError
from lrlab.schedules import Horizon, Span

WAYS = 'write "20%", "5 epochs" or "500 updates"'


def horizon(updates: int, updates_per_epoch: int = 10) -> Horizon:
    return Horizon(updates=updates, updates_per_epoch=updates_per_epoch)


@pytest.mark.parametrize(
    ("text", "updates", "count"),
    [
        ("20%", 100, 20),
        ("100%", 7, 7),
        ("33.3%", 10, 3),
        ("50%", 5, 2),  # 2.5: halves to even
        ("30%", 15, 4),  # 4.5
        ("70%", 15, 10),  # 10.5
        ("5 epochs", 100, 50),
        ("0.5 epochs", 100, 5),
        ("1 epoch", 100, 10),
        ("1 update", 100, 1),
        ("500 updates", 100, 500),
        (" 1e2updates ", 100, 100),
    ],
)
def test_a_span_in_updates(text, updates, count):
    assert Span.parse(text).updates(horizon(updates)) == count


@pytest.mark.parametrize(
    ("text", "canonical"),
    [(" 20.0 %", "20%"), ("1epoch", "1 epochs"), ("5e2 updates", "500 updates"), ("12.50%", "12.5%")],
)
def test_the_canonical_text(text, canonical):
    assert str(Span.parse(text)) == canonical
    assert Span.parse(canonical) == Span.parse(text)
    assert Span.parse(Span.parse(text)) == Span.parse(text)


NO_SPANS = ["", "5", 5, 0.2, True, None, "%", "epochs", "five epochs", "-5%", "5 epochs of 3", "5 %%", "1_0%"]


@pytest.mark.parametrize("text", NO_SPANS)
def test_a_bare_number_is_told_the_three_ways(text):
    with pytest.raises(ScheduleError, match="a span needs a number and its unit") as caught:
        Span.parse(text)
    assert WAYS in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0%", f'longer than nothing and at most 1e.12, but got "0%"; {WAYS}'),
        ("1e30 epochs", f"at most 1e.12.*{WAYS}"),
        ("100.5%", f'at most 100%, but got "100.5%"; {WAYS}'),
        ("2.5 updates", 'updates are counted whole, but got "2.5 updates"; write "2 updates"'),
        ("0.1 updates", 'write "1 updates"'),
    ],
)
def test_a_span_that_cannot_be(text, message):
    with pytest.raises(ScheduleError, match=message):
        Span.parse(text)


def test_a_span_built_by_hand_is_checked_too():
    with pytest.raises(ScheduleError, match="longer than nothing"):
        Span(-5, "epochs")
    with pytest.raises(ScheduleError, match="longer than nothing"):
        Span(float("nan"), "%")


def test_a_span_of_less_than_one_update_is_told_the_least():
    with pytest.raises(ScheduleError, match=r'less than one of the 40 updates; write at least "2.5%" or "1 updates"'):
        Span.parse("1%").updates(horizon(40))


@pytest.mark.parametrize(("updates", "epochs"), [(1, 1), (9, 1), (10, 1), (11, 2), (100, 10)])
def test_epochs_begun(updates, epochs):
    assert horizon(updates).epochs == epochs


def test_a_horizon_is_made_of_plain_integers():
    from_numpy = Horizon(updates=np.int64(5), updates_per_epoch=np.int32(2))
    assert from_numpy == horizon(5, 2)
    assert type(from_numpy.updates) is int


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "5", None, 10**13])
def test_a_horizon_is_a_whole_number_of_updates(value):
    with pytest.raises(ScheduleError, match=r"`1 <= updates <= 1e\+12` must hold for a whole number, but got"):
        Horizon(updates=value, updates_per_epoch=1)
    with pytest.raises(ScheduleError, match="updates_per_epoch"):
        Horizon(updates=1, updates_per_epoch=value)
