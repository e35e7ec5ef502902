"""What `compare` and `run` give: an answer that shows itself."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..lab import insights_of
from ..report import (
    PastedCode,
    answer,
    answer_notes,
    code_to_paste,
    html_answer,
    lines_to_paste,
    markdown_answer,
    near_path,
    recommended_row,
    run_page,
    save_summary_png,
    terminal_answer,
    write_figures,
    write_page,
)
from ..spec import BestSet, Choice, Claim, Margin, Metric, Row, Study, StudyResults, Transfer, run_key
from ._checks import check_kinds, check_required
from ._frames import epoch_frame, trial_frame
from ._insights import StudyInsights
from ._places import writable_folder

if TYPE_CHECKING:
    import polars


WIDTH = 120  # characters of a printed table


class Results:
    """The answer of a study, its table, and the records behind it. In a notebook it shows answer and table.

    findings: all of it as plain data, which goes to JSON (`findings.to_json()`). store: the file with the records, as
    an absolute path. made: the day of the run, today unless given.
    """

    def __init__(self, findings: StudyResults, store: Path, made: date | None = None) -> None:
        self.findings, self.store = findings, store.absolute()  # the program may change its folder
        self.made = date.today() if made is None else made

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
        """What to use, what it reaches, and how it stands against the others; never more than the verdicts allow."""
        return answer(self.findings)

    @cached_property
    def notes(self) -> list[str]:
        """Sentences beside the answer: by test loss, of seeds that failed, of other test examples, what it covers."""
        return answer_notes(self.findings)

    @property
    def best(self) -> BestSet | None:
        """The labels among which the best one lies, and those that are out; None where nothing can be said of that."""
        return self.findings.best

    @property
    def margin(self) -> Margin | None:
        """Within which two count as equal, in the unit of the scores, and why; None: there is no such verdict."""
        return self.findings.margin

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
        """One for each pair that was compared: difference, interval, adjusted p, which is better, or within what."""
        return self.findings.claims

    @property
    def loss_verdicts(self) -> tuple[Claim, ...]:
        """The same questions about the test loss; none where that is the metric, or was not measured."""
        return self.findings.loss_claims

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

    def trials(self, *, rivals: bool = False) -> "polars.DataFrame":
        """A row for each trial: what it was, in which phase, how it ended.

        rivals: with those of peaks that tuning could not tell from the chosen ones, whose phase is "rivals".
        """
        return trial_frame(self.findings, rivals=rivals)

    def epochs(self, *, rivals: bool = False) -> "polars.DataFrame":
        """A row for each trial and epoch: losses and scores. rivals: as for `trials`."""
        return epoch_frame(self.findings, rivals=rivals)

    def insights(self, target: float | None = None) -> StudyInsights:
        """What the records tell beyond the answer: the peak's room, time to a target, ranks, tuning curves, cost.

        It prints as text; `.peaks()`, `.arrivals()`, `.curves()`, `.ranks()`, `.tuning()`, `.expenses()` are frames.
        target: a validation score, in the metric's unit (0.9 for 90 %); the baseline's mean final one unless given.
        """
        check_kinds(target=target)
        return StudyInsights(self.findings, target)

    def to_pandas(self) -> Any:
        """`trials()` as a pandas frame. Raises ImportError where pandas is not installed."""
        from importlib import import_module  # pandas is none of lrlab's needs

        return import_module("pandas").DataFrame(self.trials().to_dict(as_series=False))

    @property
    def code(self) -> PastedCode:
        """The recommended setting as code: `.lrlab`, a few lines with its scheduler, and `.torch`, without lrlab."""
        return code_to_paste(self.findings)

    def paste(self) -> str:
        """Lines for a PyTorch loop of your own, with the recommended setting; "" where nothing was learned."""
        return lines_to_paste(self.findings) or ""

    def page(self, path: Path | str | None = None, *, target: float | None = None) -> Path:
        """Write the report as one HTML file; where it lies. path: beside the store, by the study's name, unless given.

        target: as `insights` has it.

        Raises a LabError where it cannot be written.
        """
        check_kinds(path=path, target=target)
        place = Path(path) if path is not None else self.free_page()
        write_page(self.findings, place, insights_of(self.findings, target), self.made)
        return place

    @property
    def key(self) -> str:
        """The run's short name, as `runs` and `lrlab list runs` have it."""
        return run_key(self.study, self._data)

    @property
    def _data(self) -> str:
        """The fingerprint of the task's data."""
        return self.findings.confirmed[0].trial.data

    def free_page(self) -> Path:
        """Where the report goes unless you say: beside the store, or in the current folder where that takes no files.

        It is named for the study and the run's key, so that it is never written over the page of another run.
        """
        return near_path(run_page(writable_folder(self.store.parent), self.study, self._data))

    def figures(self, folder: Path | str, *, target: float | None = None) -> list[Path]:
        """Write figures for papers into a folder, which is made: each as SVG, PDF and PNG, its numbers as CSV.

        Returns where they lie. target: as `insights` has it.
        """
        check_required(folder=folder)
        check_kinds(target=target)
        return write_figures(self.findings, Path(folder), insights_of(self.findings, target))

    def picture(self, path: Path | str) -> Path:
        """Save the page's first figures as one still picture; where it lies. path: .png, .svg or .pdf."""
        check_required(path=path)
        save_summary_png(self.findings, Path(path))
        return Path(path)

    def __str__(self) -> str:
        return "\n".join(filter(None, (part.text() for part in terminal_answer(self.findings, WIDTH))))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_answer(self.findings)

    def _repr_markdown_(self) -> str:
        return markdown_answer(self.findings)
