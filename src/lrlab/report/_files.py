"""Files written whole or not at all, and none in the place of another study's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from ..errors import LabError
from ..spec import Publication, Study

HEAD = 2000  # characters of a page in which its mark stands


def mark(subject: Study | Publication, data: str = "") -> str:
    """What a page says of itself, unseen, so that no other study's is written in its place.

    data: the fingerprint of a study's data.
    """
    return f"{subject.name}-{subject.scale}" if isinstance(subject, Publication) else f"{subject.key}-{data}"


def free_page(folder: Path, name: str, marked: str) -> Path:
    """NAME.html in a folder, or NAME-2.html and so on: the first that bears this mark or does not exist yet."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(page for page in (folder / f"{each}.html" for each in names) if _may_write(page, marked))


def _may_write(page: Path, marked: str) -> bool:
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            return f'content="{marked}"' in file.read(HEAD)
    except OSError:
        return not os.path.lexists(page)  # where nothing can be read, writing says why


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
