"""A study's answer for a terminal, for scripts and for notebooks. What cannot be said costs nothing else."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..spec import StudyResults
from ._claim_words import claim_sentence, claimed_first
from ._columns import fit_table, fold_text, left_out_note
from ._faults import Faults
from ._notes import answer_notes
from ._paste import lines_to_paste
from ._standing import answer
from ._styles import label_styles
from ._templates import template_environment
from ._transfer_words import transfer_lines
from ._words import TextTable, how_to_use, table


class AnswerPart(NamedTuple):
    """A part of an answer. text: makes it, "" where there is nothing to say. unbroken: its lines are to stay whole.

    strong: it is what to read first.
    """

    name: str
    text: Callable[[], str]
    unbroken: bool = False
    strong: bool = False


def terminal_answer(results: StudyResults, width: int | None) -> list[AnswerPart]:
    """The table, the answer, notes on it, the comparisons and the lines to paste, in the order they are shown.

    width: the characters of a line that the table must fit; None: as wide as it is. A part raises what goes wrong in it
    where its text is made, so that whoever shows it may go on with the next.
    """
    return [
        AnswerPart("the table", lambda: fitted_text(table(results), width), unbroken=True),
        AnswerPart("the answer", lambda: answer(results), strong=True),
        AnswerPart("the notes", lambda: " ".join(answer_notes(results))),
        AnswerPart("the comparisons", lambda: _claim_lines(results)),
        AnswerPart("how far it carries", lambda: "\n".join(transfer_lines(results))),
        AnswerPart("the lines to paste", lambda: _paste_text(results, width), unbroken=True),
    ]


def json_answer(results: StudyResults, faults: Faults | None = None) -> dict[str, Any]:
    """The answer for scripts: table rows, best set, claims and choices as plain data, with the words of each.

    faults: notes what goes wrong in making words, which then are None; without it, a RunError says all of it.
    """
    noted = Faults() if faults is None else faults
    data: dict[str, Any] = {
        "study": results.study.to_dict(),
        "answer": None,
        "notes": None,
        "best": results.best and results.best.to_dict(),
        "metric": results.metric.to_dict(),
        "leader": results.leader,
        "margin": results.margin and results.margin.to_dict(),
        "rows": [row.to_dict() for row in results.rows],
        "claims": [claim.to_dict() for claim in results.claims],
        "transfer": None if results.transfer is None else results.transfer.to_dict(),
        "loss_claims": [claim.to_dict() for claim in results.loss_claims],
        "choices": [choice.to_dict() for choice in results.choices],
        "trials": len(results.tuned) + len(results.confirmed) + len(results.rivals),
        "paste": None,
    }
    with noted.apart("the answer"):
        data["answer"] = answer(results)
    with noted.apart("the notes"):
        data["notes"] = answer_notes(results)
    with noted.apart("the comparisons"):
        data["claims"] = [claim.to_dict() | {"text": claim_sentence(claim, results)} for claim in results.claims]
    with noted.apart("the lines to paste"):
        data["paste"] = lines_to_paste(results)
    if faults is None:
        noted.end()
    return data


def html_answer(results: StudyResults) -> str:
    """The answer, its notes and table as a piece of HTML that needs nothing else: no script, all text escaped."""
    return html_piece(answer(results), table(results), results.study.labels, " ".join(answer_notes(results)))


def html_piece(words: str, shown: TextTable, labels: Iterable[str], notes: str = "") -> str:
    """Words and a table as a piece of HTML that needs nothing else.

    labels: of all rows, which gives colours. notes: smaller words below.
    """
    piece = template_environment().get_template("answer.html")
    return piece.render(answer=words, table=shown, styles=label_styles(labels), notes=notes)


def fitted_text(shown: TextTable, width: int | None) -> str:
    """A table, a space before each line, so that rows are told from sentences that begin with a schedule."""
    fit = fit_table(shown, None if width is None else width - 1)
    note = left_out_note(fit)
    words = [note] if width is None else fold_text(note, width)
    return "\n".join(["", *(f" {line}" for line in fit.lines), "", *([*words, ""] if note else [])])


def _claim_lines(results: StudyResults) -> str:
    return "\n".join(f"- {claim_sentence(claim, results)}" for claim in claimed_first(results))


def _paste_text(results: StudyResults, width: int | None) -> str:
    lines, words = lines_to_paste(results), how_to_use(results)
    head = words if width is None else "\n".join(fold_text(words, width))
    return f"\n{head}\n\n{lines}" if lines else ""
