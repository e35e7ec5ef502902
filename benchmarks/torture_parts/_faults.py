"""The library that makes system calls go wrong: compiled here, and the orders it takes."""

import ctypes
import mmap
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "faults.c"
KINDS = ("write", "sync", "truncate", "open", "rename", "remove", "make a folder", "send")
PLACES = ("store", "its log", "checkpoints", "page", "other files", "pipes and sockets")
FAULTS = ("none", "SIGKILL before", "SIGKILL within", "ENOSPC", "EIO", "short write")
ROLES = ("driver", "server", "worker")
COUNTS = ctypes.c_long * len(PLACES) * len(KINDS) * len(ROLES)


class Orders(ctypes.Structure):
    """What all processes of a run have mapped; as in faults.c."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("armed", "fault", "role", "kind", "lasting")),
        *((name, ctypes.c_int) for name in ("fired", "fired_place", "fired_role")),
        *((name, ctypes.c_long) for name in ("number", "count")),
        ("counts", COUNTS),
        ("root", ctypes.c_char * 512),
        ("fired_path", ctypes.c_char * 512),
    )


def compiler() -> str | None:
    """The C compiler of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def compile_library(folder: Path) -> Path:
    """The library, compiled into this folder."""
    made, found = folder / "faults.so", compiler()
    assert found is not None, "needs a C compiler"
    subprocess.run([found, "-O2", "-shared", "-fPIC", "-o", made, SOURCE, "-ldl", "-lpthread"], check=True)
    return made


def map_orders(path: Path) -> Orders:
    """The orders in a file that is made here, as all who map it see them."""
    with path.open("w+b") as file:
        file.truncate(ctypes.sizeof(Orders))
        return Orders.from_buffer(mmap.mmap(file.fileno(), ctypes.sizeof(Orders)))


def give_orders(orders: Orders, root: Path, point: "tuple[int, int, int, int, bool, int] | None") -> None:
    """Have the calls of a run below this folder counted, and one go wrong, as a Point has it."""
    ctypes.memset(ctypes.addressof(orders), 0, ctypes.sizeof(orders))
    role, kind, number, fault, lasting, _ = point or (0, 0, 0, 0, False, 0)
    orders.role, orders.kind, orders.number, orders.fault, orders.lasting = role, kind, number, fault, int(lasting)
    orders.root = str(root).encode() + b"/"
    orders.armed = 1
