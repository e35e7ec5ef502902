"""Files and folders of one run of which one holds training and another validation: the run, and which is which."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..errors import RunsError
from ._run_names import EDGE, cut_only_word
from ._words import SPLITS

WORD = re.compile(EDGE + rf"({'|'.join(SPLITS)})(?=$|[\s_\-./,;+|)])", re.IGNORECASE)
Path = tuple[str, ...]


def split_off_parts(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each path without the word for the data it holds, and that word; "" where no run has files of other data.

    >>> split_off_parts([("a_s1", "train.csv"), ("a_s1", "val.csv")])
    [(('a_s1', 'rows.csv'), 'train'), (('a_s1', 'rows.csv'), 'val')]
    >>> split_off_parts([("test_a.csv",), ("test_b.csv",)])
    [(('test_a.csv',), ''), (('test_b.csv',), '')]
    """
    found = [_take_word(path) for path in paths]
    words = defaultdict(set)
    for path, word in found:
        words[path].add(word)
    several = any(len(some - {""}) > 1 for some in words.values())
    return found if several else [(path, "") for path in paths]


def are_twins(name: str, other: str) -> bool:
    """Whether two names differ only in the data that they name.

    >>> are_twins("train_log.csv", "val_log.csv"), are_twins("log.csv", "val_log.csv")
    (True, False)
    """
    (bare, word), (twin, second) = _take_word((name,)), _take_word((other,))
    return bare == twin and bool(word and second) and word != second


def refuse_parts_as_arms(arms: Iterable[str]) -> None:
    """Raise RunsError where arms that were guessed from names of files or runs differ only in the data they name."""
    known: dict[Path, tuple[str, str]] = {}
    for arm in arms:
        bare, word = _take_word(tuple(arm.split("/")))
        twin, other = known.setdefault(bare, (arm, word))
        if word and other and word != other:
            raise RunsError(
                f"arms {twin!r} and {arm!r} differ only in the data that they name; leave the runs of one out, or "
                "where they are arms, write --arm file, or --arm and a column that says it"
            )


def _take_word(path: Path) -> tuple[Path, str]:
    """A path without the only word for a part of the data: a whole folder's name, or a word in the last name."""
    bare, word = cut_only_word(path, lambda name: [found.span(1) for found in WORD.finditer(name)])
    return bare, word.lower()
