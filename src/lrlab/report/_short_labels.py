"""Names as a picture shows them: short, without control characters, no two alike."""

from collections.abc import Sequence
from itertools import count

from ..errors import visible

LONGEST = 34  # characters


def short_labels(labels: Sequence[str]) -> dict[str, str]:
    """Each label as a figure shows it: no control characters, dots in the middle of long ones, no two alike."""
    shown: dict[str, str] = {}
    for label in labels:
        text = _in_short(visible(label))
        numbered = (f"{text} ({number})" for number in count(2))
        while text in shown.values():
            text = next(numbered)
        shown[label] = text
    return shown


def _in_short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 13]}…{text[-12:]}"
