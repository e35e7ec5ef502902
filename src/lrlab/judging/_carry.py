"""How many questions so many runs carry, in words, where they are too few."""

from collections.abc import Sequence

from ..spec import JudgedPair, counted
from ..stats import fewest_pairs, fewest_unpaired, most_comparisons
from ._decide import Decided


def too_few_in_words(pairs: Sequence[JudgedPair], decided: Decided, family: int, arms: int) -> tuple[str, ...]:
    """What is to be said where pairs have so few runs that they could not be told apart however clear it was."""
    blind = [
        pair
        for pair, verdict in zip(pairs, decided.verdicts, strict=True)
        if verdict.smallest_visible == float("inf") and not pair.within
    ]
    if not blind:
        return ()
    first = blind[0]
    few = min(blind, key=lambda pair: min(pair.runs_a, pair.runs_b))
    if decided.seeds:
        seeds = counted(first.runs_a, "paired seed")
        return (f"{seeds} can show no difference, however clear it is: every question asks for {fewest_pairs(1)}",)
    asked = "1 question asks" if family == 1 else f"{family} questions ask"
    if first.paired:
        seeds = counted(few.runs_a, "paired seed")
        needs = f"{seeds} can show no difference, however clear it is: {asked} for {fewest_pairs(family)}"
    else:
        needs = (
            f"{few.runs_a} against {few.runs_b} unpaired runs can show no difference, however clear it is: {asked} for "
            f"{fewest_unpaired(family)} runs of each arm, or {fewest_pairs(family)} paired seeds"
        )
    where = "" if len(blind) == len(pairs) else f" (so in {counted(len(blind), 'pair')} of {len(pairs)})"
    fewer = arms - 1
    if not few.paired or fewer >= family or fewer > most_comparisons(few.runs_a):
        return (f"{needs}{where}",)
    return (
        f"{needs}{where}; each arm against one that is named asks {fewer}, which {few.runs_a} seeds carry: "
        f"--baseline NAME",
    )
