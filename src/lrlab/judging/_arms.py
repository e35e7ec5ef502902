"""Arms: the runs of each with the value they count with, and what may be said of them alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import gcd

import numpy as np

from ..errors import RunsError
from ..spec import JudgedArm, counted
from ..stats import Draws, fill_with_worst, mean_interval, spread
from ..trackers import RunTable
from ._values import RunValue, RunValues, list_few

LARGEST = 1e150  # in size, of a value

Ended = frozenset[tuple[str, str]]  # runs that ended in some way, by arm and seed


class ArmRuns:
    """One arm's runs. known: by seed, None where a run has no value; scores: what each counts with.

    failed: which of them diverged or learned nothing.
    """

    def __init__(
        self, label: str, known: dict[str, float | None], scores: dict[str, float], failed: Sequence[bool]
    ) -> None:
        self.label, self.known, self.scores = label, known, scores
        self._failed = failed

    @property
    def seeds(self) -> tuple[str, ...]:
        """Of its runs, in order."""
        return tuple(self.known)

    @property
    def values(self) -> list[float]:
        """What its runs count with, in the order of its seeds."""
        return list(self.scores.values())

    @property
    def failed(self) -> int:
        """How many of its runs diverged or learned nothing."""
        return sum(self._failed)

    @cached_property
    def learned(self) -> bool:
        """Whether half of the runs or more did learn something."""
        return 2 * self.failed <= len(self._failed)

    @property
    def empty(self) -> bool:
        """Whether no run has a value."""
        return all(value is None for value in self.known.values())

    def on(self, seeds: Sequence[str]) -> list[float]:
        """What its runs of these seeds count with."""
        return [self.scores[seed] for seed in seeds]


def gather_arms(table: RunTable, found: RunValues) -> list[ArmRuns]:
    """The arms in the order of the table; a run without a value counts as the worst that is there.

    Raises RunsError where no verdict can be drawn: fewer than two arms, an arm of one run, no value at all.
    """
    _check_arms(found)
    diverged = table.diverged if found.of_ends else frozenset()  # else its curve says what it had before it ended
    lost = {
        arm: [run.value is None or (arm, seed) in diverged for seed, run in runs.items()]
        for arm, runs in found.values.items()
    }
    if all(all(gone) for gone in lost.values()):
        raise RunsError(
            f"no run has a value ({found.what}): all diverged, or none got there; look whether the column is the right "
            f"one, or ask for a target that some reach{_say_ends(table)}"
        )
    own = {
        arm: [run.otherwise if run.value is None else run.value for run in runs.values()]
        for arm, runs in found.values.items()
    }
    _check_sizes(own, found.what)
    filled = fill_with_worst(own, lost, found.higher_is_better)
    return [_make_arm(label, runs, filled[label], diverged, table.at_chance) for label, runs in found.values.items()]


def _say_ends(table: RunTable) -> str:
    """What else NaN in a run's last row may mean, where it has values before."""
    import polars

    value = polars.col("value")
    runs = table.frame.filter(metric=table.metrics[0]).sort("step").group_by("arm", "seed")
    ended = runs.agg(gone=value.last().is_nan() & value.is_finite().any())["gone"].any()
    way = (
        "; where NaN in a run's last row means that nothing was measured there, leave that cell empty (in Python, None)"
    )
    return way if ended else ""


def _make_arm(
    label: str, runs: Mapping[str, RunValue], scores: Sequence[float | None], diverged: Ended, at_chance: Ended
) -> ArmRuns:
    """An arm. scores: what its runs count with; none is None where any run of the table has a value."""
    gone = [(label, seed) in diverged for seed in runs]
    known = {seed: None if lost else run.value for (seed, run), lost in zip(runs.items(), gone, strict=True)}
    nothing = [
        lost or (run.value is None and run.otherwise is None) or (label, seed) in at_chance
        for (seed, run), lost in zip(runs.items(), gone, strict=True)
    ]
    counted_with = [score for score in scores if score is not None]
    return ArmRuns(label, known, dict(zip(runs, counted_with, strict=True)), nothing)


