"""The figures of a study's page, each with its words and its numbers as a table."""

from functools import partial
from math import isnan
from typing import NamedTuple

from ..measures import LEARNING_CURVES, CurveName
from ..rules import Rule
from ..spec import StudyResults, counted, each_once
from ._charts import Chart
from ._claim_words import margin_words
from ._claims_table import claims_table
from ._figures import EpochBand, advantage_of, epoch_bands, tuned_scores, used_rates
from ._numbers import ScoreScale, is_the_loss, plain, rate, scale_of
from ._row_charts import RowChart, differences_chart
from ._study_charts import LOSS_SCALE, PanelScale, epochs_chart, peaks_chart, rates_chart
from ._words import TextTable, capitalized

CurvePanels = dict[str, tuple[tuple[EpochBand, ...], ScoreScale | None]]  # by title
CURVES: tuple[CurveName, ...] = ("train_loss", "validation_loss", "train_score", "validation_score")


class PageFigure(NamedTuple):
    """A figure of the page. caption: what to look for; alt: what it shows; numbers: the same as a table.

    basis: how it was found, for who asks.
    """

    name: str
    title: str
    caption: str
    alt: str
    chart: Chart | RowChart
    numbers: TextTable
    basis: str = ""


def page_figures(results: StudyResults) -> list[PageFigure]:
    """The figures of a study's page, in its order: rates, epochs, peaks and differences; those that have data."""
    panels = curve_panels(results)  # none where every trial diverged in its first epoch
    figures = [
        (bool(results.curves), _rates_figure),
        (bool(panels), partial(_epochs_figure, panels=panels)),
        (any(len(scores.trials) + len(scores.diverged) for scores in tuned_scores(results)), _peaks_figure),
        (bool(results.claims), _differences_figure),
    ]
    return [figure(results) for has_data, figure in figures if has_data]


def _rates_figure(results: StudyResults) -> PageFigure:
    curves = used_rates(results)
    chosen = "the peak chosen for it" if any(results.study.tuned_settings) else "its peak"
    places = ("first", "at 25 %", "at 50 %", "at 75 %", "last")
    rows = [(curve.label, *map(rate, curve.at_quarters)) for curve in curves]
    return PageFigure(
        "rates",
        "Learning rates",
        f"Each schedule at {chosen}: look at where the rate is highest and how it ends."
        + (" A rule's rates are those of the first confirm seed." if _has_rules(results) else "")
        + (" As the optimizer saw them, with the first confirm seed." if results.own_loop else ""),
        f"Lines: learning rate against update for {counted(len(curves), 'schedule')}.",
        rates_chart(curves),
        TextTable(("schedule", *places), tuple(rows)),
    )


def _has_rules(results: StudyResults) -> bool:
    return any(isinstance(plan, Rule) for plan in each_once(record.trial.schedule for record in results.confirmed))


def _epochs_figure(results: StudyResults, panels: CurvePanels) -> PageFigure:
    labels = results.study.labels
    rows = [
        (label, *(_last_value(bands[place], scale) for bands, scale in panels.values()))
        for place, label in enumerate(labels)
    ]
    named = {title: bands for title, (bands, _) in panels.items()}
    return PageFigure(
        "epochs",
        "Learning curves",
        f"Means over {counted(len(results.study.confirm.seeds), 'confirm seed')} with their 95 % bands: look at where "
        "curves part, and at training and validation drifting apart. A diverged seed ends where it diverged.",
        f"Panels of lines against epoch: {', '.join(panels).lower()}, for {counted(len(labels), 'schedule')}.",
        epochs_chart(named, {title: _panel_scale(scale) for title, (_, scale) in panels.items()}),
        TextTable(("schedule", *(f"last {title[0].lower()}{title[1:]}" for title in panels)), tuple(rows)),
    )


def curve_panels(results: StudyResults) -> CurvePanels:
    """Every curve that was measured, by its title, with the scale of a score. A metric that is the loss stands once."""
    scale, panels = scale_of(results), {}
    for curve in (LEARNING_CURVES[name] for name in CURVES):
        bands, is_score = epoch_bands(results, curve.name), curve.quantity == "score"
        if any(len(band.epochs) for band in bands) and not (is_score and is_the_loss(results)):
            panels[capitalized(curve.heading(scale.heading))] = bands, scale if is_score else None
    return panels


def _panel_scale(scale: ScoreScale | None) -> PanelScale:
    """A loss where there is no scale of a score."""
    if scale is None:
        return LOSS_SCALE
    return PanelScale(scale.factor, "low" if scale.higher_is_better else "high", log=scale.log)


def _last_value(band: EpochBand, scale: ScoreScale | None) -> str:
    if not len(band.mean):
        return ""
    return scale.bare(band.mean[-1]) if scale else plain(band.mean[-1])


def _peaks_figure(results: StudyResults) -> PageFigure:
    scale, tuned = scale_of(results), tuned_scores(results)
    peaks = sorted({peak for scores in tuned for peak in scores.peaks.tolist()})
    rows = []
    for scores in tuned:
        mean = dict(zip(scores.peaks.tolist(), scores.scores.tolist(), strict=True))
        cells = [_peak_cell(mean[peak], scale) if peak in mean else "" for peak in peaks]
        rows.append((scores.label, *cells, rate(scores.chosen[0], peaks), str(scores.gone)))
    unscored = sum(scores.gone - len(scores.diverged) for scores in tuned)
    return PageFigure(
        "peaks",
        "Validation score by peak",
        f"The tuning phase: {'higher' if scale.higher_is_better else 'lower'} is better; look at how wide the best "
        "part of each curve is. A star is the peak chosen, a small point one trial, a cross a trial that diverged "
        "(scored untrained)." + (f" {counted(unscored, 'trial')} that diverged gave no score." if unscored else ""),
        f"Lines: mean validation {scale.name} against peak rate for {counted(len(tuned), 'schedule')}; the chosen peak "
        "is marked.",
        peaks_chart(tuned, scale),
        TextTable(("schedule", *(f"at {rate(peak, peaks)}" for peak in peaks), "chosen", "diverged"), tuple(rows)),
    )


def _peak_cell(score: float, scale: ScoreScale) -> str:
    return "none" if isnan(score) else scale.bare(score)


def _differences_figure(results: StudyResults) -> PageFigure:
    scale = scale_of(results)
    advantages = [advantage_of(claim, results.metric) for claim in results.claims]
    margin = next((advantage.within for advantage in advantages if advantage.within is not None), None)
    within = "" if margin is None else f" Filled and grey: within {margin_words(margin, scale)}, which are shaded."
    return PageFigure(
        "differences",
        "Paired differences",
        "One line per question, on the same seeds, with the interval of the sign-flip test: right of zero the first is "
        "better. Filled and in colour: claimed; open and grey: undecided, whichever side it lies on." + within,
        "Points with 95 % intervals: the advantage of the first over the second for "
        f"{counted(len(advantages), 'question')}.",
        differences_chart(advantages, scale),
        claims_table(results.claims, results.metric, scale),
    )
