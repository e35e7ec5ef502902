"""Runs of one study, forked from a process that has everything imported."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, cast

from ._studies import Study

WORDS = (
    "run",
    "study.yaml",
    "--allow-code",
    "--engine",
    "stacked",
    "--workers",
    "1",
    "--store",
    "records.db",
    "--page",
    "page.html",
)
TIMEOUT = 120.0  # seconds for a run of about one second; the longest wait within is that for a locked store
EVERY_UPDATE = 0.0  # seconds between two checkpoints


FIRST_MODULES = ("torch", "lrlab.api", "lrlab.engine", "lrlab.cli._app")


class RunEnd(NamedTuple):
    """How a run ended. code: its exit code, negative for a signal; None: it hung, and was ended.

    hit: how many of its processes were killed, as it was asked for.
    """

    code: int | None
    seconds: float
    out: str
    err: str
    hit: int = 0


class Runs:
    """The process that runs are forked from. Use as a context manager.

    folder: of its own. library: that makes calls go wrong. orders: the file that it takes them from. modules: what is
    imported once for all runs. warm: a folder with a run that has ended.
    """

    def __init__(
        self,
        folder: Path,
        library: Path,
        orders: Path,
        modules: Sequence[str] = FIRST_MODULES,
        warm: Path | None = None,
    ) -> None:
        self.scratch = Path(f"{orders}-scratch")  # what runs take for the system's folder for such
        self.scratch.mkdir()
        environment = os.environ | {
            "TMPDIR": str(self.scratch),
            "LD_PRELOAD": str(library),
            "LRLAB_FAULTS": str(orders),
            "LRLAB_CACHE": str(folder / "cache"),
            "OMP_NUM_THREADS": "1",
            "LRLAB_LIVE": "0",  # how often a run notes how it goes depends on the clock
        }
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=folder,
        )
        self._ready = False
        self._send({"modules": list(modules), "warm": warm and str(warm), "words": [*WORDS, "--json"]})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, folder: Path, *words: str, **more: Any) -> RunEnd:
        """Run the study's command in this folder."""
        out, err = (folder.with_name(f"{folder.name}.{end}") for end in ("out", "err"))  # no part of the run
        asked = {"folder": str(folder), "out": str(out), "err": str(err), "timeout": TIMEOUT}
        asked |= {"words": [*WORDS, "--json", *words]}
        told = self._ask(asked | {"every": EVERY_UPDATE} | more)
        code = None if told["hung"] else told["code"]
        texts = (file.read_text(encoding="utf-8", errors="replace") for file in (out, err))
        return RunEnd(code, told["seconds"], *texts, told["hit"])

    def clear_scratch(self) -> None:
        """Remove what runs have put where a full disk could not be written."""
        for file in self.scratch.glob("lrlab-*/records-rescued.db"):
            shutil.rmtree(file.parent)

    def settle(self) -> int:
        """Wait for the last process of the runs so far; how many did not go by themselves."""
        return self._ask({"settle": True})["left"]

    def _ask(self, asked: Any) -> Any:
        answers = cast(IO[str], self._process.stdout)
        if not self._ready:  # it has imported all by now, as others beside it
            json.loads(answers.readline())
            self._ready = True
        self._send(asked)
        return json.loads(answers.readline())

    def _send(self, asked: Any) -> None:
        to = cast(IO[str], self._process.stdin)
        to.write(json.dumps(asked) + "\n")
        to.flush()


def make_folder(folder: Path, study: Study) -> Path:
    """A new folder with a study and its program."""
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(study.text, encoding="utf-8")
    (folder / "own.py").write_text(study.program, encoding="utf-8")
    return folder
