"""Cases one after the other, each forked from this process, in which all is imported."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.hostile_data import images
from support.hostile_stores import good_store
from support.hostile_tables import tracked

from .child import Outcome, perform, remove

KEPT = ("number", "kind", "code", "seconds", "megabytes", "faults")


def run_cases(numbers: Sequence[int], out: str | None, words: bool) -> list[Outcome]:
    """Those with faults. out: a file for what came of all. words: print what each was and said."""
    outcomes = []
    base = Path(tempfile.mkdtemp(prefix="hostile-")).resolve()  # no TemporaryDirectory: each child would remove it
    try:
        _warm(base)
        for number in numbers:
            place = base / str(number)
            outcome = perform(number, place)
            outcomes.append(outcome)
            if words or outcome.faults:
                shown = [ascii(word[:80]) for word in outcome.words]
                print(
                    f"{number} {outcome.kind}: {' '.join(shown)}\n  exit code {outcome.code}, {outcome.seconds:.1f} s",
                    flush=True,
                )
                for text in (outcome.out, outcome.err):
                    print("".join(f"  | {ascii(line)[1:-1][:1000]}\n" for line in text[-2500:].splitlines()), end="")
                for fault in outcome.faults:
                    print(f"  FAULT: {fault}", flush=True)
            remove(place)
    finally:
        remove(base)
    if out:
        kept = [{name: getattr(outcome, name) for name in KEPT} for outcome in outcomes]
        Path(out).write_text(json.dumps(kept), encoding="utf-8")
    return [outcome for outcome in outcomes if outcome.faults]


def _warm(base: Path) -> None:
    """Import what cases need, and note the machine's pace, so that a case takes no longer than it must."""
    os.environ["LRLAB_CACHE"] = str(base / "cache")
    os.environ["TMPDIR"] = str(base)
    tempfile.tempdir = None
    import matplotlib.pyplot  # noqa: F401
    import polars  # noqa: F401
    import scipy.stats  # noqa: F401
    import torch  # noqa: F401

    import lrlab.cli._app
    import lrlab.engine
    import lrlab.loops
    import lrlab.report  # noqa: F401

    good_store(), images(), tracked()
    sys.stdout.flush()
