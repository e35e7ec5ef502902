"""The charts of a study's page, of numbers from `_figures`; nothing is computed from results."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ._charts import Chart, ChartAxis, ChartLine, ChartPanel, band_line, point_line, short_numbers
from ._curves import CurveArrays
from ._figures import EpochBand, PeakScores
from ._numbers import ScoreScale, rate

MOST_MARKS = 12  # points of a line that are all marked


def rates_chart(curves: Sequence[CurveArrays]) -> Chart:
    """Rate against update."""
    lines = [
        ChartLine(curve.label, short_numbers(curve.updates), short_numbers(curve.rates), word="rate")
        for curve in curves
    ]
    return Chart([ChartPanel(ChartAxis("update", whole=True), ChartAxis("rate", may_log=True, from_zero=True), lines)])


class PanelScale(NamedTuple):
    """How a panel of curves is shown. factor: what its values are times. bad: the side of the worse. log: of a loss."""

    factor: int
    bad: str
    log: bool


LOSS_SCALE = PanelScale(1, "high", log=True)


def epochs_chart(panels: Mapping[str, Sequence[EpochBand]], scales: Mapping[str, PanelScale]) -> Chart:
    """Panels of one measure each against epochs, by their titles."""
    return Chart([_epochs_panel(title, bands, scales[title]) for title, bands in panels.items()])


def _epochs_panel(title: str, bands: Sequence[EpochBand], scale: PanelScale) -> ChartPanel:
    lines = [band_line(band, scale.factor, every=len(band.epochs) <= MOST_MARKS) for band in bands]
    y = ChartAxis(log=scale.log, may_log=scale.log, bad=scale.bad)
    return ChartPanel(ChartAxis("epoch", whole=True), y, lines, title, ends_early=True)


def peaks_chart(tuned: Sequence[PeakScores], scale: ScoreScale) -> Chart:
    """Validation score against peak: means as lines, trials as points, chosen peaks as stars, diverged as crosses."""
    lines: list[ChartLine] = []
    for scores in tuned:
        x, y = short_numbers(scores.peaks), short_numbers(scores.scores * scale.factor)
        lines.append(ChartLine(scores.label, x, y, word="mean", every=True))
        for points, mark, word in ((scores.trials, "dot", "trial"), (scores.diverged, "cross", "diverged")):
            if len(points):
                lines.append(point_line(scores.label, points, scale.factor, mark, word))
        lines.append(point_line(scores.label, [scores.chosen], scale.factor, "star", "chosen"))
    peaks = sorted({float(peak) for scores in tuned for peak in scores.peaks})
    x = ChartAxis("peak rate", log=True, ticks=tuple((peak, rate(peak, peaks)) for peak in peaks))
    y = ChartAxis(bad="low" if scale.higher_is_better else "high")
    return Chart([ChartPanel(x, y, lines, f"Validation {scale.heading}")])