def _check_arms(found: RunValues) -> None:
    counts = {arm: len(runs) for arm, runs in found.values.items()}
    if len(counts) < 2:
        raise RunsError(
            f"a verdict compares arms, but there is one: {', '.join(counts)}; add the runs of another, or name the "
            f"column that tells arms apart: --arm COLUMN"
        )
    single = [arm for arm, count in counts.items() if count < 2]
    if single:
        named = f"{', '.join(single[:5])}{' and others' if len(single) > 5 else ''}"
        raise RunsError(
            f"one run says nothing about chance, but {named} {'has' if len(single) == 1 else 'have'} one; run each arm "
            f"on several seeds (6 paired ones can decide one question), or take {'it' if len(single) == 1 else 'them'} "
            f"out; or name the column with seeds: --seed COLUMN"
        )


def _check_sizes(own: Mapping[str, Sequence[float | None]], what: str) -> None:
    """Refuse values whose squares overflow."""
    large = [(arm, value) for arm, values in own.items() for value in values if value and abs(value) > LARGEST]
    if large:
        arm, value = large[0]
        raise RunsError(
            f"a run of {arm} counts with {value:g} ({what}), beyond {LARGEST:g}, so squares overflow; "
            f"write NaN for a run that diverged, or all values in a larger unit"
        )


def judge_arm(arm: ArmRuns, draws: Draws) -> JudgedArm:
    """The arm alone: its mean and interval."""
    measured: dict[str, float | None] = dict.fromkeys(("score", "low", "high", "sd"))
    if not arm.empty:
        interval = mean_interval(arm.values, rng=draws.of(arm.values, arm.label))
        measured = {
            "score": interval.point,
            "low": interval.low,
            "high": interval.high,
            "sd": spread(np.array(arm.values)),
        }
    return JudgedArm(label=arm.label, seeds=arm.seeds, values=tuple(arm.known.values()), failed=arm.failed, **measured)


def order_arms(judged: Sequence[tuple[ArmRuns, JudgedArm]], higher_is_better: bool) -> tuple[JudgedArm, ...]:
    """Best first: what learned nothing comes after all that did, what has no value last."""
    sign = -1 if higher_is_better else 1
    return tuple(
        one
        for _, one in sorted(
            judged, key=lambda pair: (pair[1].score is None, not pair[0].learned, sign * (pair[1].score or 0.0))
        )
    )


def copies_in_words(arms: Sequence[ArmRuns], seeded: bool) -> tuple[str, ...]:
    """What is to be said where no seeds tell runs apart, and each value of an arm stands twice, thrice, or more often.

    Where it is so of some arms alone, of those with three values or more: two may do so by chance.
    """
    counts = {arm.label: Counter(arm.values) for arm in arms}
    times = {label: gcd(*each.values()) for label, each in counts.items() if len(each) > 1}
    copied = {label: often for label, often in times.items() if often > 1}
    every = len(copied) == len(arms)
    copied = {label: often for label, often in copied.items() if every or len(counts[label]) > 2}
    if seeded or not copied:
        return ()
    often = sorted(set(copied.values()))
    stands = "twice" if often == [2] else f"{' or '.join(map(str, often))} times"
    whose = "" if every else f" of {list_few(list(copied))}"
    return (
        f"every value{whose} stands {stands}, to the last digit, and no seeds are given: if rows or files were copied, "
        f"each run counts that often; leave the copies out",
    )


def arms_in_words(arms: Sequence[ArmRuns]) -> tuple[str, ...]:
    """What is to be said of arms: runs without a value, arms that learned nothing, values that are all equal."""
    notes = [
        f"{arm.label}: {counted(sum(value is None for value in arm.known.values()), 'run')} without a value "
        f"count{'s' if sum(value is None for value in arm.known.values()) == 1 else ''} as the worst that is there"
        for arm in arms
        if any(value is None for value in arm.known.values())
    ]
    notes += [
        f"{arm.label}: more than half of its runs diverged or learned nothing, so it is called better than no other"
        for arm in arms
        if not arm.learned
    ]
    values = np.concatenate([arm.values for arm in arms])
    if np.ptp(values) == 0:
        notes.append(f"all values are equal ({values[0]:g}): look whether the column is the right one")
    return tuple(notes)
