"""The table of a study: what each arm came to on the confirm seeds."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ..measures import are_shares, further_measures
from ..spec import Choice, Metric, Record, Row, know_macros, metric_of
from ..stats import Draws, fallen_behind, fill_with_worst, mean_interval
from ._compare import learned
from ._tuning import way_of


class ArmScores(NamedTuple):
    """The test values of an arm, seed by seed; those of a diverged seed are the worst of the table.

    macros: averages over classes, by name. further: metrics beside the one that decides, by name.

    scores: 0 where no seed of any arm has one. losses: none where one seed has none.
    """

    seeds: list[int]
    scores: list[float]
    losses: list[float]
    macros: dict[str, list[float]]
    further: dict[str, list[float]]


def score_arms(by_label: Mapping[str, Sequence[Record]], metric: Metric) -> dict[str, ArmScores]:
    """The test values of each arm. by_label: its confirm records."""
    lost = {label: [record.diverged for record in group] for label, group in by_label.items()}

    def values(of: Callable[[Record], Any], higher_is_better: bool) -> dict[str, list[Any]]:
        measured = {label: [of(record) for record in group] for label, group in by_label.items()}
        return fill_with_worst(measured, lost, higher_is_better)

    know_macros(record.test for group in by_label.values() for record in group)
    counted = all(record.test.macro is not None for group in by_label.values() for record in group)
    names = ("precision", "recall", "f1") if counted else ()
    macros = {name: values(attrgetter(f"test.macro.{name}"), True) for name in names}
    scores = values(attrgetter("test.score"), metric.higher_is_better)
    losses = values(attrgetter("test.loss"), False)
    others = further_measures([record for group in by_label.values() for record in group])
    further = {each.name: values(each.of, each.higher_is_better) for each in others}
    return {
        label: ArmScores(
            [record.trial.seed for record in group],
            [score or 0.0 for score in scores[label]],
            _all_known(losses[label]),
            {name: by_arm[label] for name, by_arm in macros.items()},
            {name: by_arm[label] for name, by_arm in further.items()},
        )
        for label, group in by_label.items()
    }


def make_row(records: Sequence[Record], choice: Choice, arm: ArmScores, draws: Draws, *, worded: bool = False) -> Row:
    """The line of an arm. records: its confirm records. choice: what was chosen for it. draws: for its interval.

    worded: whether its candidate is told in words, as of all arms where one of them has several.
    """
    diverged = sum(record.diverged for record in records)
    measured: dict[str, Any] = dict.fromkeys(("score", "low", "high", "precision", "recall", "f1", "loss"))
    if diverged < len(records):
        interval = mean_interval(arm.scores, rng=draws.of(arm.scores, choice.label))
        low, high = _possible_ends(interval.low, interval.high, records)
        measured |= {"score": interval.point, "low": low, "high": high}
        measured |= {name: float(np.mean(values)) for name, values in arm.macros.items()}
        measured["loss"] = float(np.mean(arm.losses)) if arm.losses else None
        measured["scores"] = {name: float(np.mean(values)) for name, values in arm.further.items()}
    return Row(
        label=choice.label,
        peak=choice.peak,
        at_edge=choice.at_edge,
        **measured,
        seconds=float(np.mean([record.train_seconds + record.evaluate_seconds for record in records])),
        seeds=len(records),
        diverged=diverged,
        collapsed=sum(record.collapsed for record in records),
        fallen=_count_fallen(records),
        way=(choice.way or way_of(records)) if not learned(records) else "",
        setting=choice.tried[choice.chosen] if worded and choice.chosen is not None and choice.tried else "",
    )


def row_order(row: Row, higher_is_better: bool) -> tuple[bool, bool, float, float]:
    """Best first: what is at chance comes after all that is not, what diverged on every seed last."""
    sign = -1 if higher_is_better else 1
    return row.score is None, not row.learned, sign * (row.score or 0.0), row.loss or 0.0


def _all_known(values: Sequence[float | None]) -> list[float]:
    """The values, or none where one of them was not measured."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def _possible_ends(low: float, high: float, records: Sequence[Record]) -> tuple[float, float]:
    """The ends of a score's interval; of a share none lies outside [0, 1], as of very few seeds they would."""
    if not are_shares(metric_of(records), (record.test.score for record in records)):
        return low, high
    return max(low, 0.0), min(high, 1.0)


def _count_fallen(records: Sequence[Record]) -> int:
    """How many of those above chance lie far below the rest of them, by test score."""
    scores = [record.test.score for record in records if record.learned and record.test.score is not None]
    return int(fallen_behind(scores, higher_is_better=metric_of(records).higher_is_better).sum())
