"""Validation scores on the way: targets, curves, ranks. Suffix S: seeds; E: epochs that were validated; J: arms."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite, isnan, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...spec import AnytimeCurve, Arrival, RankPoint, Record, Target, epoch_columns, metric_of_groups
from ...stats import band, kendall_tau, performance_profile

Numbers = NDArray[np.float64]
SHARES = (0.1, 0.25, 0.5, 1.0)  # of the budget, at which arms are ranked


class WatchedCurves(NamedTuple):
    """Validation scores of the seeds that all arms have.

    epochs: shape (E,), of each validation. updates: (E,) by label, as an epoch's length goes with the batch size.
    scores: (S, E) by label; of a diverged trial, from there on, the worst of all. records: by label, seed by seed.
    """

    epochs: NDArray[np.int64]
    updates: dict[str, NDArray[np.int64]]
    scores: dict[str, Numbers]
    records: dict[str, list[Record]]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that all arms have."""
        return tuple(record.trial.seed for record in next(iter(self.records.values()), []))

    @property
    def in_step(self) -> bool:
        """Whether the epochs of all arms are equally long, so that they have their validations together."""
        return len({record.updates_per_epoch for group in self.records.values() for record in group}) < 2


def watched_curves(records: Mapping[str, Sequence[Record]]) -> WatchedCurves:
    """The curves of the confirm phase; without epochs where nothing was validated on the way."""
    by_seed = {label: {record.trial.seed: record for record in group} for label, group in records.items()}
    shared = [seed for seed in next(iter(by_seed.values()), {}) if all(seed in known for known in by_seed.values())]
    kept = {label: [known[seed] for seed in shared] for label, known in by_seed.items()}
    every = [record for group in kept.values() for record in group]
    length = max((len(record.epochs) for record in every), default=0)
    raw = {label: _scores_of(group, length) for label, group in kept.items()}
    due_E = np.array([~np.isnan(score_SE).all(axis=0) for score_SE in raw.values() if score_SE.size])
    there = np.flatnonzero(due_E.any(axis=0)) if due_E.size else np.zeros(0, dtype=np.int64)
    scores = {label: score_SE.reshape(len(shared), length)[:, there] for label, score_SE in raw.items()}
    _fill_lost(scores, kept)
    updates = {label: _updates_at(there + 1, group, every) for label, group in kept.items()}
    return WatchedCurves(there + 1, updates, scores, kept)


def _updates_at(epochs_E: NDArray[np.int64], own: Sequence[Record], every: Sequence[Record]) -> NDArray[np.int64]:
    """The update at which each epoch of an arm ends; the last is cut where the trials with such epochs end."""
    per_epoch = own[0].updates_per_epoch if own else 1
    last = max((record.updates for record in every if record.updates_per_epoch == per_epoch), default=1)
    return np.minimum(epochs_E * per_epoch, last)


def _scores_of(records: Sequence[Record], length: int) -> Numbers:
    """The validation scores of each record and epoch, NaN where there is none."""
    score_SE = epoch_columns([record.epochs for record in records], "validation_score")
    return np.pad(score_SE, ((0, 0), (0, length - score_SE.shape[1])), constant_values=nan)


def _fill_lost(scores: Mapping[str, Numbers], records: Mapping[str, Sequence[Record]]) -> None:
    """What a diverged trial has no score for is the worst of all."""
    known = np.concatenate([score_SE.ravel() for score_SE in scores.values()]) if scores else np.zeros(0)
    known = known[~np.isnan(known)]
    if not len(known):
        return
    metric = metric_of_groups(records)
    assert metric is not None  # there are scores
    higher = metric.higher_is_better
    worst = known.min() if higher else known.max()
    for label, group in records.items():
        lost_S = np.array([record.diverged for record in group])
        scores[label][np.isnan(scores[label]) & lost_S[:, None]] = worst


