"""Find and load the compiled libraries. They have a plain C interface; nothing is compiled or loaded at import.

There is one library for each set of vector instructions; the widest that the processor has is taken.
LRLAB_ISA=plain|avx2|avx512 asks for a lower one. LRLAB_NATIVE=FOLDER names a folder with other builds, for developers.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

from ..errors import NativeMissing, UnknownName

VERSION = 2  # as LANES_VERSION in native/lanes/description.h
ISAS = ("plain", "avx2", "avx512")  # each has what those before it have
SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"
# Without --no-cache-dir pip may take the package that it kept when there was no compiler.
WAY_OUT = (
    "lrlab was installed without its compiled part: no C++ compiler was found then, or it failed, or LRLAB_NO_NATIVE "
    "was set; install g++ or clang++ and install lrlab again, with `pip install --force-reinstall --no-deps "
    "--no-cache-dir` and what was given to pip before"
)


def missing() -> str | None:
    """Why there is no compiled part, and the way out; None where it is there.

    Raises UnknownName where LRLAB_ISA asks for a set that there is not.
    """
    try:
        library()
    except NativeMissing as error:
        return str(error)
    return None


def isa() -> str:
    """The instruction set that is used: one of `ISAS`.

    Raises NativeMissing where nothing is compiled or the processor lacks the set that LRLAB_ISA asks for, UnknownName
    where there is no such set.
    """
    widest = isas()[-1]
    wanted = os.environ.get("LRLAB_ISA", "").strip() or widest
    if wanted not in ISAS:
        raise UnknownName("instruction set (LRLAB_ISA)", wanted, ISAS)
    if wanted not in isas():
        raise NativeMissing(f"LRLAB_ISA asks for {wanted}, but this processor has {widest}; unset it, or say {widest}")
    return wanted


def isas() -> tuple[str, ...]:
    """The instruction sets of `ISAS` that this processor has, the widest last. Raises NativeMissing as `isa`."""
    teller = _load_library(_find_library("lrlab_isa")).lrlab_isa
    teller.restype = ctypes.c_char_p
    return ISAS[: ISAS.index(teller().decode()) + 1]


def library_file() -> Path:
    """The library of that instruction set. Raises as `isa`."""
    return _find_library(f"lrlab_lanes_{isa()}")


def library() -> ctypes.CDLL:
    """The lane engine's functions, as `native/lanes/api.cpp` has them. Raises as `isa`."""
    return loaded(os.environ.get("LRLAB_ISA"), os.environ.get("LRLAB_NATIVE"))


@cache
def loaded(isa: str | None, folder: str | None) -> ctypes.CDLL:  # noqa: ARG001
    """The library under these values of LRLAB_ISA and LRLAB_NATIVE, which `library_file` reads itself."""
    file = library_file()
    loaded_library = _load_library(file)
    version = loaded_library.lanes_version() if hasattr(loaded_library, "lanes_version") else 0
    if version != VERSION:
        raise NativeMissing(
            f"{file.name} was compiled from other sources (version {version}, wanted {VERSION}); install lrlab again, "
            "in a clone with `make install`"
        )
    return loaded_library


def _find_library(name: str) -> Path:
    own = os.environ.get("LRLAB_NATIVE", "").strip()
    if own:
        folders, way_out = [Path(own).expanduser()], f"LRLAB_NATIVE names {own}, which holds no such library"
    else:
        # An editable install keeps what was built apart from the source.
        folders, way_out = [Path(folder) for folder in sys.modules[__name__.rpartition(".")[0]].__path__], WAY_OUT
    for folder in folders:
        file = folder / f"lib{name}{SUFFIX}"
        if file.exists():
            return file
    raise NativeMissing(f"no compiled part: {way_out}")


def _load_library(file: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(file))
    except OSError as error:
        raise NativeMissing(f"{file.name} cannot be loaded ({error}); install lrlab again on this machine") from None
