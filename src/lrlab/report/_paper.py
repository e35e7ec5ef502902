"""Figures for papers: each written as SVG, PDF and PNG, in the widths of columns, with its numbers as CSV."""

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import LabError
from ._files import whole_file
from ._stills import UNDATED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png", "csv")
DOTS = 300  # an inch, of a PNG
PAPER: dict[str, Any] = {
    "svg.hashsalt": "lrlab",  # else every file has ids of its own
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,
    "font.family": "sans-serif",
    "font.size": 7,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "savefig.facecolor": "white",
}
Cell = str | float | int | None


class NumberTable(NamedTuple):
    """The numbers of a figure as they were measured, unrounded. Empty cells: not measured."""

    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


class PaperFigure(NamedTuple):
    """A figure for a paper. name: of its files, after what it is of. draw: makes the picture, in `paper_style`."""

    name: str
    draw: Callable[[], "Figure"]
    numbers: NumberTable


def write_paper_figures(
    figures: Iterable[PaperFigure], stem: str, folder: Path | str, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write each figure as STEM-NAME.svg, .pdf and .png, its numbers as STEM-NAME.csv, into a folder, which is made.

    Returns where they lie. The same figures give the same bytes. Raises LabError where one cannot be written.
    """
    place, start = make_folder(folder), file_stem(stem)
    return [path for figure in figures for path in _write_figure(figure, place, f"{start}-{figure.name}", formats)]


def make_folder(folder: Path | str) -> Path:
    """The folder, made where it is missing. Raises LabError where there can be none."""
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"there can be no folder {folder}: {error.strerror or error}; name another") from None
    return place


def file_stem(text: str) -> str:
    """A text as the beginning of a file's name: letters, digits, dots, dashes and underscores, none of them first.

    >>> file_stem("../top-1 accuracy"), file_stem("<$>")
    ('top-1-accuracy', 'figures')
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:80] or "figures"


@contextmanager
def paper_style() -> Iterator[None]:
    """A block in which pictures are drawn for papers, whatever the user's matplotlib is set to, which is left alone."""
    from matplotlib import style

    with style.context(["default", PAPER]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # it stays text in SVG and PDF
        yield


def csv_text(numbers: NumberTable) -> str:
    """A table as CSV: full numbers, empty cells where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(numbers.header)
    writer.writerows([_plain_cell(cell) for cell in row] for row in numbers.rows)
    return text.getvalue()


def _plain_cell(cell: Cell) -> str:
    """A cell whose number, read again, is the same."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return ""
    return repr(float(cell)) if isinstance(cell, float) else str(cell)


def _write_figure(figure: PaperFigure, folder: Path, name: str, formats: Sequence[str]) -> Iterator[Path]:
    with paper_style():
        picture = figure.draw()
        for kind in formats:
            path = folder / f"{name}.{kind}"
            with whole_file(path) as draft:
                if kind == "csv":
                    draft.write_text(csv_text(figure.numbers), encoding="utf-8", newline="")
                else:
                    picture.savefig(draft, format=kind, dpi=DOTS, metadata=UNDATED.get(kind))
            yield path
