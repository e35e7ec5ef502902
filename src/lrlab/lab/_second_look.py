"""More seeds after an answer was seen: which study was answered before, and what holds all the same."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from ..spec import Record, Study, StudyResults
from ..stats import holm, subtract, unplanned_p
from ..store import Store
from ._retry import progress
from ._rows import score_arms

ALPHA = 0.05


class Unplanned(NamedTuple):
    """What an e-process says of questions that were answered before with fewer seeds.

    before: the seeds they were answered with. sure: better and worse label of each claim that holds however often one
    looks; None: there is no tuning data to set the e-process by.
    """

    before: int
    sure: tuple[tuple[str, str], ...] | None


def answered_before(study: Study, data: str, store: Store) -> Study | None:
    """The last study of the same question that was answered on the first of these confirm seeds; None: there is none.

    data: the fingerprint of the task.
    """
    for plan in reversed(store.studies()):
        if plan.data == data and _is_shorter(plan.study, study) and not progress(plan.study, data, store).missing:
            return plan.study
    return None


def unplanned_answer(results: StudyResults, before: Study) -> Unplanned:
    """What may be said of the claims of a study, given that they were looked at on the seeds of another one before.

    The pairs of each question in the order of the seeds, by `unplanned_p`, Holm over all questions. What it is set by
    comes from the tuning phase: the usual difference on validation data; and the number of seeds planned at first.
    """
    metric, seeds = results.metric, len(before.confirm.seeds)
    typical = _usual_difference(results)
    if typical == 0:
        return Unplanned(seeds, None)
    arms = score_arms(results.by_label, metric)
    values = {label: dict(zip(arm.seeds, arm.scores, strict=True)) for label, arm in arms.items()}
    rows = [_in_order(values[claim.a], values[claim.b], results.study.confirm.seeds) for claim in results.claims]
    adjusted = holm([unplanned_p(row, typical=typical, expected=seeds) for row in rows])
    learned = {row.label for row in results.rows if row.learned}
    sign = 1 if metric.higher_is_better else -1
    found = [
        (claim.a, claim.b) if sign * sum(row) > 0 else (claim.b, claim.a)
        for claim, row, p in zip(results.claims, rows, adjusted, strict=True)
        if p < ALPHA
    ]
    return Unplanned(seeds, tuple(pair for pair in found if pair[0] in learned))


def _is_shorter(old: Study, study: Study) -> bool:
    """Whether a study asks the same with fewer seeds, the first ones of these."""
    count = len(old.confirm.seeds)
    if count >= len(study.confirm.seeds) or old.confirm.seeds != study.confirm.seeds[:count]:
        return False
    confirm = {name: getattr(study.confirm, name) for name in ("seeds", "looks", "margin", "rivals")}
    same = {"name": study.name, "title": study.title, "confirm": old.confirm.model_copy(update=confirm)}
    return old.model_copy(update=same) == study


def _in_order(a: Mapping[int, float], b: Mapping[int, float], seeds: Sequence[int]) -> list[float]:
    shared = [seed for seed in seeds if seed in a and seed in b]
    return subtract([a[seed] for seed in shared], [b[seed] for seed in shared]).tolist()


def _usual_difference(results: StudyResults) -> float:
    """The root mean square of the questions' differences on validation data, at what was chosen; 0: not known."""
    chosen: dict[str, dict[int, float]] = {}
    peaks = {choice.label: choice.peak for choice in results.choices}
    for record in results.tuned:
        label = results.study.label_of(record.trial)
        if record.trial.peak == peaks[label] and (score := _validation_score(record)) is not None:
            chosen.setdefault(label, {})[record.trial.seed] = score
    squares = [
        (chosen[claim.a][seed] - chosen[claim.b][seed]) ** 2
        for claim in results.claims
        if claim.a in chosen and claim.b in chosen
        for seed in chosen[claim.a].keys() & chosen[claim.b].keys()
    ]
    return sqrt(sum(squares) / len(squares)) if squares else 0.0


def _validation_score(record: Record) -> float | None:
    return None if record.validation is None else record.validation.score
