"""A study's answer for a terminal, for scripts and for notebooks. What cannot be said costs nothing else."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..spec import StudyResults
from ._answer import study_answer
from ._answer_lines import SHAPE, answer_lines
from ._answer_marks import shape_marks
from ._claim_words import claim_sentence
from ._columns import fit_table, fold_text, left_out_note
from ._faults import Faults
from ._notes import answer_notes
from ._paste import code_to_paste, lines_to_paste
from ._standing import also_asked, answer, headline, remarks, standing
from ._study_answer import AnswerRow, StudyAnswer
from ._styles import label_styles
from ._templates import template_environment
from ._transfer_words import transfer_lines
from ._words import TextTable

SHOWN_IN_JSON = ("headline", "standing", "remarks", "recommended", "table", "basis", "also")
ACCENTS = {"recommended": "bold cyan", "better": "bold cyan", "worse": "yellow", "beaten": "yellow", "diverged": "red"}


class AnswerPart(NamedTuple):
    """A part of an answer. text: makes it, "" where there is nothing to say. unbroken: its lines are to stay whole.

    style: of all of it, as Rich names styles. accents: of lines that hold a word, by that word.
    """

    name: str
    text: Callable[[], str]
    unbroken: bool = False
    style: str = ""
    accents: Mapping[str, str] = {}


def terminal_answer(results: StudyResults, width: int | None, *, unicode: bool = True) -> list[AnswerPart]:
    """What to use and how it stands, the table, what else was asked, and notes, in the order they are shown.

    width: the characters of a line that the table must fit; None: as wide as it is. unicode: whether the output has
    more letters than ASCII. A part raises what goes wrong in it where its text is made, so that whoever shows it may go
    on with the next.
    """
    return [
        verdict_part(results),
        AnswerPart("how it stands", lambda: standing(results)),
        AnswerPart("how it was chosen", lambda: " ".join(remarks(results)), style="dim"),
        AnswerPart("the table", lambda: _table_text(results, width, unicode), unbroken=True, accents=ACCENTS),
        AnswerPart("what else was asked", lambda: " ".join(also_asked(results))),
        AnswerPart("the notes", lambda: " ".join(answer_notes(results)), style="dim"),
        AnswerPart("how far it carries", lambda: "\n".join(transfer_lines(results))),
    ]


def verdict_part(results: StudyResults) -> AnswerPart:
    """The first line of an answer, which is said again at its end."""
    return AnswerPart("the answer", lambda: headline(results), style="bold")


def code_part(results: StudyResults) -> AnswerPart:
    """The recommended setting as code: with lrlab's scheduler, then in plain PyTorch."""
    return AnswerPart("the lines to paste", lambda: _code_text(results), unbroken=True)


def json_answer(results: StudyResults, faults: Faults | None = None) -> dict[str, Any]:
    """The answer for scripts: its words and table first, then rows, best set, claims and choices as plain data.

    faults: notes what goes wrong in making words, which then are None; without it, a RunError says all of it.
    """
    noted = Faults() if faults is None else faults
    data: dict[str, Any] = {
        "answer": None,
        **dict.fromkeys(SHOWN_IN_JSON),
        "code": None,
        "study": results.study.to_dict(),
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
        shown = study_answer(results, with_code=False).to_dict()
        data |= {name: shown["rows" if name == "table" else name] for name in SHOWN_IN_JSON}
    with noted.apart("the notes"):
        data["notes"] = answer_notes(results)
    with noted.apart("the comparisons"):
        data["claims"] = [claim.to_dict() | {"text": claim_sentence(claim, results)} for claim in results.claims]
    with noted.apart("the lines to paste"):
        data["paste"] = lines_to_paste(results)
        data["code"] = code_to_paste(results).to_dict()
    if faults is None:
        noted.end()
    return data


def html_answer(results: StudyResults) -> str:
    """The answer as a piece of HTML that needs nothing else: no script, all text escaped."""
    return answer_html(study_answer(results))


def answer_html(shown: StudyAnswer, *, heading: str = "p", copies: bool = False) -> str:
    """The answer as a piece of HTML. heading: the element of its first line.

    copies: code has buttons to copy it, which need the page's script.
    """
    piece = template_environment().get_template("answer.html")
    return piece.render(shown=shown, heading=heading, copies=copies)


def html_piece(words: str, shown: TextTable, labels: Iterable[str]) -> str:
    """Words and a table as a piece of HTML that needs nothing else. labels: of all rows, which gives colours."""
    piece = template_environment().get_template("piece.html")
    return piece.render(answer=words, table=shown, styles=label_styles(labels))


def markdown_answer(results: StudyResults) -> str:
    """The answer in Markdown: its words, its table, what else was asked."""
    shown = study_answer(results, with_code=False)
    parts = [f"**{shown.headline}**", shown.standing, markdown(results), shown.basis, *shown.also]
    return "\n\n".join(filter(None, parts)) + "\n"


def markdown(results: StudyResults) -> str:
    """The answer's table in Markdown."""
    shown = study_answer(results, with_code=False)
    heads = ("schedule", "shape", shown.headings.peak, shown.headings.score, "95 % interval")
    lines = [
        (
            row.label,
            shape_marks(row.shape, SHAPE),
            row.shown.peak,
            row.shown.score,
            row.shown.interval,
            " ".join(filter(None, [row.shown.difference, f"({row.shown.between})" if row.shown.between else ""])),
            f"**{row.shown.verdict}**" if row.verdict == "recommended" else _joined_verdict(row),
        )
        for row in shown.rows
    ]
    header = (*heads, shown.headings.against, shown.headings.verdict)
    ruled = [header, ("---", "---", *("---:" for _ in header[2:-1]), "---"), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in ruled)


def _joined_verdict(row: AnswerRow) -> str:
    return " · ".join(filter(None, (row.shown.verdict, row.shown.detail)))


def fitted_text(shown: TextTable, width: int | None) -> str:
    """A table, a space before each line, so that rows are told from sentences that begin with a schedule."""
    fit = fit_table(shown, None if width is None else width - 1)
    note = left_out_note(fit)
    words = [note] if width is None else fold_text(note, width)
    return "\n".join(["", *(f" {line}" for line in fit.lines), "", *([*words, ""] if note else [])])


def _table_text(results: StudyResults, width: int | None, unicode: bool) -> str:
    shown = study_answer(results, with_code=False)
    below = [shown.basis] if width is None else fold_text(shown.basis, width - 1)
    return "\n".join(["", *answer_lines(shown, width, unicode), *(f" {line}" for line in below), ""])


def _code_text(results: StudyResults) -> str:
    code = code_to_paste(results)
    parts = [f"\nTo paste into your loop:\n\n{code.lrlab}"] if code.lrlab else []
    parts += [f"\nThe same in plain PyTorch:\n\n{code.torch}"] if code.torch else []
    return "\n".join(parts)
