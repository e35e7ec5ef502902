"""RawTable: rows as they were found, before anything is known of their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import polars

FILE, LINE = "\0file", "\0line"  # columns that every raw frame has: which file, and which line or row of it


@dataclass(frozen=True)
class RawFile:
    """A file of rows: its name as shown, the parts of its path that may tell runs apart, what it says of itself.

    by_row: whether its rows have no lines, as in Parquet. facts: of the run that it holds, such as its settings.
    columns: those that it has, where several files make up a table.
    """

    name: str
    parts: tuple[str, ...] = ()
    by_row: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """Rows of one or several files, with FILE (an index into `files`) and LINE, null where a file is one run.

    notes: for the user. metrics: those that its reader chose, where it did. diverged, at_chance: rows, by FILE and
    LINE, of runs that the source says ended so; key: as `RunTable` has it. directions: of metrics, whether more is
    better, where the source says it.
    """

    frame: "polars.DataFrame"
    files: tuple[RawFile, ...]
    notes: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    diverged: frozenset[tuple[int, int]] = frozenset()
    at_chance: frozenset[tuple[int, int]] = frozenset()
    key: str = ""
    directions: Mapping[str, bool] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that were found."""
        return [name for name in self.frame.columns if name not in (FILE, LINE)]

    def with_frame(self, frame: "polars.DataFrame", *notes: str) -> Self:
        """The same with other rows or columns, and what was done."""
        return replace(self, frame=frame, notes=(*self.notes, *notes))

    def runs_of(self, rows: frozenset[tuple[int, int]]) -> frozenset[tuple[str, str]]:
        """The runs that rows are of, by arm and seed, where the frame has these."""
        if not rows:
            return frozenset()
        runs = self.frame.select("arm", "seed", FILE, LINE).unique().iter_rows()
        return frozenset((arm, seed) for arm, seed, *row in runs if tuple(row) in rows)

    def spread(self, values: Sequence[str | None]) -> "polars.Series":
        """A value of each file as one of each row."""
        import polars

        return polars.Series(values, dtype=polars.String).gather(self.frame[FILE])

    def place(self, row: int) -> str:
        """Where a row of the frame was found: "runs.csv:17", or "runs.parquet, row 3"."""
        return self.places()[row]

    def places(self) -> "polars.Series":
        """Where each row of the frame was found."""
        import polars

        signs = [file.name + (", row " if file.by_row else ":") for file in self.files]
        names = polars.Series([file.name for file in self.files], dtype=polars.String).gather(self.frame[FILE])
        whole = polars.Series(signs, dtype=polars.String).gather(self.frame[FILE]) + self.frame[LINE].cast(
            polars.String
        )
        return polars.select(polars.coalesce(whole, names)).to_series()


def table_of_lines(frame: "polars.DataFrame", lines: Sequence[int], file: RawFile) -> RawTable:
    """A frame as the table of one file, with the line or row of each of its rows."""
    import polars

    at = polars.Series(LINE, lines, dtype=polars.Int64)
    first = polars.Series(FILE, [0], dtype=polars.UInt32).new_from_index(0, frame.height)
    return RawTable(frame.hstack([at, first]), (file,))


def join_tables(tables: Sequence[RawTable]) -> RawTable:
    """Tables under each other; where one lacks a column, its cells are empty."""
    import polars

    files: list[RawFile] = []
    before: list[int] = []
    for table in tables:
        before += [len(files)] * table.frame.height
        files += [replace(file, columns=tuple(table.columns)) for file in table.files]
    notes = dict.fromkeys(note for table in tables for note in table.notes)
    metrics = dict.fromkeys(metric for table in tables for metric in table.metrics)
    frame = polars.concat([table.frame for table in tables], how="diagonal_relaxed")
    frame = frame.with_columns(polars.col(FILE) + polars.Series(before, dtype=polars.UInt32))
    return RawTable(frame, tuple(files), tuple(notes), tuple(metrics))
