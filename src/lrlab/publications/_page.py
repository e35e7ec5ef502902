"""A published study as one HTML file: each claim's answer, published beside measured, every figure with its numbers."""

from collections.abc import Sequence
from math import inf
from pathlib import Path
from statistics import fmean

from ..report import (
    LOSS_SCALE,
    ConfusionTable,
    PageFigure,
    PanelScale,
    TextTable,
    accuracy_scale,
    bibtex_of,
    confusion_table,
    decimal_duration,
    epochs_chart,
    failures_table,
    fixed,
    flat_fields,
    free_page,
    label_styles,
    page_drawing,
    plain,
    provenance_table,
    rate,
    rates_chart,
    shown_optimizer_fields,
    template_environment,
    trials_table,
    whole_file,
)
from ..spec import Study, counted, each_once, metric_of, records_by_label, spoken
from ._catalogue import PUBLICATIONS, find_publication, scales_of
from ._figures import ArmGroup, Panel, curves_of, panels_of
from ._measured import MeasuredPublication, PartResults
from ._publication import Publication
from ._tables import (
    best_tables,
    candidate_tables,
    class_reports,
    comparisons,
    decisions_table,
    ensembles_tables,
    seeds_of,
)
from ._words import ahead_words, claims_note, pair_sentence, tally_meaning, tally_words

SHOWN = 6  # arms of a part that are shown at first


def write_publication_page(results: MeasuredPublication, path: Path | str) -> None:
    """Write the page: one file with its own script and style, whole or not at all.

    The same results give the same bytes. A LabError where it cannot be written.
    """
    with whole_file(Path(path)) as draft:
        draft.write_text(publication_page(results), encoding="utf-8")


def publication_page(results: MeasuredPublication) -> str:
    """The page as text."""
    figures = [figure for part in results.parts for figure in _part_figures(part)]
    labels, first = _all_labels(results), _first_shown(results)
    return (
        template_environment("lrlab.publications")
        .get_template("publication.html")
        .render(
            publication=results.publication,
            mark=_page_mark(results.publication),
            answers=[
                (answer, [pair_sentence(answer.claim, pair) for pair in answer.pairs]) for answer in results.answers
            ],
            tally=tally_words(results.answers),
            meaning=tally_meaning(results.answers),
            ahead_words=ahead_words,
            claims_note=claims_note(results.answers),
            comparisons=comparisons(results),
            others=[*best_tables(results), *ensembles_tables(results), *candidate_tables(results)],
            reports=class_reports(results),
            decisions=decisions_table(results),
            watched=any(part.study.watch == "test" for part in results.parts),
            figures=figures,
            drawing=page_drawing(figures, labels, first),
            styles=label_styles(labels),
            labels=labels,
            first=first,
            confusion=_confusion_parts(results, first),
            trials=[_trials_part(part) for part in results.parts],
            links=_links_of(results, figures),
            bibtex=_bibtex(results),
            settings=[(part.study.name, _settings_table(part)) for part in results.parts],
            costs=_costs_table(results),
            versions=_versions_table(results),
        )
    )


def page_place(publication: Publication, folder: Path) -> Path:
    """Where the page of a published study goes in a folder: NAME-SCALE.html, or with a number if that is another's."""
    return free_page(folder, _page_mark(publication), _page_mark(publication))


def page_of_part(study: Study, folder: Path) -> Path | None:
    """Where the page of a published study lies in a folder, of which this study is a part; None: there is none."""
    near = [name for name in PUBLICATIONS if study.name.startswith(name)]
    plans = [find_publication(name, scale) for name in near for scale in scales_of(name)]
    pages = [page_place(plan, folder) for plan in plans if any(part.key == study.key for part in plan.parts)]
    return next((page for page in pages if page.exists()), None)


def _page_mark(publication: Publication) -> str:
    """What the page says of itself, unseen, so that no other study's is written in its place."""
    return f"{publication.name}-{publication.scale}"


def _part_figures(part: PartResults) -> list[PageFigure]:
    """Rates and learning curves of all arms; the reader chooses among them."""
    everyone = ArmGroup("", part.study.labels)
    return [_rates_figure(part, everyone), _curves_figure(part, everyone)]


def _rates_figure(part: PartResults, group: ArmGroup) -> PageFigure:
    curves = curves_of(part, group)
    rows = [(curve.label, *map(rate, curve.at_quarters)) for curve in curves]
    return PageFigure(
        f"{part.study.name}-rates",
        f"Learning rates: {part.study.name}",
        "The rates of the first seed, update by update.",
        f"Lines: learning rate against update for {counted(len(curves), 'arm')}.",
        rates_chart(curves),
        TextTable(("arm", "first", "at 25 %", "at 50 %", "at 75 %", "last"), tuple(rows)),
    )


def _curves_figure(part: PartResults, group: ArmGroup) -> PageFigure:
    panels = panels_of(part, group)
    watched = " Test data was watched after every epoch, as the document does; nothing was chosen by it."
    rows = [(label, *(_last_value(panel, place) for panel in panels)) for place, label in enumerate(group.labels)]
    return PageFigure(
        f"{part.study.name}-curves",
        f"Learning curves: {part.study.name}",
        f"Means over {seeds_of(part)} with their 95 % bands." + (watched if part.study.watch == "test" else ""),
        f"Panels of lines against epoch: {', '.join(panel.title for panel in panels)}, for "
        f"{counted(len(group.labels), 'arm')}.",
        epochs_chart(
            {panel.title: panel.bands for panel in panels}, {panel.title: _scale_of(panel) for panel in panels}
        ),
        TextTable(("arm", *(f"last {panel.title[0].lower()}{panel.title[1:]}" for panel in panels)), tuple(rows)),
    )


