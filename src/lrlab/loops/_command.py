"""A program that cannot be imported as a loop: run as a command, one process for each trial."""

import hashlib
import multiprocessing
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import RunError, TaskError, did_you_mean, shortened
from ..execution import signal_name
from ..spec import Metric, SettingValue
from ._command_result import give_result
from ._own_loop import OwnLoop, trial_with

if TYPE_CHECKING:
    from ._run import Run

RESULT, RATES, OUTPUT = "result.json", "rates.txt", "output.txt"  # in the trial's folder
PLACEHOLDERS = ("peak", "schedule", "seed", "updates", "result", "rates", "folder", "device")
EXAMPLE = "python train.py --lr {peak} --schedule {schedule} --seed {seed} --out {result}"
LOOK = 0.2  # seconds between two looks whether the time is up
PATIENCE = 60.0  # seconds that a command is given to save, once it was told to stop
SETS = re.compile(r"[A-Za-z_]\w*=")  # how a shell sets a variable for a command
TURNED = re.compile(r"\d?(>>?|<)")  # how it sends output elsewhere
QUOTED = re.compile(r"""\\.|'[^']*'|"(\\.|[^"\\])*\"""", re.DOTALL)
TAIL = 8  # lines of its output that a failure shows


@dataclass(frozen=True)
class Command:
    """Runs a command for a trial, and reads the file that it leaves. Called with a `Run`.

    text: with placeholders, as the user wrote it. folder: where it is run. names: of the settings it may be given.
    """

    text: str
    folder: str
    names: tuple[str, ...] = ()

    taken_names: ClassVar[tuple[str, ...]] = PLACEHOLDERS  # which no setting may have

    @property
    def __name__(self) -> str:
        """The name of the program, or of the script that it runs."""
        words = self.words()
        if Path(words[0]).stem == "env":
            words = [word for word in words[1:] if not SETS.match(word)] or words
        script = next((word for word in words[1:] if not word.startswith("-") and "{" not in word), words[0])
        return "".join(sign if sign.isalnum() else "_" for sign in Path(script).stem)

    def words(self) -> list[str]:
        """The words of the command, as a shell would split them; no shell is used. Raises TaskError."""
        try:
            words = shlex.split(self.text)
        except ValueError as error:
            raise TaskError(f"the command {shortened(self.text, 200)!r} cannot be split: {error}; close it") from None
        _refuse_shell(self.text, words)
        return words

    def program(self) -> dict[str, str]:
        """A hash of the command's text, and of each file that it names, by its name; where files lie does not count."""
        parts = {"the command": _digest(self.text.encode())}
        for place, word in enumerate(self.words()):
            file = Path(self.folder, word)
            if "{" in word or not file.is_file() or (place == 0 and not file.is_relative_to(self.folder)):
                continue
            parts[file.name] = _digest(file.read_bytes())
        return parts

    def __call__(self, run: "Run") -> None:
        """Run it to its end. Raises RunError where it does not end well, or leaves no result that can be read."""
        place = run.folder.parent
        result, output = place / RESULT, place / OUTPUT
        result.unlink(missing_ok=True)
        with output.open("wb") as log, self._started(self._fill_in(run), log) as process:
            self._wait(process, run)
        if result.is_file() and process.returncode == 0:
            give_result(result, run)
        elif not (self._saves and run.should_stop):
            raise RunError(_explain_end(process.returncode, output))

    @property
    def _saves(self) -> bool:
        """Whether it is given a folder to save in, where it is told to stop."""
        return "folder" in _fields_in(self.text)

    def _fill_in(self, run: "Run") -> list[str]:
        """The words, with a trial's values in the places of the placeholders."""
        place = run.folder.parent
        values: dict[str, object] = {
            "peak": repr(run.peak),
            "schedule": run.schedule,
            "seed": run.seed,
            "updates": run.updates,
            "result": place / RESULT,
            "rates": place / RATES,
            "folder": run.folder,
            "device": run.device,
        }
        if "rates" in _fields_in(self.text):
            (place / RATES).write_text("".join(f"{rate!r}\n" for rate in _all_rates(run)))
        return [word.format_map(dict(run.settings) | values) for word in self.words()]

    @contextmanager
    def _started(self, words: list[str], log: Any) -> "Iterator[subprocess.Popen[bytes]]":
        """The process, ended however the block ends, and those that it started."""
        # A worker leads a group, which is ended with it; in this process the command needs a group of its own.
        group = None if multiprocessing.parent_process() is not None or not hasattr(os, "killpg") else 0
        try:
            process = subprocess.Popen(
                words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=group
            )
        except OSError as error:
            raise RunError(
                f"the command cannot be started: {error.strerror or error}: {words[0]!r}; write the name of a "
                f"program, for no shell runs it, or its whole path"
            ) from None
        try:
            yield process
        finally:
            if group is not None:
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()

    def _wait(self, process: "subprocess.Popen[bytes]", run: "Run") -> None:
        """Wait until it ends; one that has a folder to save in is told where time is up, by SIGTERM."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK)
                return
            if self._saves and run.should_stop:  # one that cannot save is not told, and what it measures is whole
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
                return


def command(
    text: str,
    *,
    metric: str | Metric | None = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    settings: Mapping[str, SettingValue] | Sequence[str] = (),
    peaks: Sequence[float] | None = None,
    version: str = "",
    cores: int = 1,
) -> OwnLoop:
    """Make a trial of a program that is run as a command, in whatever language it is written.

    text: the command, with `{peak}`, `{seed}`, `{schedule}` (its text) or `{rates}` (a file with the rate of each
    update, one a line), and `{result}`, the file in which it leaves what it measured; also `{updates}`, how many to
    make, `{folder}`, for checkpoints, `{device}`, and each setting by its name. Braces of its own are doubled, `{{`.
    settings: usual values by name; or names, where a study gives the values. The others are those of `lrlab.trial`.

    The result is JSON: numbers by name, `{"test_accuracy": 0.93, "validation_accuracy": 0.92, "validation_loss": 0.3}`;
    if there are such, `"epochs"`, a list of what was measured after each, `[{"epoch": 1, "validation_loss": 0.5}]`, and
    `"rates"`, the rate each update used, which is compared with the one asked for.

    Raises TaskError for a placeholder that is not known, one that is missing, and a setting of the name of one.
    """
    names = tuple(settings)
    options = {
        "metric": metric,
        "higher_is_better": higher_is_better,
        "updates_per_epoch": updates_per_epoch,
        "settings": settings if isinstance(settings, Mapping) else None,
        "peaks": peaks,
        "version": version,
        "cores": cores,
    }
    _check_text(text, names)
    program = Command(text, str(Path.cwd()), names)
    program.words()  # raises where it cannot be split
    return trial_with(options, program)


def _all_rates(run: "Run") -> list[float]:
    """The rates of a trial. Raises RunError where they are not known before it runs."""
    try:
        return [run.rate(t) for t in range(run.updates)]
    except RunError:
        raise RunError(
            f"{run.schedule} watches the run, and a command is told its {{rates}} before it begins; write a function "
            f"under @lrlab.trial for it"
        ) from None


def _check_text(text: object, names: Sequence[str]) -> None:
    """Raise TaskError for a command that cannot be run as a trial."""
    if not isinstance(text, str) or not text.strip():
        got = shortened(repr(text), 100)
        raise TaskError(f'a command is a text such as "{EXAMPLE}", but got {got}; write one')
    taken = next((name for name in names if name in PLACEHOLDERS), None)
    if taken is not None:
        raise TaskError(
            f"a setting is named {taken!r}, as the placeholder {{{taken}}} is, whose value each trial has of its own; "
            f"give it another name, such as my_{taken}"
        )
    used = _fields_in(text)
    known = (*PLACEHOLDERS, *names)
    unknown = next((name for name in used if name not in known), None)
    if unknown is not None:
        raise TaskError(
            f"the command has {{{unknown}}}, which is no placeholder; {did_you_mean(unknown, known)} "
            f"(a setting is named by --setting {unknown or 'name'}=...); braces of its own are doubled, {{{{ }}}}"
        )
    for needed, why in (
        (("result",), "the file in which it leaves what it measured, as in --out {result}"),
        (("seed",), "so every seed would be the same trial; write --seed {seed}"),
        (
            ("peak", "rates"),
            "so every peak would be the same trial; write --lr {peak}, or let it read the file {rates}",
        ),
        (("schedule", "rates"), "so it follows none; write --schedule {schedule}, or let it read the file {rates}"),
    ):
        if not set(needed) & set(used):
            named = " and no ".join(f"{{{name}}}" for name in needed)
            raise TaskError(f"the command has no {named}, {why}")


def _refuse_shell(text: str, words: Sequence[str]) -> None:
    """Raise TaskError for what only a shell would understand."""
    if words and SETS.match(words[0]):
        raise TaskError(
            f"the command begins with {words[0]}, which only a shell sets, and none runs it; write env {words[0]} ..."
        )
    sign = next((sign for sign in map(_shell_sign, QUOTED.sub("_", text).split()) if sign), None)
    if sign is not None:
        raise TaskError(
            f"the command has {sign}, which only a shell understands, and none runs it; write sh -c '...' around it, "
            f"or put quotes around {sign} where it is a word for the program"
        )


def _shell_sign(word: str) -> str:
    """What a shell would not hand on of a word outside quotes; "" where there is nothing."""
    if word in ("&&", "||", "|", "&"):
        return word
    turned = TURNED.match(word)
    return turned[0] if turned else ";" if word.endswith(";") else ""


def _fields_in(text: str) -> list[str]:
    """The placeholders of a command. Raises TaskError for braces that are none."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise TaskError(f"the command's braces do not fit: {error}; double those that are its own, {{{{ }}}}") from None
    changed = next((name for _, name, form, conversion in parts if name is not None and (form or conversion)), None)
    if changed is not None:
        raise TaskError(f"the command changes how {{{changed}}} is written; write {{{changed}}} alone")
    return [name for _, name, _, _ in parts if name is not None]


def _explain_end(code: int, output: Path) -> str:
    """Why a command left no result, with the last lines of what it printed."""
    if code < 0:
        hint = "; perhaps memory ran out: use fewer --workers" if code == -signal.SIGKILL else "; mend what ends it"
        why = f"the command was ended by signal {signal_name(-code)}{hint}"
    elif code:
        why = f"the command ended with exit code {code}; mend what it says"
    else:
        why = "the command ended well, and left no file at {result}; let it write one there"
    lines = [line for line in output.read_bytes().decode(errors="backslashreplace").splitlines() if line.strip()]
    tail = "".join(f"\n  | {line}" for line in lines[-TAIL:]) or " It printed nothing."
    return f"{why}. All that it printed is in {output}{tail if tail.startswith(' ') else '; the last of it:' + tail}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
