"""The tables of a published study: published beside measured, claims, choices, classes, ensembles."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..report import (
    ArmClassScores,
    TextTable,
    chosen_word,
    fit_table,
    fixed,
    left_out_note,
    probability,
    scores_by_class,
)
from ..spec import counted, records_by_label, spoken
from ._googlenet_numbers import PUBLISHED_REPORTS
from ._measured import Cell, EnsembleScore, MeasuredBest, MeasuredPublication, MeasuredTable, PartResults
from ._publication import PublishedBest, PublishedTable
from ._words import (
    answer_sentence,
    claims_note,
    difference,
    heading,
    measured,
    pair_sentence,
    printed,
    tally_meaning,
    tally_words,
)

MOST_REPORTS = 8  # arms whose classes are shown one by one


class TitledTable(NamedTuple):
    """A table with its title, and a sentence beneath it."""

    title: str
    table: TextTable
    note: str = ""


def publication_markdown(results: MeasuredPublication) -> str:
    """Every table of a published study, in Markdown. Each title says the scale."""
    sections = [*publication_sections(results), *class_reports(results), *decisions_table(results)]
    return _markdown_document(results, sections)


def answer_markdown(results: MeasuredPublication) -> str:
    """The claims with their answers, and published beside measured, in Markdown."""
    return _markdown_document(results, [claims_table(results), *_measured_tables(results)])


def _markdown_document(results: MeasuredPublication, sections: Sequence[TitledTable]) -> str:
    publication = results.publication
    scale, remarks = publication.scale, [f"- {remark}" for remark in publication.remarks]
    lines = [f"# {publication.title}, scale {scale}", "", *_tally_lines(results), publication.about, ""]
    lines += [f"Source: {publication.source}.", ""]
    for section in sections:
        lines += section_lines(section._replace(title=f"{section.title} (scale {scale})"))
    lines += ["## Remarks", "", *remarks, ""] if remarks else []
    return "\n".join(lines)


def _tally_lines(results: MeasuredPublication) -> list[str]:
    if not results.answers:
        return []
    return [f"**{tally_words(results.answers)}.** {tally_meaning(results.answers)}", ""]


def section_lines(section: TitledTable, mark: str = "##") -> list[str]:
    """A table under its title, in lines of Markdown."""
    lines = [f"{mark} {section.title}", "", *_markdown_rows(section.table), ""]
    return [*lines, section.note, ""] if section.note else lines


def publication_text(results: MeasuredPublication, width: int | None = None) -> str:
    """The tally of the claims, each with what it rests on, then published tables beside measured ones, as plain text.

    width: in characters, of the tables; None: as wide as they are.
    """
    scale = results.publication.scale
    head = f"{results.publication.title}, scale {scale}. {tally_meaning(results.answers)}"
    lines = [head.rstrip(), "", *_answer_lines(results), ""]
    for section in _measured_tables(results):
        shown = fit_table(section.table, width)
        title = f"{section.title} (scale {scale})"
        lines += [title, "", *shown.lines, *filter(None, [left_out_note(shown)]), ""]
    return "\n".join([*lines, "What the answers rest on", "", answer_text(results)]).rstrip()


def _answer_lines(results: MeasuredPublication) -> list[str]:
    """A line for each claim, its answer first."""
    return [f"- {answer.word}: {answer.claim.text}" for answer in results.answers]


def answer_text(results: MeasuredPublication) -> str:
    """Each claim with its answer and what it rests on, then the remarks, as plain text."""
    lines: list[str] = []
    for answer in results.answers:
        lines += [f"{answer.claim.text}", f"  {answer_sentence(answer)}"]
        lines += [f"  - {pair_sentence(answer.claim, pair)}" for pair in answer.pairs]
    return "\n".join([*lines, "", *results.publication.remarks]).rstrip()


def _measured_tables(results: MeasuredPublication) -> list[TitledTable]:
    return [*comparisons(results), *best_tables(results)]


def publication_sections(results: MeasuredPublication) -> list[TitledTable]:
    """Claims, published beside measured, ensembles, and what was tried, in the order they are told."""
    measured_tables = [*_measured_tables(results), *ensembles_tables(results)]
    return [claims_table(results), *measured_tables, *candidate_tables(results)]


def claims_table(results: MeasuredPublication) -> TitledTable:
    """One line per comparison; a claim's answer stands at its first."""
    rows: list[tuple[str, ...]] = []
    for answer in results.answers:
        head = (answer.claim.text, answer_sentence(answer))
        if not answer.pairs:
            rows.append((*head, "", "", ""))
        for place, pair in enumerate(answer.pairs):
            first, _, rest = pair_sentence(answer.claim, pair).partition(": ")
            difference_words = rest.partition(", adjusted p")[0]
            rows.append((*(head if place == 0 else ("", "")), first, difference_words, probability(pair.adjusted_p)))
    header = ("claim", "answer", "asked", "difference, 95 % interval", "adjusted p")
    title, note = "What the document claims, and what was found", claims_note(results.answers)
    return TitledTable(title, TextTable(header, tuple(rows)), note)


