"""What a study was asked as: the texts by which a store knows the same request again. Their bytes never change."""

import re

from ..spec import Study, TransferPlace
from ._margin import with_margin

BY_PACE = ", seeds by pace"  # the end, where the length was given, and the seeds were not, or may be cut
SEEDS_OPEN = ", seeds open"
SECONDS = re.compile(r" (\d+(?:\.\d+)?) s(?:,|$)")


def budget_request(study: Study, data: str, seconds: float, *, seeds_open: bool, has_length: bool) -> str:
    """What a comparison within a budget is noted as.

    study: as it would be without a machine. data: the fingerprint of its task's data. seeds_open: whether the pace
    decides how many seeds confirm. has_length: whether the length of a trial was given beside the budget.
    """
    return f"{_asked_study(study, data)} {seconds:g} s{SEEDS_OPEN * seeds_open}{BY_PACE * has_length}"


def seeds_request(study: Study, data: str) -> str:
    """What a comparison that leaves its seeds to the machine is noted as. The arguments are `budget_request`'s."""
    return f"{_asked_study(study, data)}{BY_PACE}"


def transfer_request(study: Study, place: TransferPlace) -> str:
    """What the study of a place is noted as that another study's answer is carried to."""
    return f"{_begun_transfer(study)}{place.to_json()}"


def place_of_request(study: Study, request: str) -> TransferPlace | None:
    """The place that this study's answer was carried to; None for any other request."""
    begun = _begun_transfer(study)
    return TransferPlace.from_json(request.removeprefix(begun)) if request.startswith(begun) else None


def is_length_from_budget(request: str) -> bool:
    """Whether it was a budget that decided how long the trials are."""
    return bool(request) and not request.endswith(BY_PACE)


def budget_of_request(request: str) -> float | None:
    """The seconds of the budget; None where there was none.

    >>> budget_of_request("0123 4567 90 s, seeds open"), budget_of_request("0123 4567, seeds by pace")
    (90.0, None)
    """
    found = SECONDS.search(request)
    return None if found is None else float(found[1])


def _asked_study(study: Study, data: str) -> str:
    """A study and its data, whatever its margin, which decides nothing that is trained."""
    return f"{with_margin(study, None).key} {data}"


def _begun_transfer(study: Study) -> str:
    return f"transfer of {study.key} to "
