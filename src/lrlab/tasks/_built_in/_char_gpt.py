"""A small GPT that learns the next character of a text: by default of Python's language reference.

The text is cut in three, in its order, so that no sentence is in two parts: the first 80 % train, then 10 % validation
and 10 % test. Each part is cut into windows of `context` characters, one after another; the label of a character is the
one that follows it. Characters that the training part lacks, and all but its 500 most frequent, are one token.

The text is that of the Python that runs: another version has another one, another fingerprint and other keys.

Source: Radford et al., "Language models are unsupervised multitask learners", 2019; Karpathy, "The unreasonable
effectiveness of recurrent neural networks", 2015, for learning a text by its characters.
"""

from functools import partial
from pathlib import Path
from typing import Any

from ...errors import TaskError
from .._base import Task
from ._python_text import language_reference
from ._words import Ids, count_tokens

SHARES = (0.8, 0.9)  # where validation and test begin
MOST = 502  # ids, of which padding does not occur
FEWEST = 10  # windows of each part


def char_gpt(blocks: int, context: int, dim: int, file: str, heads: int) -> Task:
    """The next character of a text under a GPT."""
    from ...models import gpt  # torch is loaded here, not before
    from ...objectives import NextToken

    text = read_text(file) if file else language_reference()
    cuts = [round(share * len(text)) for share in SHARES]
    train, validation, test = text[: cuts[0]], text[cuts[0] : cuts[1]], text[cuts[1] :]
    fewest = FEWEST * context + 1
    if len(validation) < fewest or len(test) < fewest:
        raise TaskError(
            f"text/char-gpt needs {FEWEST} windows of {context} characters in each tenth of the text, so {10 * fewest} "
            f"characters, but got {len(text)}; give a longer text, or a smaller context"
        )
    vocabulary = count_tokens([train], MOST)
    parts: dict[str, Any] = {
        name: cut_windows(vocabulary.encode([part], len(part))[0], context)
        for name, part in (("train", train), ("validation", validation), ("test", test))
    }
    model = partial(gpt, vocabulary=vocabulary.size, context=context, dim=dim, heads=heads, blocks=blocks)
    return Task(model=model, objective=NextToken(characters=1), version="1", **parts)


def cut_windows(ids: Ids, context: int) -> tuple[Ids, Ids]:
    """Windows of ids (M,), one after another, and the ids that follow: (N, context) each; the rest is left out."""
    count = (len(ids) - 1) // context
    inputs, labels = (ids[start : start + count * context].reshape(count, context) for start in (0, 1))
    return inputs, labels


def read_text(file: str) -> str:
    """A file of text in UTF-8. Raises TaskError where it is none."""
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(f"{file} cannot be read as text in UTF-8: {error}; give a text file, saved as UTF-8") from error
