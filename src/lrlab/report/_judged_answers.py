"""A judgement for a terminal, for scripts and for notebooks."""

from typing import Any

from ..spec import Judgement
from ._answers import AnswerPart, fitted_text, html_piece
from ._judged_page import decided_first
from ._judged_table import judged_table
from ._judged_words import judged_pair_sentence, judgement_answer, reading_lines


def judgement_parts(judgement: Judgement, width: int | None) -> list[AnswerPart]:
    """The table, the answer, a line for each pair, and how the runs were read, in the order they are shown.

    width: the characters of a line that the table must fit; None: as wide as it is.
    """
    return [
        AnswerPart("the table", lambda: fitted_text(judged_table(judgement), width), unbroken=True),
        AnswerPart("the answer", lambda: judgement_answer(judgement), style="bold"),
        AnswerPart("the pairs", lambda: _pair_lines(judgement)),
        AnswerPart("how it was read", lambda: "\n".join(["", *reading_lines(judgement)])),
    ]


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """The judgement for scripts as plain data, with its answer and each pair in words."""
    data = judgement.to_dict()
    words = [judged_pair_sentence(pair, judgement) for pair in judgement.pairs]
    data["pairs"] = [pair | {"text": text} for pair, text in zip(data["pairs"], words, strict=True)]
    data["arms"] = [fields | {"missing": arm.missing} for fields, arm in zip(data["arms"], judgement.arms, strict=True)]
    return {"answer": judgement_answer(judgement)} | data


def judgement_html(judgement: Judgement) -> str:
    """The answer and its table as a piece of HTML that needs nothing else: no script, all text escaped."""
    labels = [arm.label for arm in judgement.arms]
    return html_piece(judgement_answer(judgement), judged_table(judgement), labels)


def _pair_lines(judgement: Judgement) -> str:
    """A line for each pair, those with a verdict first."""
    return "\n".join(f"- {judged_pair_sentence(pair, judgement)}" for pair in decided_first(judgement))
