"""One case in a process of its own, forked from one in which everything is imported: what came of it."""

import atexit
import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
import traceback
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from support.hostile import Case
from support.hostile_lay import lay
from support.hostile_mix import draw_any

HANGS = 60.0  # seconds after which a case hangs
MEMORY = 12 << 30  # bytes of addresses; torch alone maps some
LARGEST = 512 << 20  # bytes of a file
KEPT = 200_000  # characters of what a case prints
OPENED = {"os.mkdir", "os.rmdir", "os.remove", "os.symlink", "os.truncate", "os.chmod", "shutil.rmtree"}
MOVED = {"os.rename", "os.link"}
OURS = f"{os.sep}lrlab{os.sep}cli{os.sep}"  # in the traceback of a fault of ours
CANARY = "ran"  # the file that code makes which is not to run


class Outcome(NamedTuple):
    """What came of a case. code: of its exit, None where it hung. faults: what is wrong, in words."""

    number: int
    kind: str
    words: tuple[str, ...]
    code: int | None
    seconds: float
    megabytes: float
    out: str
    err: str
    faults: tuple[str, ...]


def perform(number: int, folder: Path) -> Outcome:
    """Run the command line on a case in a new process, and look at what it did. folder: of this case, still to be made.

    The case is drawn there too: some libraries have threads once they are used, which a fork leaves behind.
    """
    here, tmp = folder / "here", folder / "tmp"
    for place in (here, tmp, folder / "home"):
        place.mkdir(parents=True)
    (folder / "canary").write_text("as it was")
    began = time.monotonic()
    child = os.fork()
    if not child:
        _be_child(number, folder)
    status, seconds, used = _wait_for(child, began)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    out, err = (_read(folder / name) for name in ("stdout", "stderr"))
    code = None if status is None else os.waitstatus_to_exitcode(status)
    case = _noted_case(folder)
    faults = (*_faults_of_end(case, code, out, err), *_faults_of_files(case, folder))
    return Outcome(number, case.kind, case.words, code, seconds, used, out, err, faults)


def _note_case(case: Case, folder: Path) -> None:
    """Let the parent know what it is, without its files."""
    (folder / "case").write_text(json.dumps(case._replace(files={})._asdict()), encoding="utf-8")


def _noted_case(folder: Path) -> Case:
    try:
        noted = json.loads((folder / "case").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Case("not drawn", ())
    return Case(**noted | {"words": tuple(noted["words"])})


def _be_child(number: int, folder: Path) -> None:
    """Never returns."""
    code = 70
    try:
        os.setsid()
        _take_streams(folder)
        here, case = folder / "here", draw_any(number)
        _note_case(case, folder)
        os.chdir(here)
        lay(here, case.files)
        os.environ |= {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "LRLAB_DATA": str(here / "data"),
            "COLUMNS": "120",
        }
        import tempfile

        tempfile.tempdir = None
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _watch(folder)
        code = _call(case.words)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(code)


def _call(words: tuple[str, ...]) -> int:
    """Call the command line as a process does, and give its exit code."""
    import lrlab.cli

    sys.argv = ["lrlab", *words]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        lrlab.cli.main()
    except SystemExit as error:
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
            return 1
        return error.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _take_streams(folder: Path) -> None:
    """Standard streams as files."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115


def _watch(folder: Path) -> None:
    """Note what is written outside the case's folder, and every class that a pickle names, as Python's audit has it."""
    log = os.open(folder / "audit", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    inside = (str(folder.resolve()), "/dev/", os.environ["LRLAB_CACHE"], "/proc/")
    owner, busy = os.getpid(), threading.local()

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if os.getpid() != owner or getattr(busy, "on", False):
            return
        busy.on = True
        try:
            for place in _written(event, arguments):
                if not (_is_inside(place, inside) or str(place).endswith(".lock")):  # which follows no link
                    os.write(log, f"{event} {place!a}\n".encode())
            if event == "pickle.find_class":
                os.write(log, f"{event} {arguments[1]}.{arguments[2]}\n".encode())
        except Exception as error:
            os.write(log, f"audit: {error!r}\n".encode())
        finally:
            busy.on = False

    sys.addaudithook(note)


def _written(event: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The paths that an event writes to."""
    if event == "open":
        path, _, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) if isinstance(flags, int) else 0
        return [path] if writes and not isinstance(path, int) else []
    if event in OPENED:
        return [arguments[1] if event == "os.symlink" else arguments[0]]
    if event in MOVED:
        return list(arguments[:2])
    return []


