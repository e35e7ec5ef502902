"""Planned looks, and looks that nobody planned, in words."""

from collections.abc import Sequence

from ..spec import StudyResults, counted

MOST_NAMED = 6  # claims


def look_sentence(results: StudyResults) -> str:
    """When each question was decided, and what that saved; "" where no looks were planned."""
    looks = results.study.confirm.looks
    if looks is None:
        return ""
    parts = []
    for look in looks:
        here = [claim for claim in results.claims if claim.look == look]
        decided, left = sum(claim.decided for claim in here), sum(not claim.decided for claim in here)
        if decided:
            parts.append(f"{counted(decided, 'question')} decided at {look} seeds")
        if left:
            parts.append(f"{left} given up at {look}, as unlikely to be decided by {looks[-1]}")
    still_open = sum(claim.look is None for claim in results.claims)
    parts += [f"{still_open} open at the last"] * bool(still_open)
    trained, most = len(results.confirmed), len(results.study.labels) * looks[-1]
    return (
        f"{counted(len(looks), 'look')} planned: {', '.join(parts)}; {trained} of {most} trainings on fresh seeds were "
        f"needed, {100 * (1 - trained / most):.0f} % fewer"
    )


def second_look_sentence(results: StudyResults, before: int, sure: Sequence[tuple[str, str]] | None) -> str:
    """What it means that a question was answered before with fewer seeds.

    before: these. sure: better and worse label of what an e-process claims; None: it could not be set.
    """
    seeds = len(results.study.confirm.seeds)
    start = (
        f"this was answered at {before} seeds before, and looking again at {seeds} claims falsely more often than the "
        "5 % that its p-values stand for"
    )
    end = f"looks that are planned before the first answer do not have this cost: --looks {before},{seeds}"
    if sure is None:
        return f"{start}; {end}"
    claimed = {(claim.a, claim.b) for claim in results.claims if claim.verdict == claim.a}
    claimed |= {(claim.b, claim.a) for claim in results.claims if claim.verdict == claim.b}
    held = [pair for pair in sure if pair in claimed]
    named = ", ".join(f"{better} beats {worse}" for better, worse in held[:MOST_NAMED])
    more = f" and {len(held) - MOST_NAMED} more" if len(held) > MOST_NAMED else ""
    return (
        f"{start}. Whenever one looks, an e-process holds, which is weaker: by it {len(held)} of "
        f"{counted(len(claimed), 'difference')} stand{'s' * (len(held) == 1)}"
        f"{f' ({named}{more})' if held else ''}; {end}"
    )