def target_of(curves: WatchedCurves, value: float, why: str) -> Target:
    """Who reached a validation score, when, and how far behind the fastest of the seed."""
    labels = list(curves.records)
    updates_JS = [_arrivals_of(curves, label, value) for label in labels]
    seconds_JS = [
        [inf if at == inf else each.whole_seconds * at / each.updates for at, each in zip(row, group, strict=True)]
        for row, group in zip(updates_JS, curves.records.values(), strict=True)
    ]
    profile = performance_profile(updates_JS)
    timed = performance_profile(np.maximum(seconds_JS, 1e-12))  # a clock may stand still for an update
    arrivals = [
        Arrival(
            label=label,
            updates=tuple(None if at == inf else int(at) for at in updates_JS[place]),
            seconds=tuple(map(_known, seconds_JS[place])),
            middle=_middle_of(updates_JS[place]),
            middle_seconds=_middle_of(seconds_JS[place]),
            shares=tuple(profile.shares[place].tolist()),
            seconds_shares=tuple(timed.shares[place].tolist()),
            score=float(profile.scores[place]),
            seconds_score=float(timed.scores[place]),
        )
        for place, label in enumerate(labels)
    ]
    factors = tuple(profile.factors.tolist())
    return Target(value=value, why=why, seeds=curves.seeds, factors=factors, arrivals=tuple(arrivals))


def _arrivals_of(curves: WatchedCurves, label: str, target: float) -> list[float]:
    """The update at which each trial's validation shows the target; infinite where it never does, or learned nothing.

    As `stats.epochs_to` has it of each.
    """
    records, score_SE = curves.records[label], curves.scores[label]
    there_SE = score_SE >= target if _sign_of(curves) > 0 else score_SE <= target
    at_S = curves.updates[label][there_SE.argmax(axis=1)].astype(np.float64)
    at_S[~(there_SE.any(axis=1) & np.array([record.learned for record in records]))] = inf
    return at_S.tolist()


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _middle_of(values: Sequence[float]) -> float | None:
    """The median; None where it is a miss."""
    ordered = sorted(values)
    return _known((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)


def anytime_curves(curves: WatchedCurves) -> tuple[AnytimeCurve, ...]:
    """The mean of each arm at each validation, with its band."""
    found = []
    for label, score_SE in curves.scores.items():
        mean_E, low_E, high_E = band(score_SE)
        there = np.flatnonzero(~np.isnan(mean_E))
        found.append(
            AnytimeCurve(
                label=label,
                updates=tuple(curves.updates[label][there].tolist()),
                mean=tuple(mean_E[there].tolist()),
                low=tuple(map(_known, low_E[there].tolist())),
                high=tuple(map(_known, high_E[there].tolist())),
            )
        )
    return tuple(found)


def rank_points(curves: WatchedCurves) -> tuple[RankPoint, ...]:
    """The order of the arms at shares of the budget, by mean validation score.

    None where no validation is of all arms, and where their epochs differ in length: then none are at one moment.
    """
    labels, sign = list(curves.scores), _sign_of(curves)
    if not curves.in_step:
        return ()
    mean_JE = sign * np.array([band(score_SE).mean for score_SE in curves.scores.values()])
    whole = np.flatnonzero(~np.isnan(mean_JE).any(axis=0))
    if not len(whole):
        return ()
    updates_E = next(iter(curves.updates.values()))
    end_J, last = mean_JE[:, whole[-1]], updates_E[-1]
    points = []
    for share in SHARES:
        away = np.abs(updates_E[whole] - share * last)
        at = whole[int(np.argmin(np.round(away, 6)))]
        tau = kendall_tau(mean_JE[:, at], end_J) if len(labels) > 1 else nan
        points.append(
            RankPoint(
                share=share,
                epoch=int(curves.epochs[at]),
                update=int(updates_E[at]),
                labels=tuple(labels[place] for place in np.argsort(-mean_JE[:, at], kind="stable")),
                tau=None if isnan(tau) else tau,
            )
        )
    return tuple(points)


def _sign_of(curves: WatchedCurves) -> int:
    metric = metric_of_groups(curves.records)
    return 1 if metric is None or metric.higher_is_better else -1
