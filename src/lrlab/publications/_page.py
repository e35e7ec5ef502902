"""A published study as one HTML file: each claim's answer, published beside measured, every figure with its numbers."""

from pathlib import Path

from ..report import (
    PageFigure,
    TextTable,
    decimal_duration,
    fixed,
    free_page,
    label_styles,
    panels_picture,
    plain,
    rate,
    rates_picture,
    template_environment,
    whole_file,
)
from ..spec import Noun, counted, spoken
from ._figures import ArmGroup, Panel, curves_of, groups, panels_of
from ._measured import MeasuredPublication, PartResults
from ._publication import Publication
from ._tables import (
    CLAIMS_NOTE,
    best_tables,
    candidate_tables,
    class_reports,
    comparisons,
    decisions_table,
    ensembles_tables,
    seeds_of,
)
from ._words import pair_sentence, tally_meaning, tally_words


def write_publication_page(results: MeasuredPublication, path: Path | str) -> None:
    """Write the page: one file with its own script and style, whole or not at all.

    The same results give the same bytes. A LabError where it cannot be written.
    """
    with whole_file(Path(path)) as draft:
        draft.write_text(publication_page(results), encoding="utf-8")


def publication_page(results: MeasuredPublication) -> str:
    """The page as text."""
    from plotly.offline import get_plotlyjs

    figures = [figure for part in results.parts for figure in _part_figures(results, part)]
    return (
        template_environment("lrlab.publications")
        .get_template("publication.html")
        .render(
            publication=results.publication,
            mark=_page_mark(results.publication),
            answers=[
                (answer, [pair_sentence(answer.claim.measure, pair) for pair in answer.pairs])
                for answer in results.answers
            ],
            tally=tally_words(results.answers),
            meaning=tally_meaning(results.answers),
            claims_note=CLAIMS_NOTE,
            comparisons=comparisons(results),
            others=[*best_tables(results), *ensembles_tables(results), *candidate_tables(results)],
            reports=class_reports(results),
            decisions=decisions_table(results),
            watched=any(part.study.watch == "test" for part in results.parts),
            figures=figures,
            pictures={figure.name: figure.picture._asdict() for figure in figures},
            settings=[(part.study.name, _settings_table(part)) for part in results.parts],
            costs=_costs_table(results),
            versions=_versions_table(results),
            plotly=get_plotlyjs(),
        )
    )


def page_place(publication: Publication, folder: Path) -> Path:
    """Where the page of a published study goes in a folder: NAME-SCALE.html, or with a number if that is another's."""
    return free_page(folder, _page_mark(publication), _page_mark(publication))


def _page_mark(publication: Publication) -> str:
    """What the page says of itself, unseen, so that no other study's is written in its place."""
    return f"{publication.name}-{publication.scale}"


def _part_figures(results: MeasuredPublication, part: PartResults) -> list[PageFigure]:
    """For each group of arms, rates and learning curves."""
    figures = []
    for place, group in enumerate(groups(results, part)):
        name = f"{part.study.name}-{place}"
        figures += [_rates_figure(part, group, f"{name}-rates"), _curves_figure(part, group, f"{name}-curves")]
    return figures


def _figure_title(part: PartResults, group: ArmGroup, what: str) -> str:
    return f"{what}: {part.study.name}{f', {group.name}' if group.name else ''}"


def _rates_figure(part: PartResults, group: ArmGroup, name: str) -> PageFigure:
    curves = curves_of(part, group)
    places = (0, 0.25, 0.5, 0.75, 1)
    rows = [
        (curve.label, *(rate(curve.rates[round(at * (len(curve.rates) - 1))]) for at in places)) for curve in curves
    ]
    return PageFigure(
        name,
        _figure_title(part, group, "Learning rates"),
        "The rates of the first seed, update by update.",
        f"Lines: learning rate against update for {counted(len(curves), 'arm')}.",
        rates_picture(curves, label_styles(group.labels)),
        TextTable(("arm", "first", "at 25 %", "at 50 %", "at 75 %", "last"), tuple(rows)),
        log=True,
    )


def _curves_figure(part: PartResults, group: ArmGroup, name: str) -> PageFigure:
    panels = panels_of(part, group)
    watched = " Test data was watched after every epoch, as the document does; nothing was chosen by it."
    rows = [
        (label, *(_last_value(panel, place) for panel in panels))
        for place, label in enumerate(_drawn_labels(part, group))
    ]
    return PageFigure(
        name,
        _figure_title(part, group, "Learning curves"),
        f"Means over {seeds_of(part)} with their 95 % bands." + (watched if part.study.watch == "test" else ""),
        f"Panels of lines against epoch: {', '.join(panel.title for panel in panels)}, for "
        f"{counted(len(group.labels), 'arm')}.",
        panels_picture(
            {panel.title: panel.bands for panel in panels}, _panel_factors(panels), label_styles(group.labels)
        ),
        TextTable(("arm", *(f"last {panel.title[0].lower()}{panel.title[1:]}" for panel in panels)), tuple(rows)),
    )


def _drawn_labels(part: PartResults, group: ArmGroup) -> list[str]:
    """The group's arms in the order of the bands: the study's."""
    return [label for label in part.study.labels if label in group.labels]


def _panel_factors(panels: tuple[Panel, ...]) -> dict[str, int]:
    return {panel.title: 100 if panel.share else 1 for panel in panels}


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
        "optimizer": ", ".join(f"{name} {value}" for name, value in study.optimizer.to_dict().items()),
        "precision": study.precision,
        "baseline": study.reference,
        "seeds": f"{study.confirm.seeds[0]} to {study.confirm.seeds[-1]}",
    }
    arms = [(choice.label, f"{choice.schedule} at {rate(choice.peak)}") for choice in part.choices]
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
    """Each field of the records' provenance; several values where records come from several machines."""
    provenances: list[Noun] = [record.provenance for part in results.parts for record in part.tuned + part.confirmed]
    values = {
        name: dict.fromkeys(str(getattr(each, name)) for each in provenances)
        for name in type(provenances[0]).model_fields
    }
    return TextTable(("what", "value"), tuple((name, ", ".join(several)) for name, several in values.items()))
