"""The command line as a process, as the user of a shell has it."""

import os
import subprocess
import sys
from pathlib import Path

LRLAB = str(Path(sys.executable).with_name("lrlab"))


def lrlab(
    *words: str | Path,
    cwd: Path | None = None,
    code: int | tuple[int, ...] = 0,
    timeout: float = 300,
    tracebacks: int = 0,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """What the command prints that ends with this exit code, or one of these.

    tracebacks: how many it shows, all of a user's own code: lrlab's own is never an answer.
    """
    done = subprocess.run(
        [LRLAB, *words],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=timeout,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
    )
    told = f"exit code {done.returncode} of lrlab {' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), told
    assert done.stderr.count("Traceback") == tracebacks, told
    return done
