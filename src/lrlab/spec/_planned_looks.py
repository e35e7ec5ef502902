"""Planned looks of the confirm phase: the usual ones where a study asks for them, and those that cannot be."""

from collections.abc import Sequence
from typing import Any

from ..errors import StatisticsError
from ..stats import LAST_LOOK, check_looks, usual_looks
from ._space import mistake_at

PLACE = ("confirm", "looks")


def take_usual_looks(data: Any) -> Any:
    """The fields of a study with "auto" under `confirm.looks` as the usual looks of so many questions.

    They end at all seeds, 40 unless given. What is wrong elsewhere is left for others to find.
    """
    confirm = data.get("confirm") if isinstance(data, dict) else None
    looks = confirm.get("looks") if isinstance(confirm, dict) else None
    if not (isinstance(confirm, dict) and isinstance(looks, str) and looks.strip().lower() == "auto"):
        return data
    seeds = confirm.get("seeds", LAST_LOOK)
    last = seeds if isinstance(seeds, int) and not isinstance(seeds, bool) else _length_of(seeds)
    count = _length_of(data.get("schedules")) or _length_of(data.get("arms"))
    pairs = str(confirm.get("questions", "leader")).strip().lower() == "pairs"
    questions = count * (count - 1) // 2 if pairs else 2 * count - 3
    try:
        usual = usual_looks(max(questions, 1), last)
    except StatisticsError as error:
        raise mistake_at(PLACE, str(error)) from error
    return {**data, "confirm": {"seeds": LAST_LOOK, **confirm, "looks": list(usual)}}


def check_planned_looks(looks: Sequence[int], questions: int) -> None:
    """Raise a ValueError where these looks do not increase, or the first can decide none of so many questions."""
    try:
        check_looks(looks, max(questions, 1))
    except StatisticsError as error:
        raise mistake_at(PLACE, str(error)) from error


def _length_of(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple) else 0
