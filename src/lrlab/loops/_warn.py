"""Warnings of lrlab's own while a loop runs, which may do with the filters of warnings what it likes."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import LabWarning


def warn_always(text: str) -> None:
    """A LabWarning that is told and never raised, whatever the loop's filters say: the trial goes on."""
    always: Any = ("always", None, LabWarning, None, 0)
    filters: Any = warnings.filters
    filters.insert(0, always)
    try:
        warnings.warn(text, LabWarning, stacklevel=3)
    finally:
        with suppress(ValueError):
            filters.remove(always)


@contextmanager
def filters_kept() -> Iterator[None]:
    """After the block filters of warnings, and who shows them, are what they were before.

    What libraries that it imported have added for warnings of their own stays: they are imported once. The filters are
    changed in place, and only where the block changed them: `catch_warnings` would have every trial repeat what is
    shown once.
    """
    filters: Any = warnings.filters
    before, shown = list(filters), warnings.showwarning
    try:
        yield
    finally:
        warnings.showwarning = shown
        found: Any = warnings.filters
        if found is not filters or filters != before:
            filters[:] = [each for each in found if each not in before and not _is_for_all(*each)] + before
            warnings.filters = filters
            getattr(warnings, "_filters_mutated", lambda: None)()  # else what was decided by others is remembered


def _is_for_all(action: str, message: object, category: type[Warning], module: object, _: int) -> bool:
    """Whether a filter makes errors of warnings, or is for lrlab's own too."""
    return action == "error" or (message is None and module is None and issubclass(LabWarning, category))
