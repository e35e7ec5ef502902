"""The figures of a judgement's page, each with its words and its numbers as a table."""

from collections.abc import Sequence

from ..spec import JudgedArm, JudgedPair, Judgement, counted
from ._claims_table import pair_cells, visible_words
from ._figures import Advantage
from ._judged_charts import DrawnRuns, arms_chart, seeds_chart, steps_chart
from ._judged_numbers import curve_bands, interval_of, judged_scale, metric_heading, turned_pair
from ._judged_table import score_cells
from ._numbers import ScoreScale, plain, probability
from ._page_figures import PageFigure
from ._row_charts import differences_chart
from ._words import TextTable, capitalized


def judged_figures(judgement: Judgement) -> list[PageFigure]:
    """The figures in the page's order: arms, differences, seeds and curves; those that have data."""
    shared, bands = shared_seeds(judgement), curve_bands(judgement)[0]
    figures = [
        (any(arm.score is not None for arm in judgement.arms), _arms_figure),
        (bool(judgement.pairs), _differences_figure),
        (bool(shared), _seeds_figure),
        (bool(bands), _curves_figure),
    ]
    return [figure(judgement) for has_data, figure in figures if has_data]


def shared_seeds(judgement: Judgement) -> list[str]:
    """The seeds that several arms have, in their order, where any pair was compared seed by seed."""
    if not any(pair.paired for pair in judgement.pairs):
        return []
    owners: dict[str, int] = {}
    for arm in judgement.arms:
        for seed in arm.seeds:
            owners[seed] = owners.get(seed, 0) + 1
    return [seed for seed, count in owners.items() if count > 1]


def _arms_figure(judgement: Judgement) -> PageFigure:
    scale = judged_scale(judgement)
    return PageFigure(
        "arms",
        "Arms and their runs",
        "A strong point is the mean of an arm with its 95 % interval, a faint one a run: look at how far apart runs of "
        "the same arm lie.",
        f"Points with 95 % intervals, and a point for each run: {scale.name} of {counted(len(judgement.arms), 'arm')}.",
        arms_chart([_runs_of(arm) for arm in judgement.arms], scale),
        TextTable(
            ("arm", scale.heading, "95 % interval", "standard deviation", "runs", "without value"),
            tuple(_arm_cells(arm, scale) for arm in judgement.arms),
        ),
    )


def _runs_of(arm: JudgedArm) -> DrawnRuns:
    there = [(seed, value) for seed, value in zip(arm.seeds, arm.values, strict=True) if value is not None]
    interval = interval_of(arm)
    ends = None if interval is None else (interval[1], interval[0], interval[2])
    return DrawnRuns(arm.label, ends, tuple(seed for seed, _ in there), tuple(value for _, value in there))


def _arm_cells(arm: JudgedArm, scale: ScoreScale) -> tuple[str, ...]:
    spread = "" if arm.sd is None else scale.difference(arm.sd)
    return (arm.label, *score_cells(arm, scale), spread, str(len(arm.values)), str(arm.missing))


def _differences_figure(judgement: Judgement) -> PageFigure:
    scale = judged_scale(judgement)
    pairs = sorted(judgement.pairs, key=lambda pair: not pair.verdict)
    turned = [turned_pair(pair, judgement) for pair in pairs]
    how = "Paired differences" if judgement.paired else "Differences"
    return PageFigure(
        "differences",
        how,
        "One line per question: right of zero the first is better. Filled and in colour: shown to be better; open and "
        "grey: not told apart, whichever side the interval favours.",
        "Points with 95 % intervals: the advantage of the first over the second for "
        f"{counted(len(pairs), 'question')}.",
        differences_chart(turned, scale),
        _pairs_table(pairs, turned, scale),
    )


def _pairs_table(pairs: Sequence[JudgedPair], turned: Sequence[Advantage], scale: ScoreScale) -> TextTable:
    """All that is known of each pair. turned: the same pairs, the one ahead first."""
    header = ("first", "second", "advantage", "95 % interval", "p", "adjusted p", "first is better in", "runs")
    header += ("compared", "correlation", "Welch p", "visible", "runs needed")
    rows = []
    for pair, advantage in zip(pairs, turned, strict=True):
        share = pair.superiority if advantage.first == pair.a else 1 - pair.superiority
        rows.append(
            (
                *pair_cells(advantage, pair, scale),
                f"{100 * share:.0f} %",
                *_design_cells(pair),
                visible_words(pair, scale),
                "" if pair.needed is None else f"{pair.needed:,}",
            )
        )
    return TextTable(header, tuple(rows))


def _design_cells(pair: JudgedPair) -> tuple[str, str, str, str]:
    """How many runs, how they were compared, and what checks it."""
    runs = str(pair.runs_a) if pair.paired else f"{pair.runs_a} and {pair.runs_b}"
    correlation = "" if pair.correlation is None else plain(pair.correlation, 2)
    welch = "" if pair.welch_p is None else probability(pair.welch_p)
    return runs, "seed by seed" if pair.paired else "as two samples", correlation, welch


def _seeds_figure(judgement: Judgement) -> PageFigure:
    scale, seeds = judged_scale(judgement), shared_seeds(judgement)
    by_label = {arm.label: dict(zip(arm.seeds, arm.values, strict=True)) for arm in judgement.arms}
    values = {label: [run.get(seed) for seed in seeds] for label, run in by_label.items()}
    rows = [
        (seed, *("" if value is None else scale.bare(value) for value in column))
        for seed, column in zip(seeds, zip(*values.values(), strict=True), strict=True)
    ]
    return PageFigure(
        "seeds",
        "Seed by seed",
        "A line for each arm over the seeds it shares with others: lines that rise and fall together have the seed's "
        "luck in common, which pairing takes out.",
        f"Lines: {scale.name} by seed for {counted(len(values), 'arm')}.",
        seeds_chart(seeds, values, scale),
        TextTable(("seed", *values), tuple(rows)),
    )


def _curves_figure(judgement: Judgement) -> PageFigure:
    bands, factor = curve_bands(judgement)
    heading = metric_heading(judgement.metric, factor)
    rows = []
    for band in bands:
        mean, low, high = (plain(values[-1] * factor, 4) for values in (band.mean, band.low, band.high))
        rows.append((band.label, plain(band.epochs[-1], 6), mean, f"{low} to {high}"))
    return PageFigure(
        "curves",
        "Curves",
        "Means over the runs at each step with their 95 % bands: look at where curves part. No verdict rests on them.",
        f"Lines: {judgement.metric.title} against step for {counted(len(bands), 'arm')}.",
        steps_chart(bands, factor, capitalized(heading)),
        TextTable(("arm", "last step", f"last {heading}", "95 % interval"), tuple(rows)),
    )
