"""`lrlab doctor`."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ..errors import LabError
from ._options import JsonOption

BRINGS = "with it several trainings of a small network run as one, many times as fast; everything works without it"
EXTRAS = {
    "polars": "data sets of images",
    "pillow": "data sets of images",
    "huggingface-hub": "data sets from the hub",
}


def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine has: processors, graphics card, the compiled part, optional packages, data."""
    import json

    found = {
        "lrlab": _of("lrlab"),
        "Python": platform.python_version(),
        "torch": _of("torch"),
        "numpy": _of("numpy"),
        "processors": _processors(),
        "graphics card": _card(),
        "compiled part": _compiled(),
        **{name: _extra(name, use) for name, use in EXTRAS.items()},
        "data": _data(),
    }
    if as_json:
        print(json.dumps(found, indent=2))
        return
    width = max(map(len, found))
    for name, text in found.items():
        print(f"{name:{width}}  {text}")


def _of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _extra(package: str, use: str) -> str:
    found = _of(package)
    return f"{found}: {use} need it, pip install 'lrlab[data]'" if found == "not installed" else found


def _processors() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} to use of {os.cpu_count()}, {platform.machine()}"


def _card() -> str:
    if find_spec("torch") is None:
        return "not known without torch"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none that torch sees; not needed"


def _compiled() -> str:
    from ..native import isa, library, library_file

    try:
        library()
        return f"{isa()}, {library_file().name}"
    except LabError as error:
        return f"{error}. What it is for: {BRINGS}"


def _data() -> str:
    named = os.environ.get("LRLAB_DATA", "").strip()
    if not named:
        return "no folder named; needed for cifar10 and mnist alone, by --data-dir or LRLAB_DATA"
    folder = Path(named).expanduser()
    if not folder.is_dir():
        return f"LRLAB_DATA names {folder}, which is no folder"
    sets = sorted(place.name for place in folder.iterdir() if any(place.glob("*.parquet")))
    return f"{folder}: {', '.join(sets) if sets else 'no data set in it'}"
