"""What `find` gives: an answer that shows itself."""

from base64 import b64encode
from functools import cached_property
from pathlib import Path
from typing import Any

from ..report import (
    html_range,
    json_range,
    range_picture,
    range_png,
    range_sentences,
    save_range_png,
    write_range_figures,
)
from ..spec import RangeTest
from ._checks import check_required


class FindResults:
    """A rate to train with, its interval, and the losses they rest on. In a notebook it shows answer and picture.

    test: all of it as plain data: rates, losses by seed, what was widened.
    """

    def __init__(self, test: RangeTest) -> None:
        self.test = test

    @property
    def suggestion(self) -> float | None:
        """The rate to train with; None where there is none to suggest: `reason` says why."""
        return self.test.suggestion

    @property
    def interval(self) -> tuple[float, float] | None:
        """The lowest rate that keeps up with the best, and the highest stable one; None where nothing was learned."""
        return self.test.interval

    @property
    def reason(self) -> str:
        """Why there is no suggestion: "diverged", "flat", "lower", "higher" or "seeds"; "" where there is one."""
        return self.test.reason

    @cached_property
    def answer(self) -> str:
        """The answer in words, its first sentence the suggestion, or why there is none."""
        return " ".join(range_sentences(self.test))

    def picture(self, path: Path | str) -> Path:
        """Save losses against rates as one still picture; where it lies. path: .png, .svg or .pdf."""
        check_required(path=path)
        save_range_png(self.test, Path(path))
        return Path(path)

    def figures(self, folder: Path | str) -> list[Path]:
        """Write the picture for papers into a folder, which is made: SVG, PDF and PNG, its numbers as CSV.

        Returns where they lie.
        """
        check_required(folder=folder)
        return write_range_figures(self.test, Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, with the words."""
        return json_range(self.test)

    def to_json(self) -> str:
        """All of it as one line of JSON; `lrlab.spec.RangeTest.from_json` reads it."""
        return self.test.to_json()

    def curve(self, width: int = 72, *, unicode: bool = True) -> str:
        """The losses against the rates, drawn with characters."""
        return range_picture(self.test, width, unicode=unicode)

    def __str__(self) -> str:
        return "\n".join([self.curve(), "", *range_sentences(self.test)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_range(self.test, b64encode(range_png(self.test)).decode())
