"""The grammar of `--transfer`: places and what is wrong with one."""

import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.spec import CarriedArm, CarriedPair, CarriedPlace, Transfer, TransferPlace, parse_places


def marks(asked):
    return [place.mark for place in parse_places(asked)]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("width=1/2,1,2; budget=1/2,1,2", ["width-0.5", "width-2", "budget-0.5", "budget-2"]),
        (" Width = 1 / 2 , 2 ;", ["width-0.5", "width-2"]),
        ("budget=.25,1/4,3", ["budget-0.25", "budget-3"]),
        ("width=1; budget=2", ["budget-2"]),
        ({"width": [0.5, 2], "budget": 3}, ["width-0.5", "width-2", "budget-3"]),
        ({"budget": ["1/2", 1]}, ["budget-0.5"]),
    ],
)
def test_each_axis_is_on_its_own_and_factor_1_is_the_study(asked, places):
    assert marks(asked) == places


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ("widht=2", UnknownName, "unknown axis of a transfer 'widht'; did you mean width"),
        ({"depth": [2]}, UnknownName, "unknown axis of a transfer 'depth'"),
        ("width=0", StudyError, "a factor of width is a number or a fraction above 0.*got '0'; write width=1/2,2"),
        ("budget=-2", StudyError, "a factor of budget is .*got '-2'; write budget=1/2,2"),
        ("width=1/0", StudyError, "got '1/0'; write width"),
        ("width=nan", StudyError, "got 'nan'; write width"),
        ("width=wide", StudyError, "got 'wide'; write width"),
        ("width=2,,3", StudyError, "got ''; write width"),
        ({"width": [True]}, StudyError, "got 'True'; write width"),
        ({"width": [None]}, StudyError, "got 'None'; write width"),
        ("width=1e9", StudyError, "at most 1000, but got '1e9'; write width"),
        ("width", StudyError, "is written axis=factor,factor, but got 'width'; write \"width=1/2,2; budget=1/2,2\""),
        ("width=", StudyError, "is written axis=factor,factor, but got 'width='; write"),
        ("=2", StudyError, "is written axis=factor,factor, but got '=2'; write"),
        ("width=2; width=3", StudyError, "width is given twice in a transfer; give all its factors at once"),
        ("width=1; budget=1", StudyError, "factor 1 alone is the study itself, which is run anyway; write"),
        ("", StudyError, "names what changes, and by which factors, but got nothing; write"),
        (" ; ", StudyError, "names what changes, and by which factors, but got nothing; write"),
        ({"width": []}, StudyError, "names what changes, and by which factors, but got nothing; write"),
    ],
)
def test_what_cannot_be_says_how_to_write_it(asked, error, message):
    with pytest.raises(error, match=message):
        parse_places(asked)


@pytest.mark.parametrize(
    ("factor", "words"), [(0.5, "half"), (2, "twice"), (0.25, "1/4 times"), (1 / 3, "1/3 times"), (1.5, "1.5 times")]
)
def test_a_place_has_words(factor, words):
    assert TransferPlace(axis="width", factor=factor).words == f"{words} the width"


def test_it_goes_to_json_and_back():
    place = CarriedPlace(
        place=TransferPlace(axis="budget", factor=2.0),
        study="s-budget-2",
        task="digits/mlp",
        budget="4 epochs",
        seeds=10,
        arms=(CarriedArm(label="a", peak=0.1, at_edge=False, score=0.9, low=0.8, high=0.95),),
        pairs=(CarriedPair(better="a", worse="b", there="same", advantage=0.1, low=0.05, high=0.2, adjusted_p=0.01),),
        answer="holds",
        tau=0.5,
    )
    carried = Transfer(labels=("a", "b"), claims=(("a", "b"),), places=(place,), notes=("nothing",))
    assert Transfer.from_json(carried.to_json()) == carried
