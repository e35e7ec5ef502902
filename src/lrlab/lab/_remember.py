"""What calibration found, kept in the user's cache folder: for every store, as long as the machine is the same."""

import hashlib
import os
import platform
from contextlib import suppress
from pathlib import Path

from ..errors import LabError
from ..spec import Setup

FOLDER = "setups"


def recall(key: str, kind: str = "") -> Setup | None:
    """The setup noted for this key on this machine; None where there is none, or it cannot be read.

    kind: of the machines of a cluster, where it is run on those.
    """
    try:
        return Setup.from_json(_setup_file(key, kind).read_text(encoding="utf-8"))
    except (OSError, ValueError, LabError):
        return None


def note(key: str, setup: Setup, kind: str = "") -> None:
    """Keep a setup. kind: as of `recall`. A folder that takes no files is no harm: it is measured again, then."""
    place = _setup_file(key, kind)
    aside = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_text(setup.to_json(), encoding="utf-8")
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)


def _setup_file(key: str, kind: str) -> Path:
    from ..tasks import cache_folder

    return cache_folder() / FOLDER / f"{hashlib.sha256(f'{key} {kind or machine()}'.encode()).hexdigest()[:32]}.json"


def machine() -> str:
    """What a pace depends on, beside the task, and which machine it is."""
    return f"{platform.node()} {machine_kind()}"


def machine_kind() -> str:
    """What a pace depends on, beside the task: processor, cores, instruction set, torch."""
    import torch

    from ..native import isa, missing

    lanes = isa() if missing() is None else "no lanes"
    return f"{platform.machine()} {_processor_name()} {os.cpu_count()} {torch.__version__} {lanes}"


def _processor_name() -> str:
    """The processor's name, where the system says it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
