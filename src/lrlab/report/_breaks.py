"""Where a long name may go on in the next line of a page."""

import re
from html import escape

WORDS = re.compile(r"\S+")
JOINTS = re.compile(r"(?<=[\w)])(?=[+@])|(?<=\w\()(?=\w)")  # of an arm's name: before + and @, and after a parenthesis


def breakable(text: object, longest: int = 0) -> str:
    """Text as HTML in which a long name of an arm may go on in the next line at its joints.

    longest: a word of so many characters is left as it is.

    >>> breakable("cosine+swa@adamw(weight_decay=0.1) < +0.5")
    'cosine<wbr>+swa<wbr>@adamw(<wbr>weight_decay=0.1) &lt; +0.5'
    >>> breakable("cosine@muon or constant+ema(decay=0.98)", 20)
    'cosine@muon or constant<wbr>+ema(<wbr>decay=0.98)'
    """
    return WORDS.sub(lambda word: "<wbr>".join(map(escape, _pieces(word[0], longest))), str(text))


def _pieces(word: str, longest: int) -> list[str]:
    return JOINTS.split(word) if len(word) > longest else [word]
