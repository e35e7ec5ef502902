"""How far a study's answer carries: small studies at other widths and budgets, and what they say of its claims."""

from collections.abc import Sequence
from itertools import combinations
from math import ceil, log2
from typing import Any

import numpy as np

from ..errors import StoreError, StudyError
from ..schedules import Horizon, Span
from ..spec import (
    Carried,
    CarriedArm,
    CarriedPair,
    CarriedPlace,
    Claim,
    Row,
    Study,
    StudyResults,
    Transfer,
    TransferPlace,
    Trial,
    make_study,
)
from ..store import Store, StoredStudy
from ._requests import place_of_request
from ._run import stored_results
from ._seeds import usual_seeds

FIRST_SEED = 2000  # of a place: the arms were picked by their scores on the study's own seeds
STEP = 2.0  # between the peaks that are tried at a place
ARM_STEPS = (-2, -1, 0, 1, 2)  # of an arm's peaks around the one it had; its grid does not grow


def carried_claims(results: StudyResults) -> Transfer:
    """What is to be carried: the best set and the baseline, and the study's claims among these.

    Where there is no best set, the leader and the baseline. Where nothing is claimed among these, as where the baseline
    is the best, the best arm that one of them was claimed better than is carried too.
    """
    best = (results.leader,) if results.best is None else results.best.among
    labels = tuple(dict.fromkeys((*best, results.study.reference)))
    sides = [_sides_of(claim) for claim in results.claims if claim.verdict]
    if not _among(sides, labels):
        beaten = {worse for better, worse in sides if better in labels}
        labels = (*labels, *[row.label for row in results.rows if row.label in beaten][:1])
    claims = _among(sides, labels)
    notes = ()
    if not claims:
        named = " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))
        notes = (f"the study claims no order among {named}, so there is none to carry; more seeds may show one",)
    return Transfer(labels=labels, claims=claims, notes=notes)


def _among(sides: Sequence[tuple[str, str]], labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in sides if set(pair) <= set(labels))


def _sides_of(claim: Claim) -> tuple[str, str]:
    """Better and worse."""
    return claim.verdict, claim.b if claim.verdict == claim.a else claim.a


def check_places(places: Sequence[TransferPlace], task: str, budget: str) -> None:
    """Raise StudyError or TaskError where a place cannot be: known before anything is trained.

    task: its name in records. budget: of the study; "" where it is not known yet.
    """
    for place in places:
        if place.axis == "budget" and budget:
            budget_at(budget, place)
        elif place.axis == "width":
            width_at(task, place)


def width_at(task: str, place: TransferPlace) -> str:
    """The name of the task at another width. Raises TaskError where it has none, or it comes to no whole number."""
    from ..tasks import at_width, check_width  # torch is loaded here, not before

    wider = at_width(task, place.factor)
    check_width(task, wider, place.factor)
    return wider


def budget_at(budget: str, place: TransferPlace) -> str:
    """The length of a trial times the place's factor. Raises StudyError where that is no whole number of updates."""
    span = Span.parse(budget)
    amount = span.amount * place.factor
    if span.unit == "updates" and amount != round(amount):
        raise StudyError(
            f"{place.words} comes to {amount:g} updates, and updates are counted whole; "
            f"take a factor that divides {span.amount:g}"
        )
    return str(Span(amount, span.unit))


def study_at(results: StudyResults, place: TransferPlace, labels: Sequence[str]) -> Study:
    """The study of a place: these arms, with peaks tuned again around those found, every pair asked on fresh seeds.

    As many seeds as the study had, or as the pairs need. Peaks are tried by factors of two, from half of the lowest
    that was chosen to twice the highest, and beyond where the best lies at an edge. Raises StudyError or TaskError.
    """
    study, usual = results.study, usual_seeds(len(list(combinations(labels, 2))))
    first = max(FIRST_SEED, 1 + max((*study.confirm.seeds, *study.tune.seeds, *study.tune.final_seeds)))
    seeds = max(len(study.confirm.seeds), usual)
    fields: dict[str, Any] = {
        "name": f"{study.name[: 79 - len(place.mark)]}-{place.mark}",
        "title": f"{study.title or study.name}, at {place.words}",
        "task": width_at(study.task, place) if place.axis == "width" else study.task,
        "optimizer": study.optimizer,
        "batch_size": study.batch_size,
        "budget": budget_at(study.budget, place) if place.axis == "budget" else study.budget,
        "evaluate_every": study.evaluate_every,
        "precision": study.precision,
        "baseline": study.reference,
        "confirm": {"seeds": list(range(first, first + seeds)), "questions": "pairs", "margin": study.confirm.margin},
    }
    chosen = {label: group[0].trial for label, group in results.by_label.items() if group}
    tune = {"seeds": study.tune.seeds, "choose": study.tune.choose}
    return make_study(fields | _arms_at(study, labels, chosen, tune))


def fewest_seeds(study: Study) -> int:
    """The confirm seeds that the pairs of a place need at least."""
    return min(usual_seeds(study.most_questions), len(study.confirm.seeds))


def _arms_at(study: Study, labels: Sequence[str], chosen: dict[str, Trial], tune: dict[str, Any]) -> dict[str, Any]:
    """Schedules with peaks to tune, or arms with candidates, as the study had them; and the tuning phase."""
    if not study.arms and all(_is_plain(study, label, chosen[label]) for label in labels):
        peaks = [chosen[label].peak for label in labels]
        return {
            "schedules": [study.arm_of(label) for label in labels],
            "tune": tune | {"peaks": _peaks_around(peaks)},
        }
    arms = [
        {
            "label": label,
            "candidates": [
                {
                    "schedule": chosen[label].schedule,
                    "peak": _rounded(chosen[label].peak * STEP**step),
                    "optimizer": chosen[label].optimizer,
                    "average": chosen[label].average,
                    "settings": chosen[label].settings,
                    "batch_size": None if (size := chosen[label].batch_size) == study.batch_size else size,
                }
                for step in ARM_STEPS
            ],
        }
        for label in labels
    ]
    return {"arms": arms, "tune": tune}


