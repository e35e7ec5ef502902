"""Put a store and its checkpoints into a folder: `python pack.py WORK OUT` writes OUT/records.db and OUT/state.tar.

Each is written aside and renamed, so that whoever looks finds the old one or the new, whole.
"""

import sqlite3
import sys
import tarfile
from pathlib import Path

STORE, STATE = "records.db", "state.tar"


def pack(work: Path, out: Path) -> None:
    """Copy the store as its last transaction left it, and everything that lies beside it under its name."""
    aside = out / f"{STORE}.new"
    aside.unlink(missing_ok=True)
    with sqlite3.connect(work / STORE) as source, sqlite3.connect(aside) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    aside.replace(out / STORE)
    packed = out / f"{STATE}.new"
    with tarfile.open(packed, "w") as archive:
        for path in sorted(work.glob(f"{STORE}*")):
            archive.add(path, path.name)
    packed.replace(out / STATE)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
