"""What a study was asked as: a store knows it again by these very bytes."""

import pytest

from lrlab import lab
from lrlab.lab import _requests
from lrlab.spec import TransferPlace
from support.tasks import study

DATA = "0a1b"


@pytest.mark.parametrize(
    ("seeds_open", "has_length", "end"),
    [
        (False, False, ""),
        (True, False, ", seeds open"),
        (False, True, ", seeds by pace"),
        (True, True, ", seeds open, seeds by pace"),
    ],
)
def test_a_budget_is_noted_with_what_it_decides(seeds_open, has_length, end):
    asked = study("t")
    request = lab.budget_request(asked, DATA, 90.0, seeds_open=seeds_open, has_length=has_length)
    assert request == f"{asked.key} 0a1b 90 s{end}"
    assert _requests.is_length_from_budget(request) == (not has_length)
    assert lab.budget_of_request(request) == 90.0


def test_seeds_by_pace_are_noted():
    asked = study("t")
    request = lab.seeds_request(asked, DATA)
    assert request == f"{asked.key} 0a1b, seeds by pace"
    assert not _requests.is_length_from_budget(request)
    assert lab.budget_of_request(request) is None


def test_a_margin_is_no_part_of_a_request():
    asked = study("t")
    wide = lab.with_margin(asked, 0.5)
    assert wide.key != asked.key
    assert lab.seeds_request(wide, DATA) == lab.seeds_request(asked, DATA)
    given = {"seeds_open": True, "has_length": False}
    assert lab.budget_request(wide, DATA, 1.5, **given) == lab.budget_request(asked, DATA, 1.5, **given)


def test_a_transfer_is_noted_and_its_place_is_read_again():
    asked, place = study("t"), TransferPlace(axis="width", factor=0.5)
    request = lab.transfer_request(asked, place)
    assert request == f'transfer of {asked.key} to {{"axis":"width","factor":0.5}}'
    assert _requests.place_of_request(asked, request) == place
    assert _requests.place_of_request(study("t", name="other"), request) is None
    assert _requests.place_of_request(asked, lab.seeds_request(asked, DATA)) is None


def test_a_study_that_nobody_asked_with_a_budget_has_no_request():
    assert not _requests.is_length_from_budget("")
    assert lab.budget_of_request("") is None
