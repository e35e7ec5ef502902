"""Figures for papers beside an answer: what `--figures DIR` does, the same in every verb that answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..report import Faults
from ._output import say


@contextmanager
def figures_after(draw: Callable[[Path], list[Path]], folder: Path | None, as_json: bool) -> Iterator[None]:
    """Write the answer's figures after the block, even where a part of it fails, and say where they lie.

    draw: writes them into a folder, and returns where they lie. folder: None: none are asked for. as_json: nothing is
    said. Raises RunError where they cannot be written.
    """
    try:
        yield
    finally:
        if folder is not None:
            _write_figures(draw, folder, as_json)


def _write_figures(draw: Callable[[Path], list[Path]], folder: Path, as_json: bool) -> None:
    faults = Faults()
    with faults.apart(f"the figures in {folder}"):
        files = draw(folder)
        if not as_json:
            say(f"Figures and their numbers: {folder} ({len(files)} files)", whole=True)
    faults.end()
