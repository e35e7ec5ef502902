"""How runs ended, where a column of their table says it: diverged, or broken off."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ._asked import AskedColumns
from ._direction import list_words
from ._raw_table import FILE, LINE, RawTable
from ._words import list_names, plain_name

if TYPE_CHECKING:
    import polars

STATES = ("state", "status", "outcome")  # columns of words
FLAG = "diverged"  # a column of yes and no, or of the update at which it happened, and a word in the others
YES, NO = list_words("true yes 1 1.0"), list_words("false no 0 0.0")
BLANK = list_words("nan none null <na>")
WELL = list_words("""
finished finish complete completed success successful succeeded ok okay done terminated converged passed good fine
early_stopped ended
""")
BROKEN = list_words("""
crashed crash failed fail failure killed running pruned preempted preempting aborted cancelled canceled error errored
timeout timed_out interrupted incomplete unfinished pending paused scheduled queued waiting lost oom out_of_memory
""")
NEVER = ("_1", "_1.0")  # -1, as cells are read, among updates
UPDATE = re.compile(r"[0-9]+(\.0+)?")


def read_endings(long: RawTable, raw: RawTable, asked: AskedColumns) -> RawTable:
    """The runs in long form, with those that a column of the raw table says diverged, and a note on what broke off.

    A run that diverged ends with NaN, whatever value stands there. What broke off counts with the values that it has:
    they may be its last, or from the middle. Columns that were asked for as something else say nothing of this.
    """
    taken = {*asked.arm, asked.seed, asked.value, asked.step, *asked.metrics}
    for column in raw.columns:
        if column in taken or plain_name(column) not in (*STATES, FLAG):
            continue
        words = _words_of_flag(raw, column) if plain_name(column) == FLAG else _words_of_state(raw, column)
        rows = raw.frame.filter(words == FLAG).select(FILE, LINE).iter_rows()
        long = replace(long, diverged=long.diverged | frozenset(rows))
        last = list(_last_words(long, raw, words))
        long = long.with_frame(long.frame, *_say_diverged(last, column), *_say_broken(last, column))
        long = long.with_frame(long.frame, *_say_unknown(last, column))
    return _end_diverged(long)


def _plain_cells(raw: RawTable, column: str) -> "polars.Series":
    """Cells in small letters, of names such as "TrialState.PRUNED" the last part."""
    import polars

    cells = raw.frame[column].cast(polars.String, strict=False).fill_null("").str.strip_chars().str.to_lowercase()
    return cells.str.replace(r"^[a-z_]+\.", "").str.replace_all(r"[\s-]+", "_")


def _words_of_flag(raw: RawTable, column: str) -> "polars.Series":
    """Of each cell "diverged", where it says yes, or at which update; else "", or the cell where it says neither."""
    import polars

    cells, blank = _plain_cells(raw, column), ("", *BLANK, *NEVER)
    told = {cell: FLAG if cell in YES else "" for cell in cells.unique() if cell in (*YES, *NO, *blank)}
    others = [cell for cell in cells.unique() if cell not in told]
    if all(UPDATE.fullmatch(cell) for cell in others) and any(cell in blank for cell in told):
        told |= dict.fromkeys(others, FLAG)
    return cells.replace_strict(told, default=cells, return_dtype=polars.String)


def _words_of_state(raw: RawTable, column: str) -> "polars.Series":
    """Of each cell the word that is known, by itself or before a reason: "FAILED (oom)"; else the cell."""
    import polars

    cells = _plain_cells(raw, column)
    return cells.replace_strict({cell: _known_word(cell) for cell in cells.unique()}, return_dtype=polars.String)


def _known_word(cell: str) -> str:
    """The word of an ending at the beginning of a cell, where what follows does not take it back.

    >>> _known_word("failed_(oom)"), _known_word("diverged:_no"), _known_word("ohio")
    ('failed', 'diverged:_no', 'ohio')
    """
    if cell in BLANK:
        return ""
    begun = [word for word in (*WELL, *BROKEN, FLAG) if re.match(rf"{word}(?![a-z])", cell)]
    word = max(begun, key=len, default="")
    reason = re.findall("[a-z]+", cell.removeprefix(word))
    return word if word and reason[:1] not in (["no"], ["false"], ["never"]) else cell


def _last_words(long: RawTable, raw: RawTable, words: "polars.Series") -> Iterator[tuple[str, str, list[str]]]:
    """Arm, seed and the words of each run, in the order of its rows."""
    import polars

    said = raw.frame.select(FILE, LINE, words.alias("word")).unique(maintain_order=True)
    runs = long.frame.select("arm", "seed", FILE, LINE).unique(maintain_order=True)
    joined = runs.join(said, on=[FILE, LINE], how="inner", nulls_equal=True, maintain_order="left")
    yield from joined.group_by("arm", "seed", maintain_order=True).agg(polars.col("word")).iter_rows()


def _say_diverged(last: Sequence[tuple[str, str, list[str]]], column: str) -> list[str]:
    """A sentence on the runs that the column says diverged, by arm."""
    found = [(arm, FLAG in said) for arm, _, said in last]
    if not any(gone for _, gone in found):
        return []
    return [f"diverged, as the column `{column}` says: {_count_by_arm(found)}"]


def _say_broken(last: Sequence[tuple[str, str, list[str]]], column: str) -> list[str]:
    """A sentence on the runs whose last word is that of one that broke off, by arm."""
    found = [(arm, said[-1] if said[-1] in BROKEN else "") for arm, _, said in last]
    words = dict.fromkeys(word for _, word in found if word)
    if not words or plain_name(column) == FLAG:
        return []
    counts = _count_by_arm([(arm, bool(word)) for arm, word in found])
    return [
        f"broke off, as the column `{column}` says ({', '.join(words)}), and count as far as they came, or as without "
        f"a value: {counts}; finish them, or write NaN for those that diverged"
    ]


def _say_unknown(last: Sequence[tuple[str, str, list[str]]], column: str) -> list[str]:
    """A sentence on the runs whose last word is not known, beside others whose is: of places, say, none is."""
    known = {FLAG, *WELL, *BROKEN, *([""] if plain_name(column) == FLAG else [])}
    found = [(arm, said[-1] if said[-1] not in {*known, ""} else "") for arm, _, said in last]
    words = dict.fromkeys(word for _, word in found if word)
    if not words or not any(word in known for _, _, said in last for word in said):
        return []
    counts = _count_by_arm([(arm, bool(word)) for arm, word in found])
    way = "write yes or no" if plain_name(column) == FLAG else "write diverged there for those that did"
    return [
        f"the column `{column}` says {list_names(words)} of {counts}, which is not understood, so they count with "
        f"their values; {way}"
    ]


def _count_by_arm(found: list[tuple[str, bool]] | list[tuple[str, str]]) -> str:
    """How many runs of each arm that has any."""
    runs, hits = Counter(arm for arm, _ in found), Counter(arm for arm, hit in found if hit)
    return ", ".join(f"{hits[arm]} of {runs[arm]} runs of {arm}" for arm in hits)


def _end_diverged(long: RawTable) -> RawTable:
    """NaN in the last row of every run that diverged: so the column says the same as a curve that ends with NaN."""
    import polars

    gone = long.runs_of(long.diverged)
    if not gone:
        return long
    runs = polars.DataFrame(sorted(gone), schema={"arm": polars.String, "seed": polars.String}, orient="row")
    frame = long.frame.join(runs.with_columns(gone=True), on=["arm", "seed"], how="left", maintain_order="left")
    last = polars.col("step").max().over("arm", "seed", "metric")
    end = polars.col("gone").fill_null(False) & (polars.col("step").eq_missing(last))
    value = polars.when(end).then(float("nan")).otherwise(polars.col("value")).alias("value")
    return long.with_frame(frame.with_columns(value).drop("gone"))
