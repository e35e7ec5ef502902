"""What an answer looks like in every kind of terminal: as it is kept in `golden/`.

`python tests/cli/test_golden.py` writes these files; look at them before they are kept.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
TESTS = Path(__file__).parents[1]
# By name: the width (0: no terminal), further variables, and the encoding of the output.
TERMINALS = {
    "80": (80, {"TERM": "dumb"}, "utf-8"),
    "100": (100, {"TERM": "dumb"}, "utf-8"),
    "120": (120, {"TERM": "dumb"}, "utf-8"),
    "16-colours": (100, {"TERM": "xterm-16color"}, "utf-8"),
    "no-color": (100, {"TERM": "xterm-16color", "NO_COLOR": "1"}, "utf-8"),
    "ascii": (80, {"TERM": "dumb"}, "ascii"),
    "pipe": (0, {}, "utf-8"),
}
SHOW = """
import fcntl, os, pathlib, struct, sys, termios
from lrlab.api import Results, _results
from lrlab.cli._output import spell_plainly
from lrlab.cli._show_results import show_results
from support.results import example_results

_results.write_page = lambda *_: None
spell_plainly()
names = ("constant", "cosine", "one_cycle", "warmup(span=5%)+product(of=[cosine, linear])")
results = Results(example_results(schedules=names, confirm_seeds=10), pathlib.Path("records.db"))
own = dict(os.environ)
for name, (width, variables, encoding) in TERMINALS.items():
    os.environ.clear()
    os.environ.update(own | variables)
    sys.stdout.reconfigure(encoding=encoding)
    if width:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    print(f"@@{name}")
    show_results(results, pathlib.Path("page.html"), False)
print("@@")
"""


def answers_shown():
    """What is printed, by the name of the terminal."""
    said = "".join([_run_at_terminal({name: how for name, how in TERMINALS.items() if how[0]}), _run_in_pipe()])
    parts = [part.partition("\n") for part in said.replace("\r\n", "\n").split("@@") if part.strip()]
    return {name: text for name, _, text in parts}


def _command(terminals):
    return [sys.executable, "-c", f"TERMINALS = {terminals!r}\n{SHOW}"]


def _environment():
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return kept | {"PYTHONPATH": str(TESTS), "PYTHONUTF8": "1"}


def _run_in_pipe():
    command = _command({"pipe": TERMINALS["pipe"]})
    done = subprocess.run(command, env=_environment(), capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def _run_at_terminal(terminals):
    ours, theirs = os.openpty()
    process = subprocess.Popen(_command(terminals), stdout=theirs, stderr=subprocess.PIPE, env=_environment())
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    _, err = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == 0, err
    return said.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so where the other side is closed
        return b""


@pytest.fixture(scope="module")
def shown():
    return answers_shown()


@pytest.mark.parametrize("name", TERMINALS)
def test_an_answer_looks_as_it_is_kept(shown, name):
    kept = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert shown[name] == kept, "look at it, and run `python tests/cli/test_golden.py`"


def test_colours_are_where_they_are_wanted_and_letters_those_there_are(shown):
    assert "\x1b[1;36m" in shown["16-colours"]
    assert not {part for part in shown["16-colours"].split("\x1b[")[1:] if part.startswith(("38", "48"))}
    assert "\x1b[3" not in shown["no-color"]
    for name in ("80", "100", "120", "ascii", "pipe"):
        assert "\x1b" not in shown[name]
    assert shown["ascii"].isascii()
    for name in ("80", "100", "120", "ascii"):
        assert max(map(len, shown[name].splitlines())) <= TERMINALS[name][0]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for place, text in answers_shown().items():
        (GOLDEN / f"{place}.txt").write_text(text, encoding="utf-8")
