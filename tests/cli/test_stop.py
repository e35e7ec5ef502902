"""Ctrl-C and SIGTERM at moments that are given: a sentence, the code, and no traceback."""

import signal
import subprocess
import sys

import pytest

WORDS = "lrlab: stopped"
STORED_WORDS = "lrlab: stopped; what was measured is stored, and the same command goes on from there"
COMMAND = """\
import os, signal, sys, threading, time
from lrlab.cli import _stop

NUMBER = signal.Signals({number})
signal.signal(NUMBER, signal.default_int_handler)


def now():
    os.kill(os.getpid(), NUMBER)
    time.sleep(0.01)


{command}


_stop.guarded(command)
print("went on")
"""
AT_ONCE = """
def command():
    print("before")
    now()
"""
TIDILY = """
def command():
    with _stop.tidily():
        try:
            now()
        finally:
            print("tidied")
"""
STORED = """
def command():
    with _stop.shown(trains=False):
        now()
"""
TWICE = """
def command():
    with _stop.tidily():
        try:
            now()
        finally:
            now()
            print("tidied")
"""
TAKEN_FOR_ANOTHER = """
def command():
    with _stop.tidily():
        try:
            now()
        except KeyboardInterrupt:
            raise ImportError("a library could not be loaded") from None
"""
SWALLOWED = """
class Lost:
    def __del__(self):
        now()


def command():
    with _stop.tidily():
        try:
            lost = Lost()
            del lost
            time.sleep(60)
        finally:
            print("tidied")
"""
AT_THE_END = """
import atexit

atexit.register(now)


def command():
    print("ended")
    sys.exit(0)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("command", "out"),
    [
        (AT_ONCE, "before\n"),
        (TIDILY, "tidied\n"),
        (TWICE, "tidied\n"),
        (TAKEN_FOR_ANOTHER, ""),
        (SWALLOWED, "tidied\n"),
        (AT_THE_END, "ended\n"),
    ],
    ids=["at once", "tidily", "twice", "taken for another", "swallowed", "at the end"],
)
def test_a_stop_ends_with_a_sentence_and_its_code(number, command, out):
    text = COMMAND.format(number=int(number), command=command)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 128 + number
    assert done.stderr.strip() == WORDS
    assert done.stdout == out


def test_of_a_run_it_says_that_what_was_measured_is_stored():
    text = COMMAND.format(number=int(signal.SIGINT), command=STORED)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (130, STORED_WORDS)


@pytest.mark.parametrize("words", [["judge", "runs.csv"], ["list", "runs"], ["report"], ["store", "check"]])
def test_a_verb_that_stores_nothing_does_not_say_so(words):
    text = (
        "import os, signal, sys\nfrom lrlab import api, cli\n\n"
        "def stop(*_, **__):\n    os.kill(os.getpid(), signal.SIGTERM)\n\n"
        f"api.judge = api.runs = api.load = api.check_store = stop\nsys.argv[1:] = {words}\ncli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr.strip()) == (143, WORDS)


def test_what_a_shell_ignores_in_the_background_stays_ignored():
    text = COMMAND.format(number=int(signal.SIGINT), command=AT_ONCE).replace("default_int_handler", "SIG_IGN")
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\nwent on\n", "")


def test_a_command_that_starts_itself_again_says_so():
    text = "from lrlab.cli import _stop, main\n_stop.guarded(main)\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert 'put the call under `if __name__ == "__main__":`' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_that_code_of_the_users_raises_is_no_success(tmp_path):
    (tmp_path / "mine.py").write_text("def task():\n    raise KeyboardInterrupt\n")
    text = "import sys; from lrlab.cli import main; sys.argv[1:] = ['verify', 'mine.py:task']; main()"
    run = [sys.executable, "-c", text]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == WORDS


def test_errors_that_are_no_stop_pass():
    text = "from lrlab.cli import _stop\n_stop.guarded(lambda: 1 / 0)\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_importing_the_command_line_loads_next_to_nothing():
    """So that from its first moment on a stop is answered."""
    text = "import sys, lrlab.cli; print(sorted({'numpy', 'torch', 'typer', 'rich', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
