"""What `Results.insights` gives: what records tell beyond the answer, in words, as frames, as plain data."""

from typing import TYPE_CHECKING, Any

from ..lab import insights_of
from ..report import insight_text, json_insights
from ..spec import Noun, StudyResults

if TYPE_CHECKING:
    import polars

Kinds = dict[str, Any]


class StudyInsights:
    """How much the peak matters, who is where when, what tuning brings, and what it all cost; validation data only.

    numbers: all of it as plain data. target: the validation score that was asked for, or None. Nothing was trained.
    """

    def __init__(self, findings: StudyResults, target: float | None = None) -> None:
        self.findings, self.target = findings, target
        self.numbers = insights_of(findings, target)

    def rooms(self) -> "polars.DataFrame":
        """A row for each schedule: its chosen peak, and the factor by which it may be off (at_least: or by more)."""
        columns = {"label": str, "peak": float, "below": float, "above": float, "factor": float, "at_least": bool}
        rows = [
            _picked(each, columns)
            | {"below": each.below and each.below.about, "above": each.above and each.above.about}
            for each in self.numbers.sensitivities
        ]
        return _frame_of(rows, columns)

    def peaks(self) -> "polars.DataFrame":
        """A row for each schedule and peak: mean validation score and its interval, and how far behind the chosen."""
        counts: Kinds = {"label": str, "peak": float, "seeds": int, "diverged": int, "collapsed": int}
        numbers = ("score", "low", "high", "fall", "fall_low", "fall_high")
        rows = [{"label": each.label} | point.to_dict() for each in self.numbers.sensitivities for point in each.points]
        return _frame_of(rows, counts | dict.fromkeys(numbers, float))

    def arrivals(self) -> "polars.DataFrame":
        """A row for each schedule and seed: updates and seconds until the target was reached; null: never."""
        target = self.numbers.target
        rows = [
            {"label": each.label, "seed": seed, "updates": updates, "seconds": seconds}
            for each in (target.arrivals if target else ())
            for seed, updates, seconds in zip(target.seeds if target else (), each.updates, each.seconds, strict=True)
        ]
        return _frame_of(rows, {"label": str, "seed": int, "updates": int, "seconds": float})

    def profiles(self) -> "polars.DataFrame":
        """A row for each schedule and factor: the share of seeds on which it was that near to the fastest."""
        target = self.numbers.target
        rows = [
            {"label": each.label, "factor": factor, "share": share, "seconds_share": timed}
            for each in (target.arrivals if target else ())
            for factor, share, timed in zip(
                target.factors if target else (), each.shares, each.seconds_shares, strict=True
            )
        ]
        return _frame_of(rows, {"label": str, "factor": float, "share": float, "seconds_share": float})

    def curves(self) -> "polars.DataFrame":
        """A row for each schedule and validation: the mean score over seeds, and its interval."""
        columns = {"label": str, "updates": int, "mean": float, "low": float, "high": float}
        return _frame_of([row for each in self.numbers.curves for row in _spread_rows(each, columns)], columns)

    def ranks(self) -> "polars.DataFrame":
        """A row for each share of the budget and schedule: its rank there, and Kendall's tau with the end."""
        columns = {"share": float, "epoch": int, "update": int, "label": str, "rank": int, "tau": float}
        rows = [
            _picked(point, columns) | {"label": label, "rank": rank}
            for point in self.numbers.ranks
            for rank, label in enumerate(point.labels, start=1)
        ]
        return _frame_of(rows, columns)

    def tuning(self) -> "polars.DataFrame":
        """A row for each schedule and number of settings: what the best of them reaches, with its band."""
        columns = {"label": str, "tries": int, "score": float, "low": float, "high": float}
        return _frame_of([row for each in self.numbers.tuning for row in _spread_rows(each, columns)], columns)

    def expenses(self) -> "polars.DataFrame":
        """A row for each schedule and phase: trials, updates, gradient evaluations (examples) and seconds."""
        columns: Kinds = {"label": str, "phase": str, "trials": int, "updates": int, "examples": int}
        rows = [each.to_dict() for each in self.numbers.expenses]
        return _frame_of(rows, columns | {"train_seconds": float, "evaluate_seconds": float})

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, with the words of each part."""
        return json_insights(self.findings, self.numbers)

    def text(self, width: int | None = None) -> str:
        """All of it in words and tables. width: the characters of a line that must fit; None: as wide as they are."""
        return insight_text(self.findings, self.numbers, width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return str(self)


def _picked(noun: Noun, columns: Kinds) -> dict[str, Any]:
    """The fields of a noun that are columns."""
    return {name: value for name, value in noun.to_dict().items() if name in columns}


def _spread_rows(noun: Noun, columns: Kinds) -> list[dict[str, Any]]:
    """A row for each place of a noun's lists, under its label."""
    label, *lists = (noun.to_dict()[name] for name in columns)
    return [dict(zip(columns, (label, *values), strict=True)) for values in zip(*lists, strict=True)]


def _frame_of(rows: list[dict[str, Any]], columns: Kinds) -> "polars.DataFrame":
    import polars

    return polars.DataFrame(rows, schema=columns)