def _scale_of(panel: Panel) -> PanelScale:
    return PanelScale(100, "low", log=False) if panel.share else LOSS_SCALE


def _all_labels(results: MeasuredPublication) -> list[str]:
    """The arms of all parts, each once."""
    return list(dict.fromkeys(label for part in results.parts for label in part.study.labels))


def _first_shown(results: MeasuredPublication) -> list[str]:
    """Of each part the baseline, what its tables of the best chose, and the best others: at most six."""
    chosen: dict[str, None] = {}
    for part in results.parts:
        bests = [best for best in results.bests if best.part == part.study.name]
        picked = [part.study.reference, *(row.chosen for best in bests for row in best.rows if row.chosen)]
        picked += [label for best in bests for label in best.benchmarks]
        chosen |= dict.fromkeys(list(dict.fromkeys([*picked, *_by_score(part)]))[:SHOWN])
    return [label for label in _all_labels(results) if label in chosen]


def _by_score(part: PartResults) -> list[str]:
    """Its arms, the best mean test score first; those that diverged last, in the study's order."""
    sign = 1 if metric_of(part.confirmed).higher_is_better else -1
    records = records_by_label(part.study, part.confirmed)

    def rank(label: str) -> float:
        scores = [one.test.score for one in records.get(label, ()) if one.test.score is not None and not one.diverged]
        return -sign * fmean(scores) if scores else inf

    return sorted(part.study.labels, key=rank)


def _confusion_parts(results: MeasuredPublication, labels: Sequence[str]) -> list[tuple[str, list[ConfusionTable]]]:
    """By part, which class was taken for which, of the arms that are shown at first."""
    parts = []
    for part in results.parts:
        records = records_by_label(part.study, part.confirmed)
        tables = [confusion_table(label, records[label]) for label in labels if records.get(label)]
        parts.append((part.study.name, [table for table in tables if table is not None]))
    return [(name, tables) for name, tables in parts if tables]


def _trials_part(part: PartResults) -> tuple[str, TextTable, TextTable]:
    """A part's name, its trials that failed, and all of them."""
    phases = {"tuning": part.tuned, "confirm": part.confirmed}
    trials = trials_table(part.study, phases, accuracy_scale(metric_of(part.confirmed)))
    return part.study.name, failures_table(part.study, phases), trials


def _bibtex(results: MeasuredPublication) -> str:
    """The works that the arms' schedules and optimizers come from."""
    records = [record for part in results.parts for record in part.confirmed]
    plans = {str(record.trial.schedule): record.trial.schedule for record in records}
    optimizers = dict.fromkeys(record.trial.optimizer.name for record in records)
    return bibtex_of(plans.values(), ", ".join(sorted({record.provenance.lrlab for record in records})), optimizers)


def _links_of(results: MeasuredPublication, figures: Sequence[PageFigure]) -> list[tuple[str, str]]:
    """The contents: anchors and their words."""
    tables = [(f"table-{place}", section.title) for place, section in enumerate(comparisons(results))]
    drawn = [(figure.name, figure.title) for figure in figures]
    return [("claims", "Claims"), *tables, *drawn, ("settings", "Settings"), ("cost", "Cost"), ("cite", "Cite")]


def _last_value(panel: Panel, place: int) -> str:
    mean = panel.bands[place].mean
    if not len(mean):
        return ""
    return fixed(mean[-1] * 100, 1) if panel.share else plain(mean[-1])


def _settings_table(part: PartResults) -> TextTable:
    """What every arm shares, and each arm as it was run."""
    study = part.study
    shared = {
        "task": study.task,
        "budget": spoken(study.budget),
        "batch size": study.batch_size,
        "optimizer": ", ".join(" ".join(field) for field in flat_fields(shown_optimizer_fields(study.optimizer))),
        "precision": study.precision,
        "baseline": study.reference,
        "seeds": f"{study.confirm.seeds[0]} to {study.confirm.seeds[-1]}",
    }
    peaks = {choice.peak for choice in part.choices}
    arms = [(choice.label, f"{choice.schedule} at {rate(choice.peak, peaks)}") for choice in part.choices]
    return TextTable(("field", "value"), (*((name, str(value)) for name, value in shared.items()), *arms))


def _costs_table(results: MeasuredPublication) -> TextTable:
    rows = []
    for part in results.parts:
        records = part.tuned + part.confirmed
        seconds = sum(record.train_seconds + record.evaluate_seconds for record in records)
        diverged = sum(record.outcome == "diverged" for record in records)
        updates = sum(record.updates for record in records)
        text = (
            f"{counted(len(records), 'trial')}, {diverged} diverged; {counted(updates, 'update')}; "
            f"{decimal_duration(seconds)} of processes"
        )
        rows.append((part.study.name, text))
    return TextTable(("part", "cost"), tuple(rows))


def _versions_table(results: MeasuredPublication) -> TextTable:
    """Where the records come from."""
    records = (record for part in results.parts for record in part.tuned + part.confirmed)
    return provenance_table(each_once(record.provenance for record in records))
