"""Commands and code of the documents, as a reader types them."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LRLAB = str(Path(sys.executable).with_name("lrlab"))


def blocks(text, language):
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(document):
    """The command lines of a document, from the repository's root."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [line for block in blocks(text, "bash") for line in block.replace("\\\n", "").splitlines()]


def run(line, cwd, code=0):
    """What a command prints that ends with this exit code."""
    words = [LRLAB if word.endswith("lrlab") else word for word in shlex.split(line, comments=True)]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == code, done.stderr
    return done.stdout
