"""`lrlab doctor`."""

import os
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from ..errors import LabError, visible
from ._options import JsonOption

BRINGS = "with it several trainings of a small network run as one, many times as fast; everything works without it"
EXTRAS = {  # a package: what needs it, and the extra that brings it
    "pillow": ("data sets of images", "data"),
    "huggingface-hub": ("data sets from the hub", "data"),
    "optuna": ("searches of settings", "search"),
    "cmaes": ("searches by CMA-ES", "search"),
    "ray": ("studies on a cluster", "ray"),
    "mlflow-skinny": ("runs written to a server of MLflow", "mlflow"),
    "tensorboardX": ("runs written for TensorBoard", "tensorboard"),
    "trackio": ("runs written to Trackio", "trackio"),
    "wandb": ("runs written to W&B", "wandb"),
}
NEEDED = {"torch", "numpy"}
PARQUET = ("*.parquet", "*/*.parquet", "*/*/*.parquet")  # a data set's own, in train or data, in data/train


# Not refused where it cannot be a folder: what is amiss is what is asked here.
FolderOption = Annotated[
    Path | None, typer.Option("--data-dir", envvar="LRLAB_DATA", help="The folder to look for data sets in.")
]


def doctor(data_dir: FolderOption = None, as_json: JsonOption = False) -> None:
    """Say what this machine has: processors, graphics card, the compiled part, optional packages, data."""
    from ._output import print_json

    texts, broken = _run_looks(
        {
            "lrlab": lambda: _version_of("lrlab"),
            "Python": platform.python_version,
            "torch": _describe_torch,
            "numpy": _numpy_version,
            "processors": _describe_processors,
            "graphics card": _describe_card,
            "compiled part": _describe_compiled,
            **{name: lambda name=name, told=told: _describe_extra(name, *told) for name, told in EXTRAS.items()},
            "data": lambda: _describe_data(data_dir),
        }
    )
    if as_json:
        print_json(texts)
    else:
        width = max(map(len, texts))
        for name, text in texts.items():
            print(f"{name:{width}}  {visible(text)}")
    if broken & NEEDED:
        raise typer.Exit(1)


def _run_looks(looks: dict[str, Callable[[], str]]) -> tuple[dict[str, str], set[str]]:
    """What each look tells, and the names of those that failed: a broken install is what is asked about here."""
    texts, broken = {}, set()
    for name, look in looks.items():
        try:
            texts[name] = look()
        except Exception as error:
            texts[name] = f"fails with {type(error).__name__}: {error}"
            broken.add(name)
    return texts, broken


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _describe_extra(package: str, use: str, extra: str) -> str:
    text = _version_of(package)
    return f"{text}: {use} need it, pip install 'lrlab[{extra}]'" if text == "not installed" else text


def _describe_torch() -> str:
    import torch

    return f"{torch.__version__}, threads: {torch.get_num_threads()}"


def _numpy_version() -> str:
    import numpy as np

    return np.__version__


def _describe_processors() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} to use of {os.cpu_count()}, {platform.machine()}"


def _describe_card() -> str:
    try:
        import torch
    except Exception:  # the line of torch says how it fails
        return "not known without torch"

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none that torch sees; not needed"


def _describe_compiled() -> str:
    from ..native import isa, isas, library, library_file

    try:
        library()
        return f"{isa()} of {', '.join(isas())} (LRLAB_ISA asks for one), {library_file()}"
    except LabError as error:
        return f"{error}. What it is for: {BRINGS}"


def _describe_data(named: Path | None) -> str:
    if named is None or not str(named).strip():
        return "no folder named; needed for cifar10 and mnist alone, by --data-dir or LRLAB_DATA"
    folder = named.expanduser().resolve()
    if not folder.is_dir():
        return f"there is no folder {folder}"
    sets = sorted(place.name for place in folder.iterdir() if any(any(place.glob(form)) for form in PARQUET))
    return f"{folder}: {', '.join(sets) if sets else 'no data set in it'}"
