"""How runs ended, where a column of their table says it: diverged, or broken off."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ._asked import AskedColumns
from ._direction import list_words
from ._raw_table import FILE, LINE, RawTable
from ._words import plain_name

if TYPE_CHECKING:
    import polars

STATES = ("state", "status", "outcome")  # columns of words
FLAG = "diverged"  # a column of yes and no, and a word in the others
YES, NO = list_words("true yes 1 1.0"), list_words("false no 0 0.0")
BLANK = list_words("nan none null <na>")
BROKEN = list_words("""
crashed crash failed fail failure killed running pruned preempted preempting aborted cancelled canceled error errored
timeout timed_out interrupted incomplete unfinished pending paused scheduled queued waiting lost
""")


def read_endings(long: RawTable, raw: RawTable, asked: AskedColumns) -> RawTable:
    """The runs in long form, with those that a column of the raw table says diverged, and a note on what broke off.

    What broke off counts with the values that it has: they may be its last, or from the middle. Columns that were
    asked for as something else say nothing of this.
    """
    taken = {*asked.arm, asked.seed, asked.value, asked.step, *asked.metrics}
    for column in raw.columns:
        if column in taken or plain_name(column) not in (*STATES, FLAG):
            continue
        cells = _plain_cells(raw, column)
        if plain_name(column) == FLAG and not set(cells.unique()) <= {*YES, *NO, *BLANK, ""}:
            continue  # such as the update at which a run diverged
        words = YES if plain_name(column) == FLAG else [FLAG]
        rows = raw.frame.filter(cells.is_in(words)).select(FILE, LINE).iter_rows()
        long = replace(long, diverged=long.diverged | frozenset(rows))
        notes = [*_say_diverged(long, raw, column, words), *_say_broken(long, raw, column)]
        long = long.with_frame(long.frame, *notes)
    return long


def _plain_cells(raw: RawTable, column: str) -> "polars.Series":
    """Cells in small letters, of names such as "TrialState.PRUNED" the last part."""
    import polars

    cells = raw.frame[column].cast(polars.String, strict=False).fill_null("").str.strip_chars().str.to_lowercase()
    return cells.str.replace(r"^[a-z_]+\.", "").str.replace_all(r"[\s-]+", "_")


def _last_words(long: RawTable, raw: RawTable, column: str) -> Iterator[tuple[str, str, list[str]]]:
    """Arm, seed and the words of each run, in the order of its rows."""
    import polars

    said = raw.frame.select(FILE, LINE, _plain_cells(raw, column).alias("word")).unique(maintain_order=True)
    runs = long.frame.select("arm", "seed", FILE, LINE).unique(maintain_order=True)
    joined = runs.join(said, on=[FILE, LINE], how="inner", nulls_equal=True, maintain_order="left")
    yield from joined.group_by("arm", "seed", maintain_order=True).agg(polars.col("word")).iter_rows()


def _say_diverged(long: RawTable, raw: RawTable, column: str, words: Sequence[str]) -> list[str]:
    """A sentence on the runs that the column says diverged, by arm."""
    found = [(arm, any(word in words for word in said)) for arm, _, said in _last_words(long, raw, column)]
    if not any(gone for _, gone in found):
        return []
    return [f"diverged, as the column `{column}` says: {_count_by_arm(found)}"]


def _say_broken(long: RawTable, raw: RawTable, column: str) -> list[str]:
    """A sentence on the runs whose last word is that of one that broke off, by arm."""
    found = [(arm, said[-1] if said[-1] in BROKEN else "") for arm, _, said in _last_words(long, raw, column)]
    words = dict.fromkeys(word for _, word in found if word)
    if not words:
        return []
    counts = _count_by_arm([(arm, bool(word)) for arm, word in found])
    return [
        f"broke off, as the column `{column}` says ({', '.join(words)}), and count as far as they came, or as without "
        f"a value: {counts}; finish them, or write NaN for those that diverged"
    ]


def _count_by_arm(found: list[tuple[str, bool]]) -> str:
    """How many runs of each arm that has any."""
    runs, hits = Counter(arm for arm, _ in found), Counter(arm for arm, hit in found if hit)
    return ", ".join(f"{hits[arm]} of {runs[arm]} runs of {arm}" for arm in hits)
