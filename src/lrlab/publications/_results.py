"""The results of a published study, which show themselves: as text, Markdown, a page, pictures."""

from pathlib import Path
from typing import Any

from ..report import near_path
from ._measured import MeasuredPublication
from ._page import page_place, write_publication_page
from ._stills import write_publication_figures
from ._tables import answer_markdown, answer_text, publication_markdown, publication_text
from ._words import tally_meaning, tally_words


class PublicationResults(MeasuredPublication):
    """What a published study's document prints and claims, and what was measured. A notebook shows claims and tables.

    publication: the study. parts: its records, one for each data set. tables, bests: what was measured for each of its
    tables, ensembles for each of its ensembles. answers: those to its claims. folder: where all of it is kept.
    beside: the folder that the page goes to unless another is said; None: the current one.
    """

    folder: Path | None = None
    beside: Path | None = None

    @property
    def answer(self) -> str:
        """Each claim with its answer and what it rests on."""
        return answer_text(self)

    @property
    def tally(self) -> str:
        """How many claims are answered how: "Of 5 claims: 2 supported, 2 contradicted, 1 undecided"."""
        return tally_words(self.answers)

    def text(self, width: int | None = None) -> str:
        """What each claim's answer is, then published beside measured, for a terminal.

        width: of tables, in characters; None: any.
        """
        return publication_text(self, width)

    def markdown(self) -> str:
        """The answer and every table, in Markdown."""
        return publication_markdown(self)

    def page(self, path: Path | str | None = None) -> Path:
        """Write the report as one HTML file; where it lies. path: `free_page` unless given.

        Raises a LabError where it cannot be written.
        """
        place = self.free_page() if path is None else Path(path)
        if place.parent.absolute() == self.beside:
            place.parent.mkdir(parents=True, exist_ok=True)
        write_publication_page(self, place)
        return place

    def free_page(self) -> Path:
        """Where the page goes unless said: NAME-SCALE.html, with a number where that is another study's."""
        return near_path(page_place(self.publication, self.beside or Path()))

    def figures(self, folder: Path | str) -> list[Path]:
        """Write key, rates, learning curves and confusion matrices into a folder, which is made; where they lie.

        Each as SVG, PDF and PNG, its numbers as CSV.
        """
        return write_publication_figures(self, Path(folder))

    def summary(self) -> dict[str, Any]:
        """All but the records and where they are, as JSON takes it."""
        records = {"__all__": {"tuned", "confirmed", "curves"}}
        fields = self.model_dump(mode="json", exclude={"parts": records, "folder": True, "beside": True})
        return {"tally": self.tally, "meaning": tally_meaning(self.answers)} | fields

    def __str__(self) -> str:
        return f"{self.tally}\n{self.text()}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return answer_markdown(self)
