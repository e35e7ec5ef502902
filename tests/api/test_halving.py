"""Halving at the door: the ways to write it, and a comparison that races."""

import pytest

import lrlab
from lrlab.api import halving_of, hyperband_of
from lrlab.cli._options import halving_asked
from lrlab.errors import StudyError
from lrlab.report import answer
from lrlab.spec import Halving, make_study


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        (True, Halving()),
        ("auto", Halving()),
        (" Auto ", Halving()),
        ("hyperband", Halving(brackets=4)),
        ("2,3", Halving(rungs=[2, 3])),
        ("25%, 50%", Halving(rungs=["25%", "50%"])),
        ([1, 2], Halving(rungs=[1, 2])),
        ({"pilot": 0, "rungs": [1]}, Halving(pilot=0, rungs=[1])),
        (Halving(eta=2), Halving(eta=2)),
    ],
)
def test_the_ways_to_ask_for_it(asked, made):
    assert halving_of(asked) == made


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (3, r'halving is "auto", "hyperband", or rungs as in "2,3" or "25%,50%", but got 3; give one of these'),
        ("soon", r'needs a number and its unit, but got \'soon\'; write "20%", "5 epochs"'),
        ({"rung": [1]}, r"rung: no such field; did you mean rungs\?|rung: no such field"),
    ],
)
def test_what_it_cannot_be(asked, said):
    with pytest.raises(StudyError, match=said):
        halving_of(asked)


def test_the_options_of_the_command_line():
    assert halving_asked(None, False) is None
    assert halving_asked("2,3", False) == "2,3"
    assert halving_asked(None, True) == hyperband_of(Halving())
    assert halving_asked("1,2", True) == Halving(rungs=[1, 2], brackets=3)


def test_a_study_file_may_hold_it():
    plain = {"name": "a", "task": "digits/mlp", "schedules": ["linear"], "budget": "4 epochs"}
    study = make_study(plain | {"tune": {"peaks": [0.1, 0.3], "seeds": 2, "halving": {"rungs": [1]}}})
    assert study.tune.halving == Halving(rungs=[1])


@pytest.mark.slow
def test_a_comparison_that_races_is_answered(tmp_path):
    said = []
    results = lrlab.compare(
        "digits/mlp",
        ["constant", "linear"],
        epochs=3,
        peaks=[0.01, 0.1, 1.0],
        halving={"rungs": [1], "tolerated": 1.0},
        seeds=4,
        store=tmp_path / "records.db",
        workers=0,
        engine="stacked",
        progress=lambda event: said.append(getattr(event, "text", "")),
    )
    assert any(text.startswith("halving: of 2 races run whole on 1 seed") for text in said)
    assert all(choice.stopped for choice in results.findings.choices)
    assert "% test accuracy" in answer(results.findings)
    assert results.findings.rungs[0].epoch == 1