def comparisons(results: MeasuredPublication) -> list[TitledTable]:
    """Each published table, printed and measured side by side; measured ones alone where nothing was printed."""
    published = {(table.part, table.title): table for table in results.publication.tables}
    return [
        _comparison_table(table, published[table.part, table.title], _seeds_of_part(results, table.part))
        for table in results.tables
    ]


def _comparison_table(table: MeasuredTable, published: PublishedTable, seeds: str) -> TitledTable:
    values_of = {row.label: row.values for row in published.rows}
    both = [any(values[place] is not None for values in values_of.values()) for place in range(len(table.measures))]
    header = ["arm"]
    for measure, is_printed in zip(table.measures, both, strict=True):
        header += [f"published {heading(measure)}"] if is_printed else []
        header.append(f"measured {heading(measure)}" if is_printed else heading(measure))
    rows = []
    for label, cells in zip(table.labels, table.cells, strict=True):
        row = [label]
        for place, (measure, cell) in enumerate(zip(table.measures, cells, strict=True)):
            if both[place]:
                row.append(printed(measure, values_of[label][place] if label in values_of else None))
            row.append(measured(measure, cell))
        rows.append(tuple(row))
    note = f"Means over {seeds} with 95 % intervals."
    return TitledTable(table.title, TextTable(tuple(header), tuple(rows)), note)


def best_tables(results: MeasuredPublication) -> list[TitledTable]:
    """The best arm of each family beside the benchmarks; nothing where none is asked."""
    published = {(best.part, best.title): best for best in results.publication.bests}
    return [
        _best_table(best, published[best.part, best.title], _seeds_of_part(results, best.part))
        for best in results.bests
    ]


def _best_table(best: MeasuredBest, published: PublishedBest, seeds: str) -> TitledTable:
    printed_best = {family.name: family.printed_best for family in published.families}
    against = [f"minus {label} (points)" for label in best.benchmarks]
    rows = []
    for row in best.rows:
        chosen = f"{row.chosen}: {row.times} of {row.accuracy.seeds}" if row.chosen else ""
        differences = [_difference_cell(cell) for cell in row.differences]
        rows.append((row.family, printed_best[row.family], chosen, measured("accuracy", row.accuracy), *differences))
    header = ("strategy", "published (validation)", "best here, by seeds", "test accuracy (%)", *against)
    note = BEST_NOTE.format(seeds=seeds)
    return TitledTable(best.title, TextTable(header, tuple(rows)), note)


BEST_NOTE = (
    "Chosen by validation accuracy, over {seeds}. The best of several is partly luck, so each seed's test accuracy is "
    "that of the arm the other seeds choose. Differences are paired by seed, with 95 % intervals that "
    "are not adjusted for their number."
)


def _difference_cell(cell: Cell) -> str:
    if cell.mean is None or cell.low is None or cell.high is None:
        return ""
    mean, low, high = (difference("accuracy", value) for value in (cell.mean, cell.low, cell.high))
    return f"{mean} ({low} to {high})"


def class_reports(results: MeasuredPublication) -> list[TitledTable]:
    """Precision, recall and F1 by class, of each arm where there are few, else of the baseline; printed ones beside."""
    reports = []
    for part in results.parts:
        groups = records_by_label(part.study, part.confirmed)
        labels = list(groups) if len(groups) <= MOST_REPORTS else [part.study.reference]
        for label in labels:
            scores = scores_by_class(label, groups[label])
            if scores is not None:
                reports.append(_class_report(results, label, scores, _seeds_of_part(results, part.study.name)))
    return reports


