"""Texts that come with Python: the language reference behind `help()`, and the source lines of some packages.

Both differ from one version of Python to the next, and so do a task's fingerprint and the keys of its trials: runs are
compared within one version.
"""

import re
import sysconfig
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from ...errors import TaskError

PACKAGES = ("asyncio", "email", "importlib", "multiprocessing", "unittest", "xml")
LINES = 1500  # of each package
SHORTEST = 20  # characters of a line, without blanks around it
WAY_OUT = "install Python whole, or give a text of your own: file=PATH"


def language_reference() -> str:
    """The topics of `help()`, in alphabetical order; a paragraph that comes again is left out: 370,000 characters.

    Without that the same paragraphs would be in training and in test: a fifth of the text is there twice.
    """
    try:
        topics: Mapping[str, str] = import_module("pydoc_data.topics").topics
    except ImportError as error:
        raise TaskError(f"this Python has no pydoc_data.topics, the text of help(): {WAY_OUT}") from error
    paragraphs = {
        " ".join(part.split()): part for name in sorted(topics) for part in re.split(r"\n\s*\n", topics[name])
    }
    return "\n\n".join(paragraphs.values())


def package_lines() -> tuple[list[str], list[str]]:
    """Lines of source and their packages: `LINES` of each, spread over its files; none that two packages share."""
    owners: dict[str, set[str]] = {}
    for package in PACKAGES:
        for line in _lines_of(package):
            owners.setdefault(line, set()).add(package)
    texts, labels = [], []
    for package in PACKAGES:
        own = [line for line, packages in owners.items() if packages == {package}]
        chosen = np.linspace(0, len(own) - 1, min(LINES, len(own))).astype(int)
        texts += [own[place] for place in chosen]
        labels += [package] * len(chosen)
    return texts, labels


def _lines_of(package: str) -> list[str]:
    """The lines of a package's files, in the order of their paths, without blanks around them; not the short ones."""
    folder = Path(sysconfig.get_path("stdlib")) / package
    files = sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).as_posix())
    if not files:
        raise TaskError(f"this Python has no source of its package {package} in {folder}: {WAY_OUT}")
    lines = (line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if len(line) >= SHORTEST]
