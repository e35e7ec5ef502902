"""A study's results as one HTML file that needs nothing else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ..spec import Insights, StudyResults, counted, dump_study, spoken
from ._answer import study_answer
from ._citations import results_bibtex
from ._claim_words import claim_sentence, claimed_first
from ._claims_table import loss_table
from ._confusion import confusion_tables
from ._drawing import first_shown, page_drawing
from ._figures import class_scores
from ._files import mark, whole_file
from ._insight_figures import insight_figures
from ._insight_words import expenses_table, missing_sentences
from ._method_words import method_sentences
from ._notes import covers_sentences
from ._numbers import scale_of
from ._page_figures import PageFigure, page_figures
from ._page_tables import (
    candidates_table,
    class_table,
    costs_table,
    rungs_table,
    settings_table,
    versions_table,
)
from ._range_chart import range_figures
from ._styles import label_styles
from ._templates import template_environment
from ._transfer_words import transfer_section
from ._trial_tables import failures_table, study_phases, trials_table
from ._words import optimizer_names, table

SHORT = {  # titles of figures, as the contents have them
    "rates": "Rates",
    "peaks": "Peaks",
    "differences": "Differences",
    "sensitivity": "Sensitivity",
    "target": "Time to target",
    "anytime": "On the way",
    "tuning": "Tuning",
}


def write_page(
    results: StudyResults, path: Path | str, insights: Insights | None = None, made: date | None = None
) -> None:
    """Write the report: answer, table, figures, settings, costs and versions. A LabError where it cannot be written.

    insights: what the records tell beyond the answer; None: the page is without it. made: the day that stands on it.
    The file holds its own script and style, asks no network, and is written whole or not at all. The same results give
    the same bytes.
    """
    with whole_file(Path(path)) as draft, draft.open("w", encoding="utf-8") as file:
        file.writelines(_page_pieces(results, insights, made))


def page(results: StudyResults, insights: Insights | None = None, made: date | None = None) -> str:
    """The report as text. insights, made: as in `write_page`."""
    return "".join(_page_pieces(results, insights, made))


def _page_pieces(results: StudyResults, insights: Insights | None, made: date | None) -> Iterator[str]:
    """The text of the page in its order: never all of it at once, as it may list many thousand trials."""
    template = template_environment().get_template("page.html")
    figures = page_figures(results) + range_figures(results.ranges)
    figures += insight_figures(results, insights) if insights else []
    first = first_shown(results)
    parts = _answer_parts(results) | _detail_parts(results, first)
    parts |= {
        "made": "" if made is None else f"{made.day} {made:%b %Y}",
        "expenses": expenses_table(insights) if insights else None,
        "missing": missing_sentences(insights) if insights else [],
        "figures": figures,
        "drawing": page_drawing(figures, results.study.labels, first),
        "first": first,
    }
    return template.generate(parts, links=list(_links_of(parts, figures)))


def _answer_parts(results: StudyResults) -> dict[str, Any]:
    """What the first screen shows, and the leaderboard."""
    return {
        "study": results.study,
        "mark": mark(results.study, results.confirmed[0].trial.data),
        "budget": spoken(results.study.budget),
        "optimizers": optimizer_names(results),
        "shown": study_answer(results),
        "claims": [(claim.decided, claim_sentence(claim, results)) for claim in claimed_first(results)],
        "table": table(results),
        "out": () if results.best is None else results.best.out,
        "leader": results.leader,
        "edges": any(row.at_edge for row in results.rows),
        "seeds": counted(len(results.study.confirm.seeds), "seed"),
        "styles": label_styles(results.study.labels),
    }


def _detail_parts(results: StudyResults, first: list[str]) -> dict[str, Any]:
    """What stands behind the figures. first: the labels whose confusion is shown."""
    scale, phases = scale_of(results), study_phases(results)
    return {
        "losses": loss_table(results),
        "covers": covers_sentences(results) if results.claims else [],
        "transfer": transfer_section(results),
        "classes": [(scores.label, class_table(scores, scale)) for scores in class_scores(results)],
        "confusion": confusion_tables(results, first),
        "candidates": candidates_table(results),
        "rungs": rungs_table(results.rungs),
        "failures": failures_table(results.study, phases),
        "trials": trials_table(results.study, phases, scale),
        "settings": settings_table(results),
        "study_file": dump_study(results.study),
        "method": method_sentences(results),
        "bibtex": results_bibtex(results),
        "counts": costs_table(results),
        "versions": versions_table(results),
    }


def _links_of(parts: dict[str, Any], figures: list[PageFigure]) -> Iterator[tuple[str, str]]:
    """The contents: anchors and their words, of what there is."""
    if parts["shown"].code.lrlab:
        yield "paste-lines", "Code"
    yield "table", "All measures"
    for figure in figures:
        yield figure.name, SHORT.get(figure.name, figure.title)
    if parts["candidates"].rows:
        yield "candidates", "Search"
    if parts["classes"]:
        yield "classes", "By class"
    yield from (("trials", "Trials"), ("method", "Method"), ("settings", "Settings"), ("cite", "Cite"))
