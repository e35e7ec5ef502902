"""From the records of a published study to its tables and answers."""

from collections.abc import Mapping, Sequence

from ..measures import Measure, measure
from ..spec import Record, records_by_label
from ..stats import generator
from ._best import best_of_each
from ._cells import cell
from ._claims import answer_claims
from ._measured import Cell, EnsembleScore, MeasuredTable, PartResults
from ._publication import Publication, PublishedTable
from ._results import PublicationResults


def publication_results(
    publication: Publication, parts: Sequence[PartResults], ensembles: Sequence[EnsembleScore]
) -> PublicationResults:
    """The measured tables, a row for each arm of the part, and the answers to the claims.

    The same records give the same numbers, to the digit. A part may lack records, or be missing: cells say of how many
    seeds they are, answers what is missing.
    """
    records = {part.study.name: records_by_label(part.study, part.confirmed) for part in parts}
    keys = {part.study.name: part.study.key for part in parts}
    return PublicationResults(
        publication=publication,
        parts=tuple(parts),
        tables=tuple(
            _measure_table(table, records[table.part], keys[table.part])
            for table in publication.tables
            if table.part in records
        ),
        bests=tuple(
            best_of_each(best, records[best.part], keys[best.part])
            for best in publication.bests
            if best.part in records
        ),
        answers=answer_claims(publication, records),
        ensembles=tuple(ensembles),
    )


def _measure_table(table: PublishedTable, groups: Mapping[str, Sequence[Record]], key: str) -> MeasuredTable:
    measures = [measure(name) for name in table.measures]
    return MeasuredTable(
        title=table.title,
        part=table.part,
        measures=table.measures,
        labels=tuple(groups),
        cells=tuple(
            tuple(_measure_cell(of, label, records, key) for of in measures) for label, records in groups.items()
        ),
    )


def _measure_cell(of: Measure, label: str, records: Sequence[Record], key: str) -> Cell:
    """Mean and interval over the seeds that have the measure; one that diverged has none but a number of epochs."""
    values = [
        value for record in records if (value := of.of(record)) is not None and (of.of_diverged or not record.diverged)
    ]
    return cell(values, generator(key, of.name, label))