def _is_plain(study: Study, label: str, trial: Trial) -> bool:
    """Whether a trial has what the study gives its schedule, and nothing but its peak was chosen."""
    same = trial.optimizer == study.optimizer and trial.batch_size == study.batch_size
    return trial.arm == label and same and not trial.settings


def _peaks_around(peaks: Sequence[float]) -> list[float]:
    """Peaks by factors of two, from half of the lowest to twice the highest or just beyond.

    >>> _peaks_around([0.1, 0.3])
    [0.05, 0.1, 0.2, 0.4, 0.8]
    """
    low, high = min(peaks) / STEP, max(peaks) * STEP
    steps = ceil(log2(high / low) - 1e-9)
    return [_rounded(low * STEP**step) for step in range(steps + 1)]


def _rounded(peak: float) -> float:
    return float(f"{peak:.6g}")


def check_other(place: TransferPlace, here: StudyResults, there: Horizon) -> None:
    """Raise StudyError where a budget comes to the very updates of the study."""
    updates = max(record.updates for record in here.confirmed)
    if place.axis == "budget" and there.updates == updates:
        raise StudyError(
            f"{place.words} comes to the same {updates} updates, which is the study itself; "
            "take a factor farther from 1"
        )


def carried_place(here: StudyResults, there: StudyResults, place: TransferPlace, asked: Transfer) -> CarriedPlace:
    """What the results at a place say of the study's claims. asked: as `carried_claims` gave it."""
    by_pair = {frozenset((claim.a, claim.b)): claim for claim in there.claims}
    higher = here.metric.higher_is_better
    pairs = tuple(_carried_pair(*pair, by_pair[frozenset(pair)], higher) for pair in asked.claims)
    return CarriedPlace(
        place=place,
        study=there.study.name,
        task=there.study.task,
        budget=there.study.budget,
        seeds=len(there.study.confirm.seeds),
        arms=tuple(map(_carried_arm, there.rows)),
        pairs=pairs,
        answer=carried_answer(pairs),
        tau=_tau_between(here.rows, there.rows, higher),
    )


def carried_answer(pairs: Sequence[CarriedPair]) -> Carried:
    """Whether the order holds: every claim is made there too; flips: one is made the other way round; or neither."""
    found = {pair.there for pair in pairs}
    return "flips" if "other way" in found else "holds" if found == {"same"} else "cannot tell"


def _carried_pair(better: str, worse: str, claim: Claim, higher_is_better: bool) -> CarriedPair:
    sign = 1 if (claim.a == better) == higher_is_better else -1
    low, high = sorted((sign * claim.low, sign * claim.high))
    return CarriedPair(
        better=better,
        worse=worse,
        there="" if not claim.verdict else "same" if claim.verdict == better else "other way",
        advantage=sign * claim.difference,
        low=low,
        high=high,
        adjusted_p=claim.adjusted_p,
        within=claim.within,
    )


def _carried_arm(row: Row) -> CarriedArm:
    known = {name: getattr(row, name) for name in ("label", "peak", "at_edge", "score", "low", "high", "failed")}
    return CarriedArm(**known)


def _tau_between(here: Sequence[Row], there: Sequence[Row], higher_is_better: bool) -> float | None:
    """Kendall's tau-b between both scores of the rows of `there`; None for fewer than three, or where all tie."""
    worst = -np.inf if higher_is_better else np.inf
    scores = {row.label: worst if row.score is None else row.score for row in here}
    pairs = list(combinations([(scores[row.label], worst if row.score is None else row.score) for row in there], 2))
    if len(there) < 3:
        return None
    signs = np.array([[np.sign(_gap(a, b)) for a, b in zip(one, other, strict=True)] for one, other in pairs])
    size = float(np.sqrt((signs[:, 0] ** 2).sum() * (signs[:, 1] ** 2).sum()))
    return float(signs.prod(1).sum() / size) if size else None


def _gap(a: float, b: float) -> float:
    return 0.0 if a == b else a - b


def stored_transfer(results: StudyResults, data: str, store: Store) -> Transfer | None:
    """How far a study's answer carries, from the places that were run and are whole; None where none is.

    results: the study's. data: the fingerprint of its task's data; a place of another width has the same.
    """
    asked, study = carried_claims(results), results.study
    plans = [(place_of_request(study, plan.request), plan) for plan in store.studies() if plan.data == data]
    stored = {place: plan for place, plan in plans if place is not None}
    if not stored or not asked.claims:
        return None
    places, notes = [], []
    for place, plan in stored.items():
        try:
            places.append(carried_place(results, stored_results(plan, store), place, asked))
        except StoreError as error:  # of a place that is under way
            notes.append(f"{place.words}: {error}")
    return asked.model_copy(update={"places": tuple(places), "notes": tuple(notes)})


def remember_last(study: Study, data: str, store: Store) -> None:
    """Note the study once more, so that it, and none of its places, is the last one."""
    plan = next(plan for plan in reversed(store.studies()) if plan.study == study and plan.data == data)
    store.add_study(StoredStudy(plan.study, plan.data, plan.request))
