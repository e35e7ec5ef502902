"""What was tried, as text."""

import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence

import torch

import lrlab
from lrlab.execution import machine_words

from ._faults import FAULTS, KINDS, ROLES
from ._kills import Kill
from ._points import STARTS, Tried

WAYS = [(1, False), (2, False), (3, False), (3, True), (4, False), (5, False)]


def words_of_machine() -> str:
    """Where it was measured."""
    return (
        f"{machine_words()}; Python {platform.python_version()}; torch {torch.__version__}; lrlab {lrlab.__version__}; "
        f"load of the machine {os.getloadavg()[0]:.1f} at the end."
    )


def lines_of_points(tried: Sequence[Tried], planned: int) -> Iterator[str]:
    """How many points there were, by who called what where, and how it went wrong."""
    hits = [one for one in tried if one.fired]
    wrong = [one for one in tried if one.faults]
    yield f"{len(tried)} of {planned} runs, {len(hits)} with a fault; the others asked for a call after the last."
    yield f"{len(wrong)} left something wrong." if wrong else "None left anything wrong."
    yield ""
    heads = [FAULTS[fault] + (", for good" if lasting else "") for fault, lasting in WAYS]
    yield f"| who | call | where | {' | '.join(heads)} |"
    yield f"| --- | --- | --- |{' ---: |' * len(heads)}"
    counts = Counter((one.point[5], *one.point[:2], one.place, *one.point[3:5]) for one in hits)
    for start, role, kind, place in sorted({key[:4] for key in counts}):
        cells = [str(counts[start, role, kind, place, *way] or "") for way in WAYS]
        yield f"| {STARTS[start]} {ROLES[role]} | {KINDS[kind]} | {place} | {' | '.join(cells)} |".replace("|  ", "| ")
    yield ""
    restacked = sum(one.restacked for one in hits)
    yield f"In {restacked} of them trials were trained beside others than without a fault; nothing else differs."
    yield ""
    yield from _lines_of_ends(hits)
    for one in wrong:
        yield f"- {one.point.name} ({one.place}, {one.path}): {'; '.join(one.faults)}"


def _lines_of_ends(hits: Sequence[Tried]) -> Iterator[str]:
    """How the runs ended in which a call went wrong."""
    ends = Counter((FAULTS[one.point.fault], one.point.lasting, ROLES[one.point.role], one.codes[0]) for one in hits)
    yield "How the runs ended in which a call went wrong, by exit code (1: the page was not written, a rung could not"
    yield "be kept, or a loop's trial failed that got no folder; 2: the store could not be opened; each says so):"
    yield ""
    codes = sorted({key[3] for key in ends}, key=str)
    yield f"| fault | in the | {' | '.join(map(str, codes))} |"
    yield f"| --- | --- |{' ---: |' * len(codes)}"
    for fault, lasting, role in sorted({key[:3] for key in ends}):
        cells = [str(ends[fault, lasting, role, code] or "") for code in codes]
        yield f"| {fault}{', for good' * lasting} | {role} | {' | '.join(cells)} |"
    yield ""


def lines_of_kills(kills: Sequence[Kill], seconds: Sequence[float]) -> Iterator[str]:
    """What kills at random moments cost. seconds: of runs that nobody killed."""
    wrong, late = [kill for kill in kills if kill.faults], sum(not kill.hit for kill in kills)
    yield f"{len(kills)} kills, {late} of them when there was nobody left; {len(wrong) or 'none'} left anything wrong."
    yield ""
    yield f"Runs that nobody killed took {_spread(seconds)} s."
    yield ""
    yield "| killed | kills | trained twice, % of updates: mean | most | seconds in all: median (lowest to highest) |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for whom in dict.fromkeys(kill.whom for kill in kills):
        own = [kill for kill in kills if kill.whom == whom]
        shares = [100 * kill.repeated for kill in own]
        mean = sum(shares) / len(shares)
        yield f"| {whom} | {len(own)} | {mean:.2f} | {max(shares):.2f} | {_spread([kill.seconds for kill in own])} |"
    yield ""
    for kill in wrong:
        yield f"- {kill.whom} after {kill.after:.3f} s: {'; '.join(kill.faults)}"


def _spread(values: Sequence[float]) -> str:
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"
