"""A study's results as one HTML file that needs nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..measures import MEASURES
from ..spec import Insights, Noun, StudyResults, counted, dump_study, spoken
from ._answer import study_answer
from ._claim_words import claim_sentence, claimed_first
from ._claims_table import loss_table
from ._figures import ClassScores, class_scores, totals
from ._files import mark, whole_file
from ._insight_figures import insight_figures
from ._insight_words import expenses_table, missing_sentences
from ._notes import covers_sentences
from ._numbers import ScoreScale, decimal_duration, scale_of
from ._page_figures import page_figures
from ._styles import label_styles
from ._templates import template_environment
from ._transfer_words import transfer_section
from ._words import (
    TextTable,
    candidate_score,
    chosen_word,
    join_names,
    optimizer_names,
    table,
)

OF_TASKS = ("optimizer", "batch_size", "evaluate_every", "precision", "watch")  # of these own loops know nothing


def write_page(results: StudyResults, path: Path | str, insights: Insights | None = None) -> None:
    """Write the report: answer, table, figures, settings, costs and versions. A LabError where it cannot be written.

    insights: what the records tell beyond the answer; None: the page is without it.
    The file holds its own script and style, asks no network, and is written whole or not at all. The same results give
    the same bytes.
    """
    with whole_file(Path(path)) as draft:
        draft.write_text(page(results, insights), encoding="utf-8")


def page(results: StudyResults, insights: Insights | None = None) -> str:
    """The report as text. insights: as in `write_page`."""
    from plotly.offline import get_plotlyjs

    template = template_environment().get_template("page.html")
    figures = page_figures(results) + (insight_figures(results, insights) if insights else [])
    return template.render(
        study=results.study,
        mark=mark(results.study, results.confirmed[0].trial.data),
        budget=spoken(results.study.budget),
        optimizers=optimizer_names(results),
        shown=study_answer(results),
        made="",
        losses=loss_table(results),
        covers=covers_sentences(results) if results.claims else [],
        out=() if results.best is None else results.best.out,
        leader=results.leader,
        claims=[(claim.decided, claim_sentence(claim, results)) for claim in claimed_first(results)],
        table=table(results),
        transfer=transfer_section(results),
        edges=any(row.at_edge for row in results.rows),
        seeds=counted(len(results.study.confirm.seeds), "seed"),
        styles=label_styles(results.study.labels),
        figures=figures,
        pictures={figure.name: figure.picture._asdict() for figure in figures},
        classes=[(scores.label, _class_table(scores, scale_of(results))) for scores in class_scores(results)],
        candidates=_candidates_table(results),
        settings=_settings_table(results),
        study_file=dump_study(results.study),
        counts=_costs_table(results),
        expenses=expenses_table(insights) if insights else None,
        missing=missing_sentences(insights) if insights else [],
        versions=_versions_table(results),
        plotly=get_plotlyjs(),
    )


def _candidates_table(results: StudyResults) -> TextTable:
    """What was tried for each arm and how it did on validation data; no lines where nothing was tuned."""
    scale = scale_of(results)
    rows = [
        (choice.label, tried, candidate_score(choice, place, results.study, scale), chosen_word(choice, place))
        for choice in results.choices
        for place, tried in enumerate(choice.tried[: len(choice.scores)])
    ]
    return TextTable(("arm", "candidate", f"validation {scale.heading}", ""), tuple(rows))


def _class_table(scores: ClassScores, scale: ScoreScale) -> TextTable:
    """One line per class, then the averages."""
    columns = (scores.precision.tolist(), scores.recall.tolist(), scores.f1.tolist())
    lines = [(str(number), *values) for number, values in enumerate(zip(*columns, strict=True))]
    lines += [("macro average", *scores.macro), ("weighted average", *scores.weighted)]
    support = [*scores.support.tolist(), *[scores.support.sum()] * 2]
    headings = (MEASURES[name].column(scale.factor == 100) for name in ("precision", "recall", "f1"))
    return TextTable(
        ("class", *headings, "examples"),
        tuple((name, *map(scale.share, values), f"{n:,}") for (name, *values), n in zip(lines, support, strict=True)),
    )


def _settings_table(results: StudyResults) -> TextTable:
    """Every field of the study, defaults filled in."""
    study = results.study
    filled = study.to_dict() | {"schedules": [str(schedule) for schedule in study.schedules]}
    filled |= {"arms": [f"{arm.label}: {join_names(study.candidate_words(arm))}" for arm in study.arms]}
    filled |= {"baseline": study.reference, "budget": spoken(study.budget)}
    if study.arms and all(candidate.optimizer for arm in study.arms for candidate in arm.candidates):
        del filled["optimizer"]  # no trial had it
    if any(record.own_loop for record in results.confirmed):
        filled = {name: value for name, value in filled.items() if name not in OF_TASKS}
    return TextTable(("field", "value"), tuple(_flat_fields(filled)))


def _flat_fields(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat_fields(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _costs_table(results: StudyResults) -> TextTable:
    costs = totals(results)
    times = [
        ("optimization", decimal_duration(costs.train_seconds)),
        ("validation and test", decimal_duration(costs.evaluate_seconds)),
    ]
    if any(record.own_loop for record in results.confirmed):
        times = [("the loop, all that it does", decimal_duration(costs.train_seconds + costs.evaluate_seconds))]
    return TextTable(
        ("what", "how much"),
        (
            ("trials, tuning phase", f"{costs.tuned:,}"),
            ("trials, confirm phase", f"{costs.confirmed:,}"),
            ("diverged trials", f"{costs.diverged:,}"),
            ("collapsed trials, which ended near chance", f"{costs.collapsed:,}"),
            ("updates", f"{costs.updates:,}"),
            *times,
        ),
    )


def _versions_table(results: StudyResults) -> TextTable:
    """Each field of the records' provenance; more than one value where records come from several machines."""
    origins: list[Noun] = [record.provenance for record in results.tuned + results.confirmed]
    fields = type(origins[0]).model_fields
    values = {name: dict.fromkeys(str(getattr(origin, name)) for origin in origins) for name in fields}
    return TextTable(("what", "value"), tuple((name, ", ".join(texts)) for name, texts in values.items()))
