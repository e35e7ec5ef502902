"""Planned looks as callers write them."""

from typing import Any

from ..errors import StatisticsError, StudyError, shortened
from ..stats import LAST_LOOK, usual_looks


def look_fields(looks: object, seeds: int | None, schedules: int) -> dict[str, Any]:
    """The fields of a confirm phase with these looks; none without. "auto": the usual ones for so many schedules.

    seeds: those of the last look; 40 for "auto" unless given. Raises StudyError for what are no looks.
    """
    if looks is None:
        return {}
    if isinstance(looks, str):
        if looks.strip().lower() != "auto":
            raise StudyError(f'looks are numbers of seeds, or "auto", but got {shortened(looks, 100)!r}; give [12, 20]')
        return _usual_fields(max(2 * schedules - 3, 1), LAST_LOOK if seeds is None else seeds)
    if not isinstance(looks, list | tuple) or not all(isinstance(look, int) for look in looks):
        raise StudyError(
            f'looks are whole numbers of seeds, or "auto", but got {shortened(repr(looks), 100)}; give [12, 20, 30]'
        )
    return {"looks": list(looks)} | ({} if seeds is not None or not looks else {"seeds": looks[-1]})


def _usual_fields(questions: int, seeds: int) -> dict[str, Any]:
    try:
        looks = usual_looks(questions, seeds)
    except StatisticsError as error:
        raise StudyError(str(error)) from error
    return {"looks": list(looks), "seeds": seeds}
