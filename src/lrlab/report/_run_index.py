"""All runs of a store on one page: newest first, each with its date, its answer and a link to its own page."""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ..spec import Study, counted, duration, spoken
from ._files import free_page, whole_file
from ._templates import template_environment
from ._words import join_names

NAMED = 5  # schedules that are named
LARGEST = 4_000_000  # bytes of an index that is read again
NOTES = re.compile(r'<script type="application/json" id="noted">(.*?)</script>', re.DOTALL)


class RunLine(NamedTuple):
    """A run as an index shows it. page: None where there is none yet. state: what of it is there, in words.

    headline: the first line of its answer. noted: of a run that ended, what its words depend on, and these words, so
    that they are made once.
    """

    key: str
    study: str
    task: str
    date: str
    request: str
    state: str
    headline: str
    answer: str
    page: Path | None
    noted: tuple[str, str] | None = None


def request_words(study: Study, seconds: float | None) -> str:
    """What was asked, in words: schedules, task, length and seeds. seconds: of a budget; None: there was none.

    >>> from lrlab.spec import Study, Tune
    >>> study = Study(name="a", task="digits/mlp", schedules=("constant", "cosine"), budget="4 epochs",
    ...               tune=Tune(peaks=(0.1,)))
    >>> request_words(study, None)
    'constant and cosine on digits/mlp: 4 epochs, 10 seeds'
    """
    labels = study.labels
    named = join_names(labels if len(labels) <= NAMED + 1 else (*labels[:NAMED], f"{len(labels) - NAMED} more"))
    within = "" if seconds is None else f", within {duration(seconds)}"
    return f"{named} on {study.task}: {spoken(study.budget)}, {counted(len(study.confirm.seeds), 'seed')}{within}"


def date_words(date: str) -> str:
    """A date of a store for people.

    >>> date_words("2026-11-30T02:53:26+00:00"), date_words("")
    ('2026-11-30 02:53 UTC', 'no date')
    """
    try:
        return f"{datetime.fromisoformat(date):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return "no date"


def index_place(folder: Path, store: Path) -> Path:
    """Where the index of a store lies in a folder: index.html, with a number where that is another's."""
    return free_page(folder, "index", index_mark(store))


def index_mark(store: Path) -> str:
    """What an index says of itself, unseen: the runs of a store of this name."""
    return f"runs-{hashlib.sha256(store.name.encode(errors='replace')).hexdigest()[:16]}"


def noted_words(path: Path) -> dict[str, str]:
    """What an index notes of runs that ended (`RunLine.noted`), by what it depends on; nothing of an unreadable one."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        found = NOTES.search(path.read_text(encoding="utf-8"))
        noted = json.loads(found[1]) if found else {}
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(noted, dict):
        return {}
    return {key: words for key, words in noted.items() if isinstance(key, str) and isinstance(words, str)}


def write_run_index(lines: Sequence[RunLine], path: Path, store: Path) -> None:
    """Write the index, whole or not at all. store: whose runs these are. A LabError where it cannot be written."""
    shown = [
        line._asdict()
        | {
            "link": None if line.page is None else link_between(path, line.page),
            "day": date_words(line.date),
            "command": f"lrlab report {line.key}",
        }
        for line in lines
    ]
    noted = dict(line.noted for line in lines if line.noted)
    text = template_environment().get_template("run_index.html")
    with whole_file(path) as draft:
        draft.write_text(
            text.render(lines=shown, mark=index_mark(store), store=store.name, noted=noted), encoding="utf-8"
        )


def link_between(page: Path, other: Path) -> str:
    """How a page links to a file near it."""
    from urllib.parse import quote

    try:
        return quote(Path(os.path.relpath(other.absolute(), page.absolute().parent)).as_posix())
    except ValueError:  # on another drive
        return other.absolute().as_uri()
