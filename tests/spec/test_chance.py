"""Near chance or not, and where better peaks lie: from loss and score alone."""

import json

import pytest

from lrlab.spec import Chance, Level, Record, way_between
from support.results import example_results


def chance(constant=(2.30, 0.1), untrained=(2.31, 0.08), examples=360):
    levels = (Level(loss=loss, score=score) for loss, score in (constant, untrained))
    return Chance(**dict(zip(("constant", "untrained"), levels, strict=True)), examples=examples)


@pytest.mark.parametrize(
    ("told", "loss", "score", "passed"),
    [
        (chance(), 2.29, 0.14, False),  # less than three standard errors of 0.1 above it
        (chance(), 2.29, 0.16, True),
        (chance(), 2.20, 0.10, True),  # the loss alone shows it
        (chance(), 2.24, 0.10, False),
        (chance(), 70.0, 0.09, False),
        (chance(examples=36), 2.29, 0.2, False),  # a smaller split takes more
        (chance(examples=3600), 2.29, 0.12, True),
        (chance(untrained=(2.31, 0.14)), 2.29, 0.16, False),  # initial weights may be lucky
        (chance(untrained=(0.3, 0.9)), 0.31, 0.91, False),  # trained before, and nothing added
        (chance(untrained=(0.3, 0.9)), 0.2, 0.93, True),
        (chance(constant=(0.1, 0.98)), 0.06, 0.98, True),  # one class is nearly all there is
    ],
)
def test_a_share_is_clearly_above_chance_or_the_loss_clearly_below(told, loss, score, passed):
    assert told.passed(loss, score, higher_is_better=True) is passed


@pytest.mark.parametrize(
    ("constant", "untrained", "found", "passed"),
    [
        ((1.0, 1.0), (9.0, 9.0), 0.99, False),
        ((1.0, 1.0), (9.0, 9.0), 0.90, True),
        ((1.0, 1.0), (9.0, 9.0), 3.0, False),  # far from the initial weights, and worse than the mean
        ((None, None), (9.0, 9.0), 3.0, True),  # another loss, of which no constant prediction is known
        ((None, None), (-5.0, -5.0), -6.0, True),
        ((None, None), (-5.0, -5.0), -5.05, False),
        ((None, None), (None, None), 3.0, True),  # nothing is known
    ],
)
def test_of_numbers_the_mean_is_chance(constant, untrained, found, passed):
    told = chance(constant=constant, untrained=untrained)
    assert told.passed(found, found, higher_is_better=False) is passed


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("level", [0.02, 0.1, 0.55, 0.97])
@pytest.mark.parametrize("found", [0.0, 0.06, 0.13, 0.16, 0.4, 0.6, 0.64, 0.9, 0.99, 1.0])
def test_per_cent_are_judged_as_shares_are(level, found, higher):
    share = chance(constant=(0.69, level), untrained=(0.7, 0.5), examples=300)
    percent = chance(constant=(0.69, 100 * level), untrained=(0.7, 50.0), examples=300)
    assert percent.passed(0.75, 100 * found, higher) is share.passed(0.75, found, higher)


@pytest.mark.parametrize(
    ("level", "found", "higher", "passed"),
    [
        (55.0, 60.0, True, False),  # per cent of 80 examples
        (55.0, 75.0, True, True),
        (45.0, 40.0, False, False),
        (45.0, 20.0, False, True),
        (0.4, 1.5, True, False),  # the score shows that the level is per cent
        (-3.0, -2.5, True, True),  # neither share nor per cent
        (140.0, 120.0, False, True),
        (140.0, 135.0, False, False),
    ],
)
def test_the_unit_of_a_score_is_read_off_levels_and_score(level, found, higher, passed):
    told = chance(constant=(0.69, level), untrained=(0.7, level), examples=80)
    assert told.passed(0.75, found, higher) is passed


@pytest.mark.parametrize(
    ("losses", "way"),
    [
        ((2.309, 2.308), "higher"),
        ((2.31, 2.31), ""),  # it did not move: nothing is known of rates
        ((2.4, 2.32), "lower"),
        ((2.309, 2.33, 2.309), "lower"),
        ((1.7, 2.3), "lower"),  # it went well, then it did not
        ((None, 70.0), "lower"),
        ((None, 2.309), "higher"),
        ((None, None), ""),
    ],
)
def test_a_loss_that_ever_rises_asks_for_lower_peaks(losses, way):
    assert chance().way(losses) == way
    assert chance(untrained=(None, None)).way(losses) == ""


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        (["higher"], ("higher", 0)),
        (["higher", "higher", "higher"], ("higher", 2)),
        (["lower", "lower"], ("lower", 0)),
        (["higher", "lower"], ("between", 0)),
        (["higher", "higher", "lower", "lower"], ("between", 1)),
        (["lower", "higher", "higher"], ("lower", 0)),
        (["higher", "lower", "higher"], ("between", 0)),
        (["", ""], ("", 0)),
        (["", "higher"], ("higher", 1)),
    ],
)
def test_a_peak_too_high_makes_those_above_too_high(ways, found):
    assert way_between(ways) == found


@pytest.fixture(scope="module")
def record():
    return example_results().confirmed[0]


def test_a_record_without_chance_is_written_as_before(record):
    assert record.chance is None
    assert "chance" not in json.loads(record.to_json())
    assert Record.from_json(record.to_json()) == record
    assert (record.collapsed, record.learned, record.way) == (False, True, "")


def test_a_record_keeps_its_chance(record):
    told = record.model_copy(update={"chance": chance()})
    assert Record.from_json(told.to_json()) == told
    assert told.learned


def test_a_record_near_chance_collapsed_and_a_diverged_one_did_not(record):
    low = record.validation.model_copy(update={"loss": 2.305, "score": 0.09})
    told = record.model_copy(update={"chance": chance(), "validation": low, "epochs": ()})
    assert (told.collapsed, told.learned, told.way) == (True, False, "higher")
    gone = told.model_copy(update={"outcome": "diverged", "diverged_at": 3})
    assert (gone.collapsed, gone.learned, gone.way) == (False, False, "lower")
    other = record.metric.model_copy(update={"higher_is_better": False})
    assert told.model_copy(update={"metric": other, "validation": low.model_copy(update={"score": 0.06})}).collapsed
    assert not told.model_copy(update={"validation": None}).collapsed
