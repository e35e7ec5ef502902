"""The words of a published study: measures, cells, answers."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from .. import measures
from ..report import capitalized, fixed, join_names, plain, probability
from ..spec import Claim, counted
from ._measured import AnswerWord, Cell, ClaimAnswer
from ._publication import PublishedClaim


def heading(measure: str) -> str:
    """A measure's name as a column shows it.

    >>> heading("accuracy"), heading("epochs_to(0.4)")
    ('accuracy (%)', 'epochs to 40 %')
    """
    return measures.measure(measure).heading


def number(measure: str, value: float) -> str:
    """A value of a measure, without its unit.

    >>> number("accuracy", 0.5778), number("convergence", 21.7), number("loss", 1.19464)
    ('57.8', '21.7', '1.195')
    """
    known = measures.measure(measure)
    if known.factor == 100 or known.unit == "epochs":
        return fixed(value * known.factor, 1)
    return fixed(value, 3) if measure.endswith("loss") else plain(value)


def printed(measure: str, value: float | None) -> str:
    """What a document printed, to its own digits.

    >>> printed("accuracy", 0.98264), printed("convergence", 34.0), printed("accuracy", None)
    ('98.264', '34', '')
    """
    if value is None:
        return ""
    return f"{value * measures.measure(measure).factor:.10g}"


def measured(measure: str, cell: Cell) -> str:
    """A mean with its interval."""
    if cell.mean is None:
        return ""
    if cell.low is None or cell.high is None:
        return number(measure, cell.mean)
    return f"{number(measure, cell.mean)} ({number(measure, cell.low)} to {number(measure, cell.high)})"


def pair_sentence(claim: PublishedClaim, pair: Claim) -> str:
    """What one comparison of a claim found: `a` is the arm that the claim has better, if it has one so."""
    measure = claim.measure
    advantage, low, high = (difference(measure, value) for value in (pair.difference, pair.low, pair.high))
    shown = f"{advantage} ({low} to {high})"
    basis = f"adjusted p {probability(pair.adjusted_p)}, {counted(pair.seeds, 'paired seed')}"
    return f"{pair.a} against {pair.b}: {shown} in {_heading_in_points(measure)}, {basis}: {_pair_word(claim, pair)}"


def _pair_word(claim: PublishedClaim, pair: Claim) -> str:
    if not pair.verdict:
        return "undecided"
    if claim.equal:
        return "they differ, against the claim"
    return "as claimed" if pair.verdict == pair.a else "the other way"


def answer_sentence(answer: ClaimAnswer) -> str:
    """A claim's answer in one line."""
    why = f": {answer.why}" if answer.why else f"; {ahead_words(answer)}" if answer.ahead else ""
    return f"{answer.word}{why}"


def ahead_words(answer: ClaimAnswer) -> str:
    """Which arms that a claim does not name have a better mean than the one that it has best; "" where none has."""
    if not answer.ahead:
        return ""
    verb = "has" if len(answer.ahead) == 1 else "have"
    return f"{join_names(answer.ahead)}, which it does not name, {verb} a better mean"


MEANINGS = {
    "supported": "every comparison came out as the document says",
    "contradicted": "at least one came out the other way",
    "undecided": "these seeds show neither",
    "not testable": "nothing here could answer it",
}


CLAIMS_NOTE = (
    "Supported: every pair is separated as claimed. Contradicted: one is separated the other way{equals}. Undecided: "
    "neither. A pair is separated where the sign-flip p of its paired differences, adjusted over every comparison of "
    "the part, is below 0.05."
)
OF_EQUALS = "or, of arms said not to differ, differs"


def claims_note(answers: Sequence[ClaimAnswer]) -> str:
    """What the words of a table of claims mean."""
    return CLAIMS_NOTE.format(equals=f", {OF_EQUALS}" if _any_equal(answers) else "")


def _any_equal(answers: Sequence[ClaimAnswer]) -> bool:
    return any(answer.claim.equal for answer in answers)


def tally_words(answers: Sequence[ClaimAnswer]) -> str:
    """How many of a document's claims are answered how: "2 supported, 2 contradicted, 1 undecided".

    The first of them says that they are claims, unless there are none.
    """
    found = Counter(answer.word for answer in answers)
    parts = [f"{found[word]} {word}" for word in get_args(AnswerWord) if found[word]]
    return f"Of {counted(len(answers), 'claim')}: {', '.join(parts)}" if parts else "It makes no claims"


def tally_meaning(answers: Sequence[ClaimAnswer]) -> str:
    """What the words of a tally mean, those that it has."""
    found = {answer.word for answer in answers}
    meanings = MEANINGS | ({"contradicted": f"{MEANINGS['contradicted']}, {OF_EQUALS}"} if _any_equal(answers) else {})
    told = [f"{word}: {meanings[word]}" for word in get_args(AnswerWord) if word in found]
    return f"{capitalized('; '.join(told))}." if told else ""


def difference(measure: str, value: float) -> str:
    """A difference of two values of a measure, with its sign.

    >>> difference("accuracy", 0.012), difference("accuracy", -0.012)
    ('+1.2', '\N{MINUS SIGN}1.2')
    """
    text = number(measure, value)
    return text if text.startswith("\N{MINUS SIGN}") or not value else f"+{text}"


def _heading_in_points(measure: str) -> str:
    """The measure within a sentence: differences of per cent are points."""
    return heading(measure).replace("(%)", "(points)")
