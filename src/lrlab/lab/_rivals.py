"""Does a claim hold at the other peaks that tuning could not tell from the chosen one?"""

from collections.abc import Callable, Mapping, Sequence

from ..spec import Claim, Record
from ._family import Family, make_claims


def with_rivals(
    claims: Sequence[Claim],
    rivals: Mapping[str, Mapping[float, Sequence[Record]]],
    values_at: Callable[[str, Sequence[Record]], Family],
) -> tuple[Claim, ...]:
    """The claims with the peaks of the worse arm at which the whole family, judged again, does not repeat them.

    rivals: by label and peak, the records there. values_at: the family with the records of a label replaced by others.
    """
    if not any(rivals.values()):
        return tuple(claims)
    judged = {
        (label, peak): _verdicts(values_at(label, records)._replace(margin=None))
        for label, peaks in rivals.items()
        if any(label == _loser(claim) for claim in claims)
        for peak, records in peaks.items()
    }
    return tuple(_mark_peaks(claim, rivals.get(_loser(claim), {}), judged) for claim in claims)


def _verdicts(family: Family) -> dict[tuple[str, str], str]:
    return {(claim.a, claim.b): claim.verdict for claim in make_claims(family)}


def _loser(claim: Claim) -> str:
    """The label that another one beats; "" where none is claimed."""
    return "" if not claim.verdict else claim.b if claim.verdict == claim.a else claim.a


def _mark_peaks(
    claim: Claim,
    peaks: Mapping[float, Sequence[Record]],
    judged: Mapping[tuple[str, float], Mapping[tuple[str, str], str]],
) -> Claim:
    if not peaks:
        return claim
    lost = [peak for peak in sorted(peaks) if judged[_loser(claim), peak][claim.a, claim.b] != claim.verdict]
    return claim.model_copy(update={"not_at": tuple(lost)})
