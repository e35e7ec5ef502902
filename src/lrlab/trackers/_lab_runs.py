"""Runs that this lab wrote to a tracker: those of the confirm phase are judged."""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import RunsError
from ._tracked import TrackedRun

CONFIRM, KEY = "confirm", "trial_key"


def keep_confirmed(runs: Sequence[TrackedRun], source: str) -> tuple[Sequence[TrackedRun], str]:
    """Where every run is a trial of this lab, those of the confirm phase, and a sentence; others as they are.

    Raises RunsError: no trial of the confirm phase.
    """
    phases = [_setting_of(run, "phase") for run in runs]
    if not runs or not all(phase and _setting_of(run, KEY) for run, phase in zip(runs, phases, strict=True)):
        return runs, ""
    kept = [_without_key(run) for run, phase in zip(runs, phases, strict=True) if phase == CONFIRM]
    if not kept:
        raise RunsError(f"{source}: no trial of the confirm phase; those of tuning choose peaks and judge nothing")
    return kept, f"only the confirm phase counts: {len(kept)} of {len(runs)} trials"


def _without_key(run: TrackedRun) -> TrackedRun:
    """A run without what tells it from all others, which is no setting."""
    return replace(run, settings={name: text for name, text in run.settings.items() if not name.endswith(f".{KEY}")})


def _setting_of(run: TrackedRun, name: str) -> str:
    """A setting of a run, however its tracker calls settings; "" where it has none of that name."""
    names = (f"{kind}.{name}" for kind in ("config", "params", "hparams"))
    return next((run.settings[each] for each in names if each in run.settings), "")
