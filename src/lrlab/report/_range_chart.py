"""Range tests as figures of the page of a study with the same task, optimizer and batch size."""

from collections.abc import Sequence

import numpy as np

from ..spec import RangeTest, counted
from ._charts import Chart, ChartAxis, ChartLine, ChartPanel, point_line, short_numbers
from ._numbers import plain, rate
from ._page_figures import PageFigure
from ._range_test import range_sentences
from ._words import TextTable

NO_PART = "Run by lrlab find, at constant rates; no answer here rests on it."


def range_figures(tests: Sequence[RangeTest]) -> list[PageFigure]:
    """A figure for each range test."""
    return [_range_figure(test, f"range-{number}") for number, test in enumerate(tests, start=1)]


def _range_figure(test: RangeTest, name: str) -> PageFigure:
    sentences = range_sentences(test)
    return PageFigure(
        name,
        f"Range test with {test.optimizer}",
        f"{' '.join(sentences)} A star is the suggestion, triangles are the ends of the interval, small points single "
        f"seeds; dashed: the loss before training. {NO_PART}",
        f"A line: {test.measured} after {counted(test.updates, 'update')} against the constant rate.",
        Chart([_losses_panel(test)]),
        _numbers_table(test),
    )


def _losses_panel(test: RangeTest) -> ChartPanel:
    """The blurred mean as a line, seeds as points, and what the test says of rates."""
    label = f"mean of {counted(len(test.seeds), 'seed')}, blurred"
    lines = [ChartLine(label, short_numbers(test.rates), short_numbers(test.smooth), word=test.measured)]
    by_rate = zip(test.rates, test.losses, strict=True)
    seeds = [(at, loss) for at, losses in by_rate for loss in losses if loss is not None]
    if seeds:
        lines.append(point_line(label, seeds, 1, "dot", "one seed"))
    told = [(test.interval or (), "triangle-up", "end of the interval"), ((test.suggestion,), "star", "suggested")]
    for rates, mark, word in told:
        points = [(at, _smooth_at(test, at)) for at in rates if at is not None]
        if points:
            lines.append(point_line(label, points, 1, mark, word))
    x = ChartAxis("constant rate", log=True)
    y = ChartAxis(may_log=True, bad="high")
    title = f"{test.measured} after {counted(test.updates, 'update')}"
    return ChartPanel(x, y, lines, title[:1].upper() + title[1:], rules=(float(np.mean(test.untrained)),))


def _smooth_at(test: RangeTest, at: float) -> float:
    return float(np.interp(np.log(at), np.log(test.rates), test.smooth))


def _numbers_table(test: RangeTest) -> TextTable:
    """A line for each rate."""
    columns = zip(test.rates, test.smooth, test.low, test.high, test.losses, strict=True)
    rows = [
        (rate(at), plain(smooth), _loss_words(low), _loss_words(high), f"{losses.count(None)} of {len(losses)}")
        for at, smooth, low, high, losses in columns
    ]
    return TextTable(("rate", "loss, blurred", "lowest seed", "highest seed", "diverged"), tuple(rows))


def _loss_words(loss: float | None) -> str:
    return "all diverged" if loss is None else plain(loss)
