"""How far the answers on the digits carry: other widths and budgets, and a split drawn again by each seed."""

from pathlib import Path
from statistics import stdev

import polars as pl

import lrlab
from lrlab.lab import carried_place, comparison_study, study_at
from lrlab.spec import CarriedPlace, StudyResults, Transfer, make_study, parse_places

TITLE = "How far an answer carries"
STORE = Path(__file__).parents[2] / "lrlab-results" / "evidence-transfer.db"
SCHEDULES = ("constant", "step", "exponential", "linear", "cosine", "one_cycle")
PLACES = "budget=1/4,1/2,2; width=1/2,2"
SEEDS, EPOCHS = 24, 16
SPLIT_EPOCHS, SPLIT_SEEDS = 6, 40
PAIRS = (("linear", "cosine"), ("linear", "constant"), ("linear", "step"), ("linear", "exponential"))
PEAKS = {"linear": 0.1, "cosine": 0.1, "constant": 0.05, "step": 0.1, "exponential": 0.3}


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:  # noqa: ARG001  it trains
    """Lines for the page, and the numbers behind them."""
    places, numbers = measure_places(quick)
    splits, more = measure_splits(quick)
    return [*places, "", *splits], numbers | more


def measure_places(quick: bool) -> tuple[list[str], dict[str, object]]:
    """The order of six schedules at 16 epochs, asked again elsewhere with all six."""
    how = {"store": STORE, "progress": False}
    schedules, epochs, seeds = (SCHEDULES[:3], 1, 8) if quick else (SCHEDULES, EPOCHS, SEEDS)
    name = "evidence-transfer-quick" if quick else "evidence-transfer"
    peaks = [0.02, 0.05, 0.1, 0.2, 0.4]
    plan = comparison_study(
        "digits/convnet",
        schedules,
        name=name,
        budget=f"{epochs} epochs",
        peaks=peaks,
        tuning_seeds=2,
        confirm_seeds=seeds,
        confirm={"questions": "pairs"},
    )
    answered = lrlab.run(plan, **how)
    assert isinstance(answered, lrlab.Results)
    here = answered.findings
    asked = Transfer(labels=here.study.labels, claims=sides_of(here))
    places = []
    for place in parse_places("width=1/2" if quick else PLACES):
        there = lrlab.run(study_at(here, place, asked.labels), **how)
        assert isinstance(there, lrlab.Results)
        places.append(carried_place(here, there.findings, place, asked))
    claims = f"{len(asked.claims)} of its {len(here.claims)} pairs claimed"
    order = ", ".join(f"{row.label} {100 * row.score:.2f}" for row in here.rows if row.score is not None)
    about = f"digits/convnet, {len(schedules)} schedules, {epochs} epochs, {seeds} seeds"
    lines = [
        f"{about}: {order}; {claims}. Each place tunes peaks again (factor 2, two tuning seeds) and confirms on fresh "
        "seeds, as `--transfer` does, but with all arms.",
        "",
        "| at | best first | claimed pairs: same / other way / open | answer | tau |",
        "| --- | --- | --- | --- | --- |",
        *(row_of(place) for place in places),
    ]
    return lines, {"order": order, "places": [place.to_dict() for place in places]}


def sides_of(results: StudyResults) -> tuple[tuple[str, str], ...]:
    """The claims of a study as (better, worse)."""
    claimed = [claim for claim in results.claims if claim.verdict]
    return tuple((claim.verdict, claim.b if claim.verdict == claim.a else claim.a) for claim in claimed)


def row_of(place: CarriedPlace) -> str:
    """A line of the table."""
    order = ", ".join(f"{arm.label} {100 * (arm.score or 0):.2f} ({arm.peak:g})" for arm in place.arms)
    found = [sum(pair.there == what for pair in place.pairs) for what in ("same", "other way", "")]
    tau = "" if place.tau is None else f"{place.tau:.2f}"
    return f"| {place.place.words} | {order} | {' / '.join(map(str, found))} | {place.answer} | {tau} |"


def measure_splits(quick: bool) -> tuple[list[str], dict[str, object]]:
    """What a split of its own costs each seed: the spread of paired differences, split fixed and fresh."""
    epochs, seeds = (1, 6) if quick else (SPLIT_EPOCHS, SPLIT_SEEDS)
    scores = {split: scores_by_label(split, epochs, seeds) for split in ("fixed", "fresh")}
    lines = [
        f"A split of its own for each seed (`--split fresh`), {epochs} epochs, {seeds} seeds, fixed peaks: mean and "
        "standard deviation of the paired difference, in points.",
        "",
        "| pair | fixed | fresh |",
        "| --- | --- | --- |",
    ]
    spreads: dict[str, object] = {}
    for a, b in PAIRS:
        cells = []
        for split, by_label in scores.items():
            gaps = [100 * (x - y) for x, y in zip(by_label[a], by_label[b], strict=True)]
            mean, sd = sum(gaps) / len(gaps), stdev(gaps)
            spreads[f"{a} - {b}, {split}"] = {"mean": mean, "sd": sd}
            cells.append(f"{mean:+.2f} (sd {sd:.2f})")
        lines.append(f"| {a} - {b} | {' | '.join(cells)} |")
    return lines, {"splits": spreads}


def scores_by_label(split: str, epochs: int, seeds: int) -> dict[str, list[float]]:
    """Test scores of each schedule, seed by seed."""
    arms = [{"label": label, "candidates": [{"schedule": label, "peak": peak}]} for label, peak in PEAKS.items()]
    study = make_study(
        {
            "name": f"evidence-split-{split}",
            "task": f"digits/convnet(split={split})",
            "arms": arms,
            "batch_size": 32,
            "budget": f"{epochs} epochs",
            "confirm": {"seeds": seeds, "questions": "pairs"},
        }
    )
    results = lrlab.run(study, store=STORE, progress=False)
    assert isinstance(results, lrlab.Results)
    by_label: dict[str, list[float]] = {label: [] for label in PEAKS}
    for record in results.findings.confirmed:
        by_label[study.label_of(record.trial)].append(record.test.score or 0.0)
    return by_label
