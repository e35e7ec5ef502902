"""The tables and figures that lie beside kept records: made once, and again where the records change."""

from hashlib import sha256
from pathlib import Path

from ._kept import RECORDS
from ._results import PublicationResults
from ._stills import write_publication_figures

TABLES = "tables.md"


def write_tables(results: PublicationResults, folder: Path, before: str) -> None:
    """Write tables and figures beside the kept records, unless they lie there and the records are as they were before.

    before: their `records_hash` as it was. Raises LabError or OSError where the folder cannot be written.
    """
    remove_old_tables(folder, before)
    tables = folder / TABLES
    if not tables.is_file():
        write_publication_figures(results, folder, ("svg",))
        tables.write_text(results.markdown(), encoding="utf-8")  # last: they say that the figures are done


def remove_old_tables(folder: Path, before: str) -> None:
    """Remove the tables of records that are others now. before: the records' hash as it was."""
    if records_hash(folder) != before:
        (folder / TABLES).unlink(missing_ok=True)


def records_hash(folder: Path) -> str:
    """A hash of the kept records; "" where none are."""
    file = folder / RECORDS
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
