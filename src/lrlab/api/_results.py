"""What `compare` and `run` give: an answer that shows itself."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LabError
from ..report import (
    answer,
    free_page,
    html_answer,
    lines_to_paste,
    mark,
    recommended_row,
    save_summary_png,
    terminal_answer,
    write_figures,
    write_page,
)
from ..spec import Choice, Claim, Metric, Row, Study, StudyResults, Transfer
from ._checks import check_kinds, required
from ._frames import epoch_frame, trial_frame
from ._places import writable_folder

if TYPE_CHECKING:
    import polars


class Results:
    """The answer of a study, its table, and the records behind it. In a notebook it shows answer and table.

    findings: all of it as plain data, which goes to JSON (`findings.to_json()`). store: the file with the records.
    """

    def __init__(self, findings: StudyResults, store: Path) -> None:
        self.findings, self.store = findings, store

    @property
    def study(self) -> Study:
        """The study as it was run."""
        return self.findings.study

    @property
    def metric(self) -> Metric:
        """What scores are of: name, direction, unit."""
        return self.findings.metric

    @cached_property
    def answer(self) -> str:
        """The answer in words: never more than the verdicts allow."""
        return answer(self.findings)

    @property
    def leader(self) -> str:
        """The label of the schedule that was best on validation data."""
        return self.findings.leader

    @property
    def recommended(self) -> Row | None:
        """The setting to use: the leader, or one that beats it; None where nothing was learned."""
        return recommended_row(self.findings)

    @property
    def verdicts(self) -> tuple[Claim, ...]:
        """One for each pair that was compared: difference, interval, adjusted p, and which is better, or ""."""
        return self.findings.claims

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table, best first: a row for each schedule, with score and interval."""
        return self.findings.rows

    @property
    def transfer(self) -> Transfer | None:
        """How far the claims carry: an answer for each other width and budget; None where none was asked for."""
        return self.findings.transfer

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What was tried for each schedule on validation data, and what was chosen."""
        return self.findings.choices

    def trials(self) -> "polars.DataFrame":
        """A row for each trial: what it was, in which phase, how it ended."""
        return trial_frame(self.findings)

    def epochs(self) -> "polars.DataFrame":
        """A row for each trial and epoch: losses and scores."""
        return epoch_frame(self.findings)

    def to_pandas(self) -> Any:
        """`trials()` as a pandas frame. Raises ImportError where pandas is not installed."""
        from importlib import import_module  # pandas is none of lrlab's needs

        return import_module("pandas").DataFrame(self.trials().to_dict(as_series=False))

    def paste(self) -> str:
        """Lines for a PyTorch loop of your own, with the recommended setting; "" where nothing was learned."""
        return lines_to_paste(self.findings) or ""

    def page(self, path: Path | str | None = None) -> Path:
        """Write the report as one HTML file; where it lies. path: beside the store, by the study's name, unless given.

        Raises a LabError where it cannot be written.
        """
        check_kinds(path=path)
        place = Path(path) if path is not None else self.free_page()
        write_page(self.findings, place)
        return place

    def free_page(self) -> Path:
        """Where the report goes unless you say: beside the store, or in the current folder where that takes no files.

        Never over the page of another study, or of other data.
        """
        data = self.findings.confirmed[0].trial.data
        return free_page(writable_folder(self.store.parent), self.study.name, mark(self.study, data))

    def figures(self, folder: Path | str) -> list[Path]:
        """Write the page's figures as still pictures into a folder, which is made; where they lie."""
        check_kinds(folder=required("folder", folder))
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(f"there can be no folder {folder}: {error.strerror or error}; name another") from None
        return write_figures(self.findings, Path(folder))

    def picture(self, path: Path | str) -> Path:
        """Save the page's first figures as one still picture; where it lies. path: .png, .svg or .pdf."""
        check_kinds(path=required("path", path))
        save_summary_png(self.findings, Path(path))
        return Path(path)

    def __str__(self) -> str:
        parts = terminal_answer(self.findings, None)
        return "\n".join(part.text() for part in parts if part.name in ("the table", "the answer"))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_answer(self.findings)
