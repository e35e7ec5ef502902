"""Commands and code of the documents, as a reader types them."""

import re
import shlex
from pathlib import Path

from support.command import lrlab

ROOT = Path(__file__).parents[2]


def blocks(text, language):
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(document):
    """The command lines of a document, from the repository's root."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [line for block in blocks(text, "bash") for line in block.replace("\\\n", "").splitlines()]


def run(line, cwd, code=0):
    """What a command prints that ends with this exit code."""
    program, *words = shlex.split(line, comments=True)
    assert Path(program).name == "lrlab", line
    return lrlab(*words, cwd=cwd, code=code, timeout=400).stdout
