"""Planned looks as callers write them."""

from collections.abc import Iterable
from numbers import Integral

from ..errors import StudyError, shortened
from ..lab import ConfirmFields
from ..stats import LAST_LOOK


def look_fields(looks: Iterable[object] | int | str | None, seeds: int | None) -> ConfirmFields:
    """The fields of a confirm phase with these looks; none without.

    seeds: those of the last look, where they are given. Raises StudyError for what are no looks.
    """
    if looks is None:
        return {}
    if isinstance(looks, str):
        if looks.strip().lower() != "auto":
            raise StudyError(f'looks are numbers of seeds, or "auto", but got {shortened(looks, 100)!r}; give [12, 20]')
        return {"looks": "auto", "seeds": LAST_LOOK if seeds is None else seeds}
    planned: list[object] = [*looks] if isinstance(looks, Iterable) else [looks]
    if not all(isinstance(look, Integral) for look in planned):
        raise StudyError(
            f'looks are whole numbers of seeds, or "auto", but got {shortened(repr(looks), 100)}; give [12, 20, 30]'
        )
    return {"looks": planned} if seeds is not None or not planned else {"looks": planned, "seeds": planned[-1]}