def _class_report(results: MeasuredPublication, label: str, scores: ArmClassScores, seeds: str) -> TitledTable:
    lines = {line.label: line for line in PUBLISHED_REPORTS.get(results.publication.name, ()) if line.arm == label}
    names = [name for name in lines if not name.endswith("average")] or [str(n) for n in range(len(scores.f1))]
    measures = np.stack([scores.precision, scores.recall, scores.f1], axis=1).tolist()
    ours = [(name, values) for name, values in zip(names, measures, strict=True)]
    ours += [("macro average", list(scores.macro)), ("weighted average", list(scores.weighted))]
    columns = ("precision", "recall", "F1")
    header = ("class", *(f"published {name} (%)" for name in columns if lines), *(f"{name} (%)" for name in columns))
    rows = []
    for name, values in ours:
        line = lines.get(name)
        said = [f"{value * 100:.10g}" for value in (line.precision, line.recall, line.f1)] if line else []
        said = said or [""] * (3 if lines else 0)
        rows.append((name, *said, *(fixed(value * 100, 1) for value in values)))
    title = f"Precision, recall and F1 by class: {label}"
    return TitledTable(title, TextTable(header, tuple(rows)), f"Test data; counts summed over {seeds}.")


def ensembles_tables(results: MeasuredPublication) -> list[TitledTable]:
    """Each ensemble beside its members; nothing where there is none."""
    groups: dict[tuple[str, str], list[EnsembleScore]] = {}
    for score in results.ensembles:
        groups.setdefault((score.part, score.label), []).append(score)
    rows = []
    for (_, label), scores in groups.items():
        members_SM = np.array([score.members for score in scores])
        accuracy = float(np.mean([score.accuracy for score in scores]))
        cells = (accuracy, float(members_SM.max(axis=1).mean()), float(members_SM.mean()))
        rows.append((label, *(fixed(value * 100, 1) for value in cells), str(len(scores))))
    header = ("ensemble", "accuracy (%)", "its best member (%)", "its members' mean (%)", "seeds")
    note = (
        "The mean of the members' probabilities, on test data; means over seeds. The best member is the best on test "
    )
    note += "data, seed by seed: a bar no single member could be chosen to reach."
    return [TitledTable("Ensembles beside their members", TextTable(header, tuple(rows)), note)] if rows else []


def candidate_tables(results: MeasuredPublication) -> list[TitledTable]:
    """What was tried for the arms of each part that tuned any."""
    return [
        TitledTable("What was tried for each arm", TextTable(CANDIDATES, rows), _tuning_note(part))
        for part in results.parts
        if (rows := tuple(_tried_rows(part)))
    ]


CANDIDATES = ("arm", "candidate", "validation accuracy (%)", "")


def _tried_rows(part: PartResults) -> Iterator[tuple[str, ...]]:
    for choice in part.choices:
        for place, (tried, score) in enumerate(zip(choice.tried, choice.scores, strict=False)):
            seeds = choice.seeds_of(place, len(part.study.tune.seeds))
            gone = place < len(choice.diverged) and choice.diverged[place] == seeds
            shown = "diverged" if gone or score is None else fixed(score * 100, 1)
            yield choice.label, tried, shown, chosen_word(choice, place)


def _tuning_note(part: PartResults) -> str:
    tune, budget = part.study.tune, part.study.tune.budget or part.study.budget
    seeds = counted(len(tune.seeds), "seed")
    return f"Grid search on validation data, {seeds}, {spoken(budget)} each; test data took no part in it."


def decisions_table(results: MeasuredPublication) -> list[TitledTable]:
    """What was chosen where a document leaves a choice; nothing where it leaves none."""
    rows = tuple(
        (decision.topic, decision.said, decision.chosen, decision.why) for decision in results.publication.decisions
    )
    table = TextTable(("topic", "the document says", "chosen here", "because"), rows)
    return [TitledTable("Where the document is silent or contradicts itself", table)] if rows else []


def seeds_of(part: PartResults) -> str:
    """How many seeds the arms of a part have, in words: "10 seeds", or how many so far."""
    counts = {len(records) for records in records_by_label(part.study, part.confirmed).values()}
    planned = len(part.study.confirm.seeds)
    if counts == {planned}:
        return counted(planned, "seed")
    fewest, most = min(counts), max(counts)
    return f"{fewest if fewest == most else f'{fewest} to {most}'} of {counted(planned, 'seed')} so far"


def _seeds_of_part(results: MeasuredPublication, part: str) -> str:
    return seeds_of(next(each for each in results.parts if each.study.name == part))


def _markdown_rows(table: TextTable) -> list[str]:
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
