"""A snapshot of trials that were in other stacks: of each its own part, out of the snapshots of those."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ._idle import UNUSED

States = Sequence[dict[str, Any]]


class _Seat(NamedTuple):
    """Where a trial is found: which snapshot, and its position among that one's trials."""

    state: int
    row: int


def gather_rows(states: States, keys: list[str]) -> dict[str, Any] | None:
    """The snapshot of a stack of these trials, as `Stack.snapshot` has it; None where one of them is in no snapshot.

    Raises ValueError where the snapshots are of different updates or layouts, which no stack can be in at once.
    """
    seats = {key: _Seat(number, row) for number, state in enumerate(states) for row, key in enumerate(state["trials"])}
    if not states or any(key not in seats for key in keys):
        return None
    if len({(state["layout"], state["t"]) for state in states}) > 1:
        raise ValueError(f"its trials stand at updates {sorted({state['t'] for state in states})} of other stacks")
    taken, first = [seats[key] for key in keys], states[0]
    rows = [place for place, seat in enumerate(taken) if seat.row in states[seat.state]["rows"]]
    columns = [_Seat(taken[row].state, states[taken[row].state]["rows"].index(taken[row].row)) for row in rows]

    def take(part: Callable[[dict[str, Any]], Any]) -> Tensor:
        """A tensor (K, ...) of these trials, of which every snapshot has its own."""
        parts = [part(state) for state in states]
        return torch.stack([parts[state][column] for state, column in columns])

    def take_named(part: Callable[[dict[str, Any]], Any]) -> dict[str, Tensor]:
        return {name: take(lambda state, name=name: part(state)[name]) for name in part(first)} if rows else {}

    return first | {
        "trials": keys,
        "rows": rows,
        "parameters": take_named(lambda state: state["parameters"]),
        "buffers": take_named(lambda state: state["buffers"]),
        "optimizer": {
            slot: take_named(lambda state, slot=slot: state["optimizer"][slot])
            for slot in first["optimizer"]
            if slot != UNUSED
        }
        | _gather_unused(states, take if rows else None),
        "losses": [take(lambda state, t=t: state["losses"][t]) for t in range(len(first["losses"]) if rows else 0)],
        "scores": [take(lambda state, t=t: state["scores"][t]) for t in range(len(first["scores"]) if rows else 0)],
        "counts": take(lambda state: state["counts"]) if rows and first["counts"] is not None else None,
        "members": [states[seat.state]["members"][seat.row] for seat in taken],
        **({"averages": _gather_averages(states, taken)} if any("averages" in state for state in states) else {}),
    }


def _gather_unused(states: States, take: Callable[[Callable[[dict[str, Any]], Any]], Tensor] | None) -> dict[str, Any]:
    """Which weights were never used so far, where any were not: a snapshot has those of its own trials alone."""
    names = {name for state in states for name in state["optimizer"].get(UNUSED, {})}
    if not names or take is None:
        return {}

    def rows_of(state: dict[str, Any], name: str) -> Tensor:
        held = state["optimizer"].get(UNUSED, {})
        return held[name].cpu() if name in held else torch.zeros(len(state["rows"]), dtype=torch.bool)

    return {UNUSED: {name: take(lambda state, name=name: rows_of(state, name)) for name in sorted(names)}}


def _gather_averages(states: States, taken: Sequence[_Seat]) -> list[dict[str, Tensor]]:
    """What each trial holds of its average; nothing where it has none."""
    return [states[seat.state]["averages"][seat.row] if "averages" in states[seat.state] else {} for seat in taken]
