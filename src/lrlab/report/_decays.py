"""Whether merged models stand in for cooldowns, in words and as a table."""

from typing import Any

from ..spec import DecayRow, DecayTest, counted
from ..stats import reach_of
from ._numbers import plain, rate

WORDS = {
    "merged": "merged is better",
    "cooled": "merged is worse",
    "within": "within the margin",
    "undecided": "undecided",
}


def decay_sentences(test: DecayTest) -> list[str]:
    """What the comparison says, the answer first: never more than was measured."""
    return [_answer_sentence(test), _gain_sentence(test), _basis_sentence(test)]


def decay_table(test: DecayTest) -> list[tuple[str, ...]]:
    """Heading and rows, as text."""
    unit = ", points" if test.metric.in_percent else ""
    score = f"{test.metric.name} %" if test.metric.in_percent else test.metric.name
    head = (
        *("curve", "cooldown", "horizon", f"constant, {score}", f"merged, {score}", f"cooled down, {score}"),
        *(f"merged minus cooled{unit}", "95 % interval", "verdict"),
    )
    return [head, *(_cells(test, row) for row in test.rows)]


def decay_lines(test: DecayTest) -> str:
    """The table with aligned columns."""
    rows = decay_table(test)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def json_decays(test: DecayTest) -> dict[str, Any]:
    """The comparison as plain data, with its words."""
    return test.to_dict() | {"text": " ".join(decay_sentences(test))}


def _cells(test: DecayTest, row: DecayRow) -> tuple[str, ...]:
    return (
        *(row.curve, row.cooldown, row.horizon),
        *(_shown(test, value) for value in (row.plain, row.merged, row.cooled)),
        *(_shown(test, row.difference, 2), f"{_shown(test, row.low, 2)} to {_shown(test, row.high, 2)}"),
        WORDS[row.verdict],
    )


def _shown(test: DecayTest, value: float, digits: int = 1) -> str:
    """A score or a difference; a share in per cent, or points."""
    return f"{100 * value:.{digits}f}" if test.metric.in_percent else plain(value, 3)


def _size(test: DecayTest, value: float, digits: int = 1) -> str:
    return f"{_shown(test, value, digits)} points" if test.metric.in_percent else _shown(test, value)


def _answer_sentence(test: DecayTest) -> str:
    count, margin = len(test.rows), _size(test, test.margin)
    good, worse, open_ones = test.count("within") + test.count("merged"), test.count("cooled"), test.count("undecided")
    named = f"{counted(count, 'decay')} of {test.task} at peak {rate(test.peak)}"
    if good == count:
        return f"Merged models stand in for cooldowns here: all {named} come out within {margin}, or better."
    if worse:
        gaps = [abs(row.difference) for row in test.rows if row.verdict == "cooled"]
        others = f"; {good} are within {margin} or better" * bool(good) + f"; {open_ones} are undecided" * bool(
            open_ones
        )
        return (
            f"Merged models fall short of cooldowns here: they are worse in {worse} of {named}, by up to "
            f"{_size(test, max(gaps))}{others}."
        )
    more = reach_of(len(test.seeds), count).words or "more seeds would tell"
    more = more if 2 * test.failed < len(test.seeds) else "runs that learn at all would tell: another peak"
    return (
        f"Undecided whether merged models stand in for cooldowns here: {open_ones} of {named} are, "
        f"{good} are within {margin} or better; {more}."
    )


def _gain_sentence(test: DecayTest) -> str:
    """How much of what a cooldown gains over the constant run the merged models have, over all rows."""
    sign = 1 if test.metric.higher_is_better else -1
    gained = sum(sign * (row.cooled - row.plain) for row in test.rows) / len(test.rows)
    merged = sum(sign * (row.merged - row.plain) for row in test.rows) / len(test.rows)
    return (
        f"Over the constant run at the same horizon, cooling down gains {_size(test, gained, 2)} on average, "
        f"merging {_size(test, merged, 2)}."
    )


def _basis_sentence(test: DecayTest) -> str:
    own, all_of_them = test.trained
    failed = f" On {counted(test.failed, 'seed')} of them a run diverged or ended at chance." * bool(test.failed)
    return (
        f"Means over {counted(len(test.seeds), 'seed')} on test data, paired; verdicts are adjusted for "
        f"{counted(len(test.rows), 'question')}. For a seed, merging trained {own:,} updates and the cooldowns "
        f"{all_of_them:,}.{failed}"
    )
