"""Why a judgement leaves a pair undecided, and what would decide it, in words."""

from collections.abc import Sequence

from ..spec import JudgedPair, Judgement, counted
from ..stats import fewest_pairs, fewest_unpaired
from ._judged_names import name_in_text
from ._judged_numbers import arm_of, turned_pair
from ._words import too_few_words


def needed_words(pair: JudgedPair) -> str:
    """How many runs, and how many more than there are; new ones, where so many are there and have not decided."""
    needed, there = pair.needed or 0, min(pair.runs_a, pair.runs_b)
    more = f" ({needed - there:,} more)" if needed > there else ""
    new = "" if more else "new "
    what = "paired seed" if pair.paired else "run"
    return f"{counted(needed, new + what)}{'' if pair.paired else ' of each arm'}{more}"


def is_blind(pair: JudgedPair, judgement: Judgement) -> bool:
    """Whether so few runs can show no difference, however large."""
    few = pair.paired and judgement.adjusted_by == "holm" and pair.runs_a < fewest_pairs(judgement.family)
    return few or pair.smallest_visible is None


def idle_words(pair: JudgedPair, judgement: Judgement) -> str:
    """Why the arm that is ahead is not called better, where the reason is that it did not learn; else ""."""
    ahead = arm_of(judgement, turned_pair(pair, judgement).first)
    if ahead.learned or pair.verdict:
        return ""
    what = "diverged" if ahead.failed == ahead.missing else "diverged or learned nothing"
    runs = f"{ahead.failed} of {counted(len(ahead.values), 'run')}"
    return f"{name_in_text(ahead.label)} {what} on {runs}, so it is called better than no other"


def idle_arms(undecided: Sequence[JudgedPair], judgement: Judgement) -> list[str]:
    """The same of several pairs, once for each such arm."""
    return list(filter(None, dict.fromkeys(idle_words(pair, judgement) for pair in undecided)))


def blind_words(pair: JudgedPair, judgement: Judgement) -> str:
    """Why no verdict was possible, and how many runs would allow one."""
    if pair.paired and judgement.adjusted_by == "flips":
        return too_few_words(pair.runs_a, 1)
    if pair.paired and pair.runs_a < fewest_pairs(judgement.family):
        return too_few_words(pair.runs_a, judgement.family)
    runs = f"{pair.runs_a} and {pair.runs_b} runs" if pair.runs_a != pair.runs_b else f"{pair.runs_a} runs of each arm"
    enough = fewest_unpaired(judgement.family)
    asked = f"with {runs} and {counted(judgement.family, 'comparison')} no difference can be claimed"
    return asked if pair.paired else f"{asked}; {enough} runs of each arm allow it"
