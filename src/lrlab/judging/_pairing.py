"""Which runs of two arms are compared: those of shared seeds, pair by pair, or all of both."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from ..spec import JudgedPair, counted
from ..stats import fewest_pairs, smallest_p, smallest_shuffle_p
from ._arms import ArmRuns

USUAL = 0.5  # a correlation over seeds, where none is known
AGAINST = -0.3  # below that it is hardly the chance of a few seeds
ALPHA = 0.05

Strata = tuple[list[str], list[str]]


class Pairing(NamedTuple):
    """seeds: those that pair the runs of two arms; () where they are not paired, and strata then holds shared seeds."""

    seeds: tuple[str, ...]
    strata: Strata | None = None


def pair_runs(a: ArmRuns, b: ArmRuns, seeded: bool, family: int) -> Pairing:
    """How two arms are compared; their values are not looked at.

    Seeds that both have are paired, if there are two or more. Only where these are too few to carry the family of
    questions, and all runs as two samples are not, are all runs compared, each shared seed as a stratum.
    """
    shared = tuple(seed for seed in a.seeds if seed in b.scores) if seeded else ()
    strata = _strata_of(a, shared), _strata_of(b, shared)
    whole = len(shared) == len(a.seeds) == len(b.seeds)
    if len(shared) < 2:
        return Pairing((), strata if shared else None)
    if whole or smallest_p(len(shared)) * family < ALPHA or smallest_shuffle_p(strata) * family >= ALPHA:
        return Pairing(shared)
    return Pairing((), strata)


def _strata_of(arm: ArmRuns, shared: Sequence[str]) -> list[str]:
    """A label for each run: its seed where the other arm has it too."""
    return [f"seed {seed}" if seed in shared else "" for seed in arm.seeds]


def lacking_in_words(arms: Sequence[ArmRuns], seeded: bool) -> tuple[str, ...]:
    """Which arms lack which seeds that others have."""
    every = list(dict.fromkeys(seed for arm in arms for seed in arm.seeds))
    if not seeded or all(set(arm.seeds) == set(every) for arm in arms):
        return ()
    shared = [seed for seed in every if all(seed in arm.scores for arm in arms)]
    if not shared:
        return ()
    lacking: dict[tuple[str, ...], list[str]] = {}
    for arm in arms:
        lacking.setdefault(tuple(seed for seed in every if seed not in arm.scores), []).append(arm.label)
    return tuple(_lacking_words(labels, seeds) for seeds, labels in lacking.items() if seeds)


def _lacking_words(labels: Sequence[str], seeds: Sequence[str]) -> str:
    few, more = ", ".join(labels[:3]), len(labels) - 3
    who = f"{few} and {counted(more, 'more arm')}" if more > 0 else few
    return (
        f"{who} lack{'s' * (len(labels) == 1)} seed{'s' * (len(seeds) > 1)} {', '.join(seeds[:8])}"
        f"{' and more' * (len(seeds) > 8)}, which other arms have; where arms are paired, only shared seeds count"
    )


def pairing_in_words(arms: Sequence[ArmRuns], pairs: Sequence[JudgedPair], seeded: bool) -> str:
    """Why runs are paired by seed, or why not, and what it brings or would bring."""
    paired = [pair for pair in pairs if pair.paired]
    if len(paired) == len(pairs):
        return f"Paired by seed: {_shared_words(arms, pairs)}.{_gain_words(paired)}"
    if paired:
        return (
            f"{counted(len(paired), 'pair')} of arms of {len(pairs)} {'is' if len(paired) == 1 else 'are'} paired by "
            f"the seeds both have, the others share too few; running every arm on the same seeds would pair all."
            f"{_gain_words(paired)}"
        )
    why = "arms share too few seeds" if seeded else "no seeds are given"
    return f"Not paired: {why}.{_promise_words(pairs)}"


def _shared_words(arms: Sequence[ArmRuns], pairs: Sequence[JudgedPair]) -> str:
    fewest, most = min(pair.runs_a for pair in pairs), max(pair.runs_a for pair in pairs)
    if all(set(arm.seeds) == set(arms[0].seeds) for arm in arms):
        return f"all arms have the same {counted(fewest, 'seed')}"
    return f"{fewest if fewest == most else f'{fewest} to {most}'} seeds shared by two arms each"


def _gain_words(paired: Sequence[JudgedPair]) -> str:
    """What pairing brought, by the correlation over seeds: unpaired runs would need 1 / (1 - r) times as many."""
    known = sorted(pair.correlation for pair in paired if pair.correlation is not None)
    if not known:
        return ""
    middle = known[len(known) // 2]
    if middle <= AGAINST:
        return (
            f" The arms' values go against each other over seeds (correlation {middle:.2f}), so pairing loses here: "
            f"about {1 - middle:.1f} times as many paired seeds are needed as runs of each arm that share none."
        )
    if middle < 0.1:
        return (
            f" The arms' values go together little over seeds (correlation {middle:.2f}), so pairing gains little here."
        )
    if middle > 0.99:
        return f" The arms' values go together over seeds (correlation {middle:.2f}), so pairing gains very much here."
    times = 1 / (1 - middle)
    return (
        f" The arms' values go together over seeds (correlation {middle:.2f}); without pairing, about {times:.1f} "
        f"times as many runs would be needed."
    )


def _promise_words(pairs: Sequence[JudgedPair]) -> str:
    """What pairing would bring, in runs where they are known; "" where every pair is decided."""
    if all(pair.verdict or pair.within for pair in pairs):
        return ""
    needed = [pair.needed for pair in pairs if pair.needed is not None]
    runs = max(needed) if needed else max(max(pair.runs_a, pair.runs_b) for pair in pairs)
    seeds = max(ceil(runs * (1 - USUAL)), fewest_pairs(1))
    would = " Running every arm on the same seeds would pair them"
    if seeds >= runs:
        return f"{would}; {seeds} paired seeds or more can show a difference."
    return (
        f"{would}: where arms go together over seeds with correlation {USUAL}, {seeds} paired seeds see what {runs} "
        f"runs of each arm see now."
    )
