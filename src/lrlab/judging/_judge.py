"""From a table of runs to its judgement."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..measures import MOST_SHARE
from ..spec import KNOWN_METRICS, JudgedPair, Judgement, Margin, Metric
from ..stats import (
    Draws,
    UnpairedDifference,
    Verdict,
    generator,
    runs_needed_unpaired,
    seeds_needed,
    seeds_needed_within,
    subtract,
)
from ..trackers import RunTable, is_cost_of_reaching, point_of, says_per_cent
from ._arms import ArmRuns, arms_in_words, copies_in_words, gather_arms, judge_arm, order_arms
from ._carry import too_few_in_words
from ._curves import mean_curves
from ._decide import Decided, Difference, decide_pairs, find_best
from ._direction import direction_of, doubt_of
from ._margin import margin_of
from ._options import JudgeOptions
from ._pairing import Pairing, lacking_in_words, pairing_in_words
from ._questions import AskedPairs, ask
from ._values import RunValues, has_steps, read_curves, value_runs

ACCURACY = re.compile(r"acc(uracy)?(?![a-z])", re.IGNORECASE)
SPLIT_PREFIX = re.compile(r"^(?:test|validation|valid|val|eval|train)[_/]")
MOST_NEEDED = 200, 4  # runs of an arm, or so many times those there are; more, hardly anyone makes


def judge_runs(table: RunTable, options: JudgeOptions | None = None) -> Judgement:
    """Answer the questions about the table's first metric, by the rule of `stats.judge`.

    Random numbers come from the values themselves: the same runs give the same answers, to the digit.

    Raises RunsError where no verdict can be drawn, UnknownName for arms that are not there.
    """
    options = options or JudgeOptions()
    metric = table.metrics[0]
    higher = direction_of(table, metric, options.higher_is_better)
    curves = read_curves(table, metric)
    found = value_runs(curves, higher, options)
    arms = gather_arms(table, found)
    asked = ask(table, arms, found.higher_is_better, options)
    key, share = table.key or _key_of(arms), _is_share(metric, _known_values(arms))
    margin = _margin_of(metric, share, arms, found, options)
    decided, draws = decide_pairs(arms, asked, table.seeded, key, margin), Draws(key)
    pairs = _answer_pairs(arms, asked, decided, found.higher_is_better, key)
    ordered = order_arms([(arm, judge_arm(arm, draws)) for arm in arms], found.higher_is_better)
    doubt = doubt_of(curves, metric, higher) if options.higher_is_better is None else ()
    return Judgement(
        metric=_describe_metric(metric, higher, share),
        what=found.what,
        questions=options.asked,
        baseline=options.baseline,
        leader=asked.leader,
        chosen_by=asked.chosen_by,
        family=asked.family,
        arms=ordered,
        pairs=pairs,
        paired=all(pair.paired for pair in pairs),
        pairing=pairing_in_words(arms, pairs, table.seeded),
        notes=(
            *table.guessed,
            *doubt,
            *found.notes,
            *arms_in_words(arms),
            *copies_in_words(arms, table.seeded),
            *lacking_in_words(arms, table.seeded),
            *asked.notes,
            *too_few_in_words(pairs, decided, asked.family, len(arms)),
        ),
        curves=mean_curves(curves) if has_steps(curves) else (),
        sources=table.sources,
        adjusted_by="flips" if decided.seeds else "holm",
        margin=margin,
        best=find_best(arms, ordered, pairs, found.higher_is_better, table.seeded, key),
    )


def _key_of(arms: Sequence[ArmRuns]) -> str:
    """A hash of what is judged."""
    text = json.dumps([[arm.label, list(arm.scores.items())] for arm in arms])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def final_values(table: RunTable) -> tuple[Metric, dict[str, dict[str, float]]]:
    """The table's first metric, and by arm and seed the final values of runs that have one; no verdicts.

    Where its direction is not known, the metric is given as better high. Where no seeds are given, no two arms share
    one: rows of one number have nothing in common.
    """
    name = table.metrics[0]
    higher = table.higher_is_better.get(name, True)
    found = value_runs(read_curves(table, name), higher, JudgeOptions()).values
    values = {
        arm: {
            seed if table.seeded else f"{arm}, {seed}": run.value
            for seed, run in runs.items()
            if run.value is not None and (arm, seed) not in table.diverged
        }
        for arm, runs in found.items()
    }
    share = _is_share(name, [value for runs in values.values() for value in runs.values()])
    return Metric(name=name, higher_is_better=higher, share=share), values


def _margin_of(
    metric: str, share: bool, arms: Sequence[ArmRuns], found: RunValues, options: JudgeOptions
) -> Margin | None:
    """Steps to a target are no shares, whatever the metric is that reaches it."""
    if options.target is not None:
        return margin_of(arms, None, found.higher_is_better, options.margin)
    known = _known_metric(metric)
    point = point_of(metric, _known_values(arms), share or (known is not None and known.in_percent))
    return margin_of(arms, point, found.higher_is_better, options.margin, _usual_part(metric), in_percent=share)


def _known_values(arms: Sequence[ArmRuns]) -> list[float]:
    return [value for arm in arms for value in arm.known.values() if value is not None]


def _is_share(metric: str, values: Sequence[float]) -> bool:
    """Whether values are shares of 1, to be shown in per cent: an accuracy, none of whose values is beyond 0 to 1."""
    known = _known_metric(metric)
    named = bool(ACCURACY.search(metric)) or (known is not None and known.in_percent)
    fits = not (is_cost_of_reaching(metric) or says_per_cent(metric))
    return named and fits and all(0 <= value <= MOST_SHARE for value in values)


def _known_metric(name: str) -> Metric | None:
    """The metric of an objective that a column is called after: "test_rmse" is one, "my_rmse" none."""
    return KNOWN_METRICS.get(SPLIT_PREFIX.sub("", name))


def _usual_part(name: str) -> float:
    """The share of a value of this column within which two count as equal."""
    return (_known_metric(name) or Metric(name=name)).usual_part


def _describe_metric(name: str, higher_is_better: bool, share: bool) -> Metric:
    """The metric of a column; one that objectives have is called as they call it, with its unit."""
    known, plain = _known_metric(name), Metric(name=name, higher_is_better=higher_is_better, share=share)
    if known is None or not known.heading or known.higher_is_better != higher_is_better:
        return plain
    title = f"{name.removesuffix(known.name).strip('_/')} {known.title}".strip()
    return plain.model_copy(update={"unit": "" if known.in_percent else known.unit, "heading": title})


def _answer_pairs(
    arms: Sequence[ArmRuns], asked: AskedPairs, decided: Decided, higher_is_better: bool, key: str
) -> tuple[JudgedPair, ...]:
    by_label = {arm.label: arm for arm in arms}
    return tuple(
        _answer_pair(
            by_label[a],
            by_label[b],
            verdict,
            higher_is_better,
            lambda a=by_label[a], b=by_label[b], pairing=pairing, verdict=verdict: _runs_needed(
                a, b, pairing, verdict, asked.family, bool(decided.seeds), key
            ),
        )
        for (a, b), pairing, verdict in zip(asked.pairs, decided.pairings, decided.verdicts, strict=True)
    )


def _answer_pair(
    a: ArmRuns, b: ArmRuns, verdict: Verdict[Difference], higher_is_better: bool, needed: Callable[[], int | None]
) -> JudgedPair:
    """The answer on a pair. needed: how many runs would decide it, asked only where more could."""
    found = verdict.difference
    better = {"a": a, "b": b} if higher_is_better else {"a": b, "b": a}
    winner = better.get(verdict.claim)
    claimed = winner.label if winner is not None and winner.learned else ""
    within = verdict.margin if verdict.claim == "equal" and a.learned and b.learned else None
    ahead = better["a" if found.difference > 0 else "b"]
    return JudgedPair(
        a=a.label,
        b=b.label,
        verdict=claimed,
        paired=not isinstance(found, UnpairedDifference),
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        adjusted_p=verdict.adjusted_p,
        superiority=found.superiority if higher_is_better else 1 - found.superiority,
        smallest_visible=_finite(verdict.smallest_visible),
        needed=None if claimed or within or not ahead.learned else needed(),
        within=within,
        equal_p=verdict.equal_p,
        **_own_numbers(found),
    )


def _own_numbers(found: Difference) -> Mapping[str, Any]:
    """What a paired comparison has and an unpaired one has not, or the other way."""
    if isinstance(found, UnpairedDifference):
        return {"runs_a": found.n_a, "runs_b": found.n_b, "welch_p": _finite(found.welch_p), "correlation": None}
    return {"runs_a": found.n, "runs_b": found.n, "welch_p": None, "correlation": _finite(found.rho)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _runs_needed(
    a: ArmRuns, b: ArmRuns, pairing: Pairing, verdict: Verdict[Difference], family: int, shared: bool, key: str
) -> int | None:
    """The fewer of those that would show a difference and those that would show both within the margin.

    shared: seeds are flipped for all questions at once; the verdict knows the level that leaves to each.
    """
    least, times = MOST_NEEDED
    most, rng = max(least, times * max(len(a.seeds), len(b.seeds))), generator(key, a.label, b.label, "needed")
    if not pairing.seeds:
        return runs_needed_unpaired(a.values, b.values, comparisons=family, rng=rng, most=most)
    between = subtract(a.on(pairing.seeds), b.on(pairing.seeds))
    if shared:
        apart = seeds_needed(between, level=verdict.level or 0.05 / family, rng=rng, most=most)
    else:
        apart = seeds_needed(between, comparisons=family, rng=rng, most=most)
    if verdict.margin is None:
        return apart
    draws = generator(key, a.label, b.label, "within")
    within = seeds_needed_within(between, verdict.margin, comparisons=family, rng=draws, most=most)
    return min((found for found in (apart, within) if found is not None), default=None)
