"""Files written whole or not at all, and none in the place of another study's."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from ..errors import LabError
from ..spec import Study, run_key

HEAD = 2000  # characters of a page in which its mark stands


def mark(study: Study, data: str) -> str:
    """What a page says of itself, unseen, so that no other study's is written in its place.

    data: the fingerprint of the study's data.
    """
    return f"{study.key}-{data}"


def run_page(folder: Path, study: Study, data: str) -> Path:
    """Where the page of a run lies in a folder, or may be written: NAME-KEY.html.

    data: the fingerprint of the study's data.
    """
    return free_page(folder, f"{study.name}-{run_key(study, data)}", mark(study, data))


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


def near_path(path: Path) -> Path:
    """A path as it is written in the current folder where it lies in that, else as it is."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):  # it lies elsewhere, or the current folder was removed
        return path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, beside `path`; it becomes `path` where the block ends well, and is removed where it does not.

    Raises LabError where the system refuses.
    """
    if not path.name:
        raise LabError(f"cannot write {path}: it names a folder; name a file in it, such as {path / 'report.html'}")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    _remove_drafts(path)
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            f"cannot write {path}: {reason}; name a file in a folder that exists and can be written"
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _remove_drafts(path: Path) -> None:
    """Remove what processes that were killed while they wrote this file have left beside it."""
    with suppress(OSError):
        for file in path.parent.iterdir():
            draft = re.fullmatch(rf"\.{re.escape(path.name)}\.(\d+)", file.name)
            if draft is not None and not _is_running(int(draft[1])):
                file.unlink()


def _is_running(process: int) -> bool:
    """Whether there is such a process; where the system has no way to ask, there is."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass
    return True