def _is_inside(place: Any, inside: tuple[str, ...]) -> bool:
    if place is None or isinstance(place, int):
        return True
    text = os.path.realpath(os.fsdecode(place))
    return text.startswith(inside)


def _wait_for(child: int, began: float) -> tuple[int | None, float, float]:
    """Its status, None where it was ended; seconds; megabytes."""
    while True:
        done, status, used = os.wait4(child, os.WNOHANG)
        seconds = time.monotonic() - began
        if done:
            return status, seconds, used.ru_maxrss / 1024
        if seconds > HANGS:
            os.kill(child, signal.SIGKILL)
            _, _, used = os.wait4(child, 0)
            return None, seconds, used.ru_maxrss / 1024
        time.sleep(0.005)


def _faults_of_end(case: Case, code: int | None, out: str, err: str) -> list[str]:
    from lrlab.cli._app import FAULT

    faults = []
    if code is None:
        return [f"hangs for {HANGS:g} s"]
    if code not in ((0, 1, 2, 3, 4, 5, 130, 143) if case.may_run else (0, 1, 2, 3, 4, 5)):  # code may stop us
        faults.append(f"exit code {code}")
    faults += [word for word in (FAULT, "Segmentation", "panicked at") if word in out + err]
    if "Traceback (most recent" in err and not (case.may_run and OURS not in err):  # a loop's own part is shown
        faults.append("a traceback")
    if code in (1, 2, 3) and "lrlab: " not in err and "Error: " not in err:
        faults.append("no word of why")
    faults += [] if case.may_run else _odd_signs(out, err)  # what the user's code prints is as it is
    if case.right == "refused" and code not in (1, 2):
        faults.append("is to be refused, and is not")
    if case.said and code in (1, 2) and case.said not in err:
        faults.append(f"does not say {case.said!r}")
    return faults


def _odd_signs(out: str, err: str) -> list[str]:
    """Signs that would move a terminal's cursor, turn text round or fill the screen."""
    allowed = {"\n", "\r", "\t"}
    for name, text in (("output", out), ("error output", err)):
        odd = next((sign for sign in text if not sign.isprintable() and sign not in allowed), None)
        if odd is not None:
            return [f"{name} has the sign {odd!a}"]
        if any(len(line) > 6000 for line in text.split("\n")) and name != "output":
            return [f"{name} has a line of {max(map(len, text.split(chr(10))))} signs"]
    return []


def _faults_of_files(case: Case, folder: Path) -> list[str]:
    """What lies where nothing may, and what was written elsewhere."""
    faults = []
    known = {"here", "tmp", "home", "case", "canary", "stdout", "stderr", "audit"}
    if found := {place.name for place in folder.iterdir()} - known:
        faults.append(f"outside the case's folder: {sorted(found)}")
    if (folder / "canary").read_text() != "as it was":
        faults.append("a file outside the case's folder was written over")
    if (folder / "here" / CANARY).exists() and not case.may_run:
        faults.append("code ran that was not to run")
    left = [place.name for place in (folder / "tmp").iterdir()]
    if left and not case.may_run:
        faults.append(f"left in the temporary folder: {left[:3]}")
    if not case.may_run:
        lines = dict.fromkeys(_read(folder / "audit").splitlines())
        faults += [f"audit: {line}" for line in list(lines)[:3]]
    faults += [fault for page in (folder / "here").rglob("*.html") if page.is_file() for fault in _faults_of_page(page)]
    return faults


def _faults_of_page(page: Path) -> list[str]:
    """A page whose text became part of it: elements that no template has."""
    text = page.read_text(encoding="utf-8", errors="replace")
    if not text.lower().startswith("<!doctype html>") or "lrlab" not in text:
        return []  # not ours
    seen = _Elements()
    seen.feed(text)
    return [f"the page {page.name} has {odd}" for odd in sorted(seen.odd)[:3]]


class _Elements(HTMLParser):
    """What a browser would make of text that broke out of its place."""

    def __init__(self) -> None:
        super().__init__()
        self.odd = set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("x-evil", "img"):
            self.odd.add(f"the element {tag}")
        acts = [(name, value) for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]
        self.odd.update(f"the attribute {name}={value}" for name, value in acts)


def remove(folder: Path) -> None:
    """Remove a case's folder, whatever the case made of it."""
    for place in (folder, folder / "here"):
        with contextlib.suppress(OSError):
            place.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(KEPT).decode("utf-8", "backslashreplace")
    except OSError:
        return ""
