"""RunTable: runs made anywhere, in one long form, and what was guessed to read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class RunTable:
    """Runs made anywhere, in long form: a row for each run, metric and step.

    frame: columns arm, seed, metric (String), step, value (Float64), where (String). seed: what tells an arm's runs
    apart, and pairs them with those of other arms. step: null where there is none. value: NaN where the run has no
    number there, as one that diverged; never infinite. where: "runs.csv:17", for messages. No arm, seed, metric and
    step stands twice.
    metrics: those of the frame, in the order asked; the first is the one to judge.
    seeded: whether seeds were given; else runs are only numbered, and nothing pairs them.
    guessed: what was decided in reading, in sentences. higher_is_better: of metrics whose direction is known.
    sources: the files, as the user named them.
    diverged, at_chance: runs, as (arm, seed), that the source itself says diverged, whatever value they have, or ended
    without having learned anything. key: from which random numbers are drawn, 16 hexadecimal digits, where the source
    has one.
    """

    frame: "polars.DataFrame"
    metrics: tuple[str, ...]
    seeded: bool
    guessed: tuple[str, ...] = ()
    higher_is_better: Mapping[str, bool] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    diverged: frozenset[tuple[str, str]] = frozenset()
    at_chance: frozenset[tuple[str, str]] = frozenset()
    key: str = ""
