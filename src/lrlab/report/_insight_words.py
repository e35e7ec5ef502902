"""What records tell beyond the answer, in words and tables: the same on the terminal, on the page and in JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..spec import Arrival, Expense, Insights, RoomBeside, Sensitivity, StudyResults, Target, counted
from ._answers import fitted_text
from ._columns import fold_text
from ._numbers import ScoreScale, decimal_duration, fixed, plain, rate, scale_of
from ._words import TextTable, join_names

SHOWN_FACTORS = (1.0, 1.5, 2.0, 4.0)  # of a profile, in the table
HEADINGS = ("trials", "updates", "gradient evaluations", "s")  # of a phase
SHOWN_TRIES = (1, 2, 4, 8, 16, 32, 64, 128)


AT_RANDOM = "read as if they had been drawn at random from what they cover"
DRAWN = {
    "grid": f"the points of a grid, {AT_RANDOM}",
    "candidates": f"the candidates, {AT_RANDOM}",
    "random": "settings drawn at random",
    "sobol": f"settings spread evenly, {AT_RANDOM}",
    "tpe": "settings that TPE asked for because of scores before: a description, no forecast",
    "cmaes": "settings that CMA-ES asked for because of scores before: a description, no forecast",
}


class InsightPart(NamedTuple):
    """One thing that records tell. name: as the page's anchors have it.

    sentences: what matters first, then how it was found. numbers: the whole as a table.
    """

    name: str
    title: str
    sentences: tuple[str, ...]
    numbers: TextTable


def insight_parts(results: StudyResults, insights: Insights) -> list[InsightPart]:
    """Peak, target, way, tuning and cost, those that there is something to say of."""
    parts = [
        (bool(insights.sensitivities), _sensitivity_part),
        (insights.target is not None, _target_part),
        (bool(insights.ranks), _ranks_part),
        (bool(insights.tuning), _tuning_part),
        (bool(insights.expenses), lambda _, insights: _expenses_part(insights)),
    ]
    return [part(results, insights) for there, part in parts if there]


def insight_text(results: StudyResults, insights: Insights, width: int | None) -> str:
    """All of it as text. width: the characters of a line that tables must fit; None: as wide as they are."""
    lines = []
    for part in insight_parts(results, insights):
        words = " ".join(part.sentences)
        lines += [part.title, *([words] if width is None else fold_text(words, width))]
        lines.append(fitted_text(part.numbers, width))
    for sentence in missing_sentences(insights):
        lines += [sentence] if width is None else fold_text(sentence, width)
    return "\n".join(lines)


def missing_sentences(insights: Insights) -> list[str]:
    """What the records cannot tell, a sentence each."""
    return [f"Not told by these records: {words}." for words in insights.missing]


def json_insights(results: StudyResults, insights: Insights) -> dict[str, Any]:
    """All of it as plain data, with the words of each part."""
    words = {part.name: " ".join(part.sentences) for part in insight_parts(results, insights)}
    return insights.to_dict() | {"text": words}


def factor_words(low: float, high: float | None = None) -> str:
    """A factor, or two that it lies between.

    >>> factor_words(2.0), factor_words(1.13, 3.33)
    ('2.0 times', '1.1 to 3.3 times')
    """
    ends = [fixed(end, 1) if end < 10 else plain(end, 2) for end in (low, high) if end is not None]
    return f"{' to '.join(ends)} times"


def score_words(scale: ScoreScale, value: float) -> str:
    """A validation score with its unit: "93.1 % validation accuracy"."""
    score = f"{scale.bare(value)} {scale.shown_unit}".rstrip()
    return f"{score} validation {scale.name}" if scale.factor == 100 else f"{scale.name} {score}"


def _sensitivity_part(results: StudyResults, insights: Insights) -> InsightPart:
    scale, margin = scale_of(results), insights.margin
    known = sorted((each for each in insights.sensitivities if _factor(each) > 1), key=lambda each: -_factor(each))
    seeds = sorted({point.seeds for each in insights.sensitivities for point in each.points})
    span = f"{seeds[0]} to {seeds[-1]} tuning seeds" if len(seeds) > 1 else counted(seeds[0], "tuning seed")
    falls, fell, hill = ("falls", "fell", "hill") if scale.higher_is_better else ("rises", "rose", "valley")
    allowed = f"{scale.with_unit(scale.difference(margin.value))} ({margin.why})"
    lead = f"How far a peak may be off before the validation score {falls} by more than {allowed}."
    ends = _room_sentences(known)
    basis = (
        f"From {span} a peak.",
        "A range begins where a straight line between the peaks tried leaves the margin, and ends at the first peak "
        f"tried that {fell} by more; for a score that is a {hill} the truth lies in between.",
        f"Next lower, next higher: how much it {falls} at the next peak tried.",
    )
    rows = tuple(
        (
            each.label,
            rate(each.peak, _peaks_around(each)),
            *(_side_words(side) for side in (each.below, each.above)),
            _either_words(each),
            *(_neighbour_words(each, step, scale) for step in (-1, 1)),
        )
        for each in insights.sensitivities
    )
    header = ("schedule", "chosen peak", "may be too low", "may be too high", "either way", "next lower", "next higher")
    return InsightPart(
        "sensitivity", "How much the peak matters", (lead, *ends, " ".join(basis)), TextTable(header, rows)
    )


def _room_sentences(known: Sequence[Sensitivity]) -> list[str]:
    """Who has the most room and who the least. known: those of which that is known, the most room first."""
    if not known:
        return []
    most, least = _either_words(known[0]), _either_words(known[-1])
    if len(known) > 1 and most == least:
        return [f"The room of the {len(known)} that it is known of is much the same, {most}."]
    ends = [f"Most room: {known[0].label}, {most}."]
    return [*ends, f"Least: {known[-1].label}, {least}."] if len(known) > 1 else ends


def _factor(each: Sensitivity) -> float:
    return each.factor or 0.0


def _either_words(each: Sensitivity) -> str:
    """The room on the narrower side."""
    sides = [side for side in (each.below, each.above) if side is not None]
    if not sides:
        return "unknown"
    first = min(sides, key=lambda side: (side.about, side.fell is not None))
    fell = [side.fell for side in sides if side.fell is not None]
    return _side_words(first) if first.fell is None else factor_words(first.about, min(fell))


def _side_words(side: RoomBeside | None) -> str:
    """The room on one side: from where a line leaves the margin to where the score fell, or "at least" to the edge."""
    if side is None:
        return "unknown"
    if side.fell is None:
        return "not known" if side.held == 1 else f"at least {factor_words(side.held)}"
    return factor_words(side.about, side.fell)


def _neighbour_words(each: Sensitivity, step: int, scale: ScoreScale) -> str:
    """By how much the score falls at the next peak tried: "6.1 at 0.03"; how many seeds learned nothing there."""
    place = [point.peak for point in each.points].index(each.peak) + step
    if not 0 <= place < len(each.points):
        return "not tried"
    point = each.points[place]
    lost = point.diverged + point.collapsed
    failed = f", {lost} of {point.seeds} failed" if lost else ""
    return (
        "unknown"
        if point.fall is None
        else f"{scale.difference(point.fall)} at {rate(point.peak, _peaks_around(each))}{failed}"
    )


def _peaks_around(each: Sensitivity) -> set[float]:
    return {point.peak for point in each.points}


def _target_part(results: StudyResults, insights: Insights) -> InsightPart:
    target, scale = insights.target, scale_of(results)
    assert target is not None  # or it is not asked for
    lead = f"Target: {score_words(scale, target.value)}, {target.why}."
    there = sorted((each for each in target.arrivals if each.middle is not None), key=_middle)
    first = "No schedule reaches it on more than half of its seeds."
    if there:
        best = there[0]
        names = [each.label for each in there if each.middle == best.middle]
        time = best.middle_seconds if len(names) == 1 else None
        seconds = "" if time is None else f" ({decimal_duration(time)} of optimization)"
        first = f"First there, in the median: {join_names(names)}, after {_updates_words(best)}{seconds}."
    seeds, step = counted(len(target.seeds), "seed"), counted(_usual_step(insights), "update")
    basis = (
        f"{seeds}, validated every {step}, so times come in such steps; a seed that diverged or ended at chance never "
        "arrives.",
        "Within 2×: the share of seeds on which it took at most twice the updates of the fastest; the profile's height "
        "is the mean of that from 1× to 4×.",
    )
    header = ("schedule", "reached", "median updates", "median seconds", "profile's height")
    columns = tuple(f"within {plain(factor)}×" for factor in SHOWN_FACTORS)
    rows = tuple(_arrival_cells(each, target) for each in sorted(target.arrivals, key=_rank_arrival))
    return InsightPart(
        "target", "Time to a target", (lead, first, " ".join(basis)), TextTable((*header, *columns), rows)
    )


def _middle(each: Arrival) -> float:
    return float("inf") if each.middle is None else each.middle


def _rank_arrival(each: Arrival) -> tuple[float, float]:
    return -each.score, _middle(each)


def _updates_words(each: Arrival) -> str:
    return f"{fixed(each.middle or 0.0, 0)} updates"


def _usual_step(insights: Insights) -> int:
    first, *more = max((curve.updates for curve in insights.curves), key=len)
    return more[0] - first if more else first


def _arrival_cells(each: Arrival, target: Target) -> tuple[str, ...]:
    at = [min(range(len(target.factors)), key=lambda i: abs(target.factors[i] - factor)) for factor in SHOWN_FACTORS]
    return (
        each.label,
        f"{each.reached} of {len(each.updates)}",
        "missed" if each.middle is None else fixed(each.middle, 0),
        "missed" if each.middle_seconds is None else plain(each.middle_seconds),
        fixed(each.score, 2),
        *(f"{fixed(100 * each.shares[place], 0)} %" for place in at),
    )


def _ranks_part(results: StudyResults, insights: Insights) -> InsightPart:
    points, end = insights.ranks, insights.ranks[-1]
    first = points[0]
    early = f"at the first look, {_share_words(first.update, end.update)} of the budget: {first.labels[0]}"
    leads = [f"Best by mean validation {scale_of(results).name} at the end: {end.labels[0]}; {early}."]
    if first.tau is not None:
        tau = f"Kendall's tau {fixed(first.tau, 2)}, 1 for the same order, 0 for none in common"
        leads.append(f"The order there agrees with the end's by {tau}.")
    if len(end.labels) == 1:
        leads = ["Of one schedule there is no order to tell."]
    basis = "Ranks at the validation nearest to each share of the budget; near-ties change places by luck."
    header = ("schedule", *(f"at {_at_words(point.share)} (epoch {point.epoch})" for point in points))
    rows = [(label, *(str(point.labels.index(label) + 1) for point in points)) for label in end.labels]
    taus = ["none" if point.tau is None else fixed(point.tau, 2) for point in points]
    numbers = TextTable(header, (*rows, ("tau with the end", *taus)))
    return InsightPart("anytime", "On the way", (*leads, basis), numbers)


def _at_words(share: float) -> str:
    return f"{fixed(100 * share, 0)} %"


def _share_words(update: int, last: int) -> str:
    return _at_words(update / last)


def _tuning_part(results: StudyResults, insights: Insights) -> InsightPart:
    scale, most = scale_of(results), max(curve.settings for curve in insights.tuning)
    tries = [k for k in SHOWN_TRIES if k < most] + [most]
    rows = []
    for curve in insights.tuning:
        cells = dict(zip(curve.tries, zip(curve.score, curve.low, curve.high, strict=True), strict=True))
        rows.append((curve.label, *(_tried_cell(cells.get(k), scale) for k in tries)))
    header = ("schedule", *(f"best of {k}" for k in tries))
    sentences = (*_tuning_leads(insights), " ".join(_band_sentences(insights)))
    return InsightPart("tuning", "What tuning brings", sentences, TextTable(header, tuple(rows)))


def _tuning_leads(insights: Insights) -> Iterator[str]:
    drawn = DRAWN[insights.drawn]
    yield f"The best of k settings on validation data: the median over searches of k settings, from {drawn}."
    if any((low is None) != (high is None) for low, high in _band_ends(insights)):
        yield "A dotted line is a bound on one side: so few settings give none on the other."


def _band_sentences(insights: Insights) -> Iterator[str]:
    if all(low is None and high is None for low, high in _band_ends(insights)):
        yield "No band can be given."
        return
    yield (
        "In brackets a 95 % band for all k at once, free of any distribution, exact for settings drawn at random: so "
        "few bound little."
    )
    if insights.drawn == "grid":
        yield "Peaks added because of results are left out, also of the medians: no band allows for them."


def _band_ends(insights: Insights) -> Iterator[tuple[float | None, float | None]]:
    for curve in insights.tuning:
        yield from zip(curve.low, curve.high, strict=True)


def _tried_cell(cell: tuple[float, float | None, float | None] | None, scale: ScoreScale) -> str:
    if cell is None:
        return ""
    middle, low, high = cell
    if low is None or high is None:
        bounds = [f"at least {scale.bare(low)}"] if low is not None else []
        bounds += [f"at most {scale.bare(high)}"] if high is not None else []
        return f"{scale.bare(middle)} ({bounds[0] if bounds else 'no bound'})"
    return f"{scale.bare(middle)} ({scale.bare(low)} to {scale.bare(high)})"


def _expenses_part(insights: Insights) -> InsightPart:
    tune = [each for each in insights.expenses if each.phase == "tune"]
    share = sum(e.updates for e in tune) / max(sum(e.updates for e in insights.expenses), 1)
    words = (
        f"Tuning took {_at_words(share)} of all updates.",
        "A gradient evaluation is one example in one update; seconds are of optimization and evaluation, added up over "
        "trials: of trials trained together, each has its part.",
    )
    return InsightPart("expenses", "What it cost", words, expenses_table(insights))


def expenses_table(insights: Insights) -> TextTable:
    """A line for each schedule or arm, and one for all."""
    labels = list(dict.fromkeys(each.label for each in insights.expenses))
    rows = [(label, *_expense_cells([e for e in insights.expenses if e.label == label])) for label in labels]
    rows.append(("all", *_expense_cells(insights.expenses)))
    phases = ("all", "tuning", "confirm")
    return TextTable(("schedule", *(f"{phase} {what}" for phase in phases for what in HEADINGS)), tuple(rows))


def _expense_cells(expenses: Sequence[Expense]) -> tuple[str, ...]:
    """Trials, updates, gradient evaluations and seconds: in all, of tuning, of confirming."""
    cells = []
    for phases in (("tune", "confirm"), ("tune",), ("confirm",)):
        of = [each for each in expenses if each.phase in phases]
        known = all(each.examples is not None for each in of)
        cells += [fixed(sum(each.trials for each in of), 0), fixed(sum(each.updates for each in of), 0)]
        cells += [fixed(sum(each.examples or 0 for each in of), 0) if known else "unknown", plain(_seconds_of(of))]
    return tuple(cells)


def _seconds_of(expenses: Sequence[Expense]) -> float:
    return sum(each.train_seconds + each.evaluate_seconds for each in expenses)
