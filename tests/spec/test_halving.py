"""Halving as a noun: how it is written, refused, and which epochs and settings its rungs come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StudyError
from lrlab.schedules import Horizon
from lrlab.spec import Epoch, Halving, Metric, RungCheck, Standing, Tune, halving_words, rung_epoch


@pytest.mark.parametrize(
    ("written", "rungs"),
    [
        ("auto", ("17%", "33%", "50%")),
        (True, ("17%", "33%", "50%")),
        ([2, 3], ("2 epochs", "3 epochs")),
        ("25%", ("25%",)),
    ],
)
def test_short_ways_to_write_it(written, rungs):
    assert Tune(peaks=[0.1], halving=written).halving == Halving(rungs=rungs)


def test_a_phase_without_it_is_the_same_text_as_before():
    assert "halving" not in Tune(peaks=[0.1]).to_json()
    halved = Tune(peaks=[0.1], halving=[2])
    assert Tune.from_json(halved.to_json()) == halved


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rungs": [3, 2]}, r"rungs come one after the other, but got .*; write \['2 epochs', '3 epochs'\]"),
        ({"rungs": ["50%", "25%"]}, r"rungs come one after the other, but got .*; write \['25%', '50%'\]"),
        ({"rungs": ["2 epochs", "50%"]}, r"rungs are of one unit, .*; write all in epochs, or all in per cent"),
        ({"rungs": ["100%"]}, r"a rung lies before the end, but got 100%; write 50% or less"),
        ({"rungs": [True]}, r'a span needs a number and its unit, but got True; write "20%", "5 epochs"'),
        ({"rungs": []}, r"needs at least 1, but got 0; give more"),
        ({"brackets": 5}, r"brackets are at most one more than the 3 rungs, but got 5; write 4 for Hyperband"),
        ({"eta": 1}, r"eta"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(fields, said):
    with pytest.raises(StudyError, match=said):
        Halving(**fields)


def test_words_stand_for_fields_in_a_file_too():
    assert Tune(halving="hyperband").halving == Halving(brackets=4)
    assert Tune(halving="auto").halving == Halving()
    with pytest.raises(StudyError, match="halving is auto, hyperband, rungs or fields, but got False; leave it out"):
        Tune(halving=False)


def test_a_pilot_must_leave_a_seed_to_race():
    with pytest.raises(
        StudyError, match=r"halving runs 1 of 1 tuning seeds whole, .*; give 2 tuning seeds or more, or"
    ):
        Tune(seeds=1, halving=True)
    assert Tune(seeds=1, halving={"pilot": 0}).halving is not None


@given(settings=st.integers(1, 200), eta=st.floats(1.01, 20), least=st.integers(1, 9), bracket=st.integers(0, 3))
def test_fewer_and_fewer_go_on_and_never_none(settings, eta, least, bracket):
    halving = Halving(eta=eta, least=least, brackets=4)
    kept = [halving.kept(settings, rung, bracket) for rung in range(3)]
    assert kept == sorted(kept, reverse=True)
    assert all(min(settings, least) <= count <= settings for count in kept)
    assert kept[:bracket] == [settings] * bracket


@given(updates=st.integers(1, 500), length=st.integers(1, 60), percent=st.floats(0.1, 99), every=st.integers(1, 4))
def test_a_rung_is_a_validated_epochs_end_before_the_end(updates, length, percent, every):
    horizon = Horizon(updates=updates, updates_per_epoch=length)
    epoch = rung_epoch(f"{percent}%", horizon, every)
    assert epoch % every == 0
    assert epoch * length < updates
    assert epoch or updates <= length * every


def test_how_a_trial_stood_when_it_diverged():
    epochs = (Epoch(train_loss=1, train_score=1, validation_loss=1, validation_score=1), Epoch.unmeasured())
    made = {"trial": "a", "metric": Metric(name="accuracy"), "updates": 40, "updates_per_epoch": 10, "epochs": epochs}
    assert [Standing(**made, diverged_at=13).diverged_by(epoch) for epoch in (1, 2, 3)] == [False, True, True]
    assert not Standing(**made).diverged_by(2)


def check(epoch, lost, on=True, races=8):
    return RungCheck(rung="x", epoch=epoch, races=races, lost=lost, on=on)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check(1, 0), check(2, 0)], "8 races run whole on 1 seed .* in 0 at epoch 1, 0 at epoch 2 .up to 31 %"),
        ([check(1, 1, False), check(2, 0)], "in 1 at epoch 1, .*5 % are tolerated, so that none stops at epoch 1"),
        ([check(1, 1, False)], "5 % are tolerated, so that it is off, and all trials are trained to their end"),
        ([], "no rung lies before the end"),
    ],
)
def test_what_a_pilot_found_is_said(checks, said):
    import re

    assert re.search(said, halving_words(Halving(), checks))


def test_without_a_pilot_it_is_said_that_nothing_was_asked():
    assert "which winners that throws away was not asked" in halving_words(Halving(pilot=0), [])
    assert check(1, 2).share == 0.25
    assert check(1, 0, races=0).share is None
