"""What `judge` gives: an answer about runs made anywhere, which shows itself."""

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from ..errors import RunsError, UnknownName, shortened
from ..report import (
    free_page,
    judgement_answer,
    judgement_html,
    judgement_json,
    judgement_mark,
    judgement_parts,
    write_judgement_figures,
    write_judgement_page,
)
from ..spec import JudgedArm, JudgedPair, Judgement
from ._checks import check_kinds, check_required
from ._places import writable_folder

Checked = Literal["yes", "undecided", "no"]


class Judged:
    """The answer about runs made anywhere, and the numbers behind it. In a notebook it shows answer and table.

    judgement: all of it as plain data.
    """

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement

    @cached_property
    def answer(self) -> str:
        """The answer in words: never more than the verdicts allow."""
        return judgement_answer(self.judgement)

    @property
    def verdicts(self) -> tuple[JudgedPair, ...]:
        """One for each pair that was compared: difference, interval, adjusted p, and which is better, or ""."""
        return self.judgement.pairs

    @property
    def rows(self) -> tuple[JudgedArm, ...]:
        """The table, best first: a row for each arm, with score and interval."""
        return self.judgement.arms

    def check(self, claim: str) -> Checked:
        """Whether "A>B" holds, A is better than B, or "A=B", both lie within the margin. "no": it is the other way.

        Raises RunsError where the two were not compared, UnknownName for arms that are not there.
        """
        a, sign, b = _split_claim(claim, [arm.label for arm in self.judgement.arms])
        for pair in self.judgement.pairs:
            if {pair.a, pair.b} == {a, b}:
                return _check_equal(pair) if sign == "=" else _check_better(pair, a)
        raise RunsError(
            f"{a} and {b} were not compared, for the questions are "
            f"{_questions_in_words(self.judgement)}; ask for all pairs, or for {b} as the baseline"
        )

    def page(self, path: Path | str | None = None) -> Path:
        """Write the report as one HTML file; where it lies. path: in the current folder unless given.

        Raises a LabError where it cannot be written.
        """
        check_kinds(path=path)
        place = Path(path) if path is not None else self._free_page()
        write_judgement_page(self.judgement, place)
        return place

    def figures(self, folder: Path | str) -> list[Path]:
        """Write figures for papers into a folder, which is made: each as SVG, PDF and PNG, its numbers as CSV.

        Returns where they lie.
        """
        check_required(folder=folder)
        return write_judgement_figures(self.judgement, Path(folder))

    def to_json(self) -> str:
        """The answer, each pair in words, and all numbers as JSON."""
        return json.dumps(judgement_json(self.judgement), indent=2)

    def _free_page(self) -> Path:
        """A page named for the metric; never over that of other runs."""
        name = re.sub(r"[^A-Za-z0-9_]+", "-", self.judgement.metric.name).strip("-")[:80]
        return free_page(writable_folder(Path()), f"judge-{name or 'runs'}", judgement_mark(self.judgement))

    def __str__(self) -> str:
        parts = judgement_parts(self.judgement, None)
        return "\n".join(part.text() for part in parts if part.name in ("the table", "the answer"))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return judgement_html(self.judgement)


def _check_better(pair: JudgedPair, a: str) -> Checked:
    return "undecided" if not pair.verdict else "yes" if pair.verdict == a else "no"


def _check_equal(pair: JudgedPair) -> Checked:
    return "yes" if pair.within else "no" if pair.verdict else "undecided"


def _split_claim(claim: str, labels: list[str]) -> tuple[str, str, str]:
    """The two arms of "A>B" or "A=B" and the sign; a name may hold a sign too, so every place is tried."""
    shown = shortened(repr(claim), 100)
    wanted = f'a claim is of two arms, such as "cosine>constant", but got {shown}; write A>B or A=B'
    if not isinstance(claim, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise RunsError(wanted)
    places = [place for place, sign in enumerate(claim) if sign in ">="]
    if not places:
        raise RunsError(wanted)
    halves = [(claim[:place].strip(), claim[place], claim[place + 1 :].strip()) for place in places]
    known = [half for half in halves if half[0] in labels and half[2] in labels]
    if known and known[0][0] == known[0][2]:
        raise RunsError(f"a claim is of two arms, but {claim!r} names one twice; write A>B")
    if known:
        return known[0]
    a, _, b = next((half for half in halves if half[1] == ">"), halves[0])
    raise UnknownName("arm", a if a not in labels else b, labels)


def _questions_in_words(judgement: Judgement) -> str:
    if judgement.questions == "baseline":
        return f"each arm against {judgement.baseline}"
    return f"{judgement.leader} against each other arm" + (
        f" and each against {judgement.baseline}" if judgement.baseline else ""
    )
