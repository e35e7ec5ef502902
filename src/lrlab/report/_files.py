"""Files written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LabError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, beside `path`; it becomes `path` where the block ends well, and is removed where it does not.

    Raises LabError where the system refuses.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            f"cannot write {path}: {reason}; name a file in a folder that exists and can be written"
        ) from None
    finally:
        draft.unlink(missing_ok=True)
